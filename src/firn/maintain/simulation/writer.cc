// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/simulation/writer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "firn/catalog/commit.h"

namespace firn::maintain {
namespace {

using table::DataFile;
using table::FileContent;

constexpr int64_t kDays = 3;

// Where new rows of a key go.
Place NewPlace(const table::TableMetadata& metadata, int64_t key) {
  Place place{metadata.default_spec_id, {}};
  if (!metadata.spec().is_unpartitioned()) place.day = static_cast<int32_t>(key % kDays);
  return place;
}

// What can be in the way of a change; any other error is a fault of ours.
bool MayHappen(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kConflict:
    case ErrorKind::kOutcomeUnknown:
    case ErrorKind::kUnavailable:
    case ErrorKind::kIo:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kUnsupported:
    case ErrorKind::kInvalidArgument:  // The table was upgraded, or is not what it was any more.
      return true;
    default:
      return false;
  }
}

}  // namespace

void SimulatedWriter::Run() {
  static constexpr std::pair<int, Step> kSteps[] = {{10, &SimulatedWriter::Insert},
                                                    {12, &SimulatedWriter::Update},
                                                    {8, &SimulatedWriter::DeleteRows},
                                                    {6, &SimulatedWriter::DeleteByKey},
                                                    {6, &SimulatedWriter::CopyOnWrite},
                                                    {1, &SimulatedWriter::DeletePartition},
                                                    {2, &SimulatedWriter::ReplacePartition},
                                                    {10, &SimulatedWriter::Compact},
                                                    {3, &SimulatedWriter::RewriteDeletes},
                                                    {3, &SimulatedWriter::RewriteManifests},
                                                    {6, &SimulatedWriter::Expire},
                                                    {1, &SimulatedWriter::Clean},
                                                    {1, &SimulatedWriter::AddStatistics},
                                                    {4, &SimulatedWriter::ChangeRefs},
                                                    {1, &SimulatedWriter::Tag},
                                                    {3, &SimulatedWriter::Pick},
                                                    {1, &SimulatedWriter::ChangeTable}};
  int64_t weights = 0;
  for (const auto& [weight, step] : kSteps)
    weights += weight;
  while (lake_.model.commits() < lake_.wanted_commits && lake_.model.fault().empty()) {
    // No change takes as long as files may lie unreferenced.
    lake_.env.Advance(Millis{random_.Below(120 * 60'000)});
    int64_t drawn = random_.Below(weights);
    for (const auto& [weight, step] : kSteps) {
      drawn -= weight;
      if (drawn >= 0) continue;
      new_files_.clear();
      (this->*step)();
      break;
    }
    lake_.baton.Yield();
  }
}

std::optional<SimulatedWriter::View> SimulatedWriter::Read() {
  const auto table = lake_.catalog.LoadTable(lake_.name);
  if (!table || table->metadata->refs.empty()) return std::nullopt;
  View view{table->metadata, "main", {}, {}, {}};
  const auto& refs = table->metadata->refs;
  auto ref = refs.begin();
  std::advance(ref, random_.Below(static_cast<int64_t>(refs.size())));
  if (ref->second.is_branch() && random_.Chance(3)) view.branch = ref->first;
  const table::Snapshot* head = table->metadata->SnapshotOfRef(view.branch);
  if (head == nullptr) return std::nullopt;
  view.head = head->id;
  auto plan = lake_.model.Plan(*table->metadata, head->id, lake_.files);
  if (!plan) return std::nullopt;  // It failed, or what it reads expired.
  view.plan = *std::move(plan);
  auto rows = RowsOf(view.plan, lake_.model.contents);
  if (rows) {
    view.rows = *std::move(rows);
    return view;
  }
  if (rows.error().kind != ErrorKind::kNotFound) {
    lake_.model.Fail("reading branch " + view.branch + ": " + rows.error().ToString());
  }
  return std::nullopt;
}

std::vector<int64_t> SimulatedWriter::PickRows(const View& view, int64_t count_max) {
  std::vector<int64_t> picked;
  if (view.rows.empty()) return picked;
  std::optional<Place> place;  // Mostly rows of one partition.
  for (int64_t left = random_.Below(count_max) + 1; left > 0; --left) {
    auto at = view.rows.begin();
    std::advance(at, random_.Below(static_cast<int64_t>(view.rows.size())));
    if (place && *place != at->second.place && !random_.Chance(4)) continue;
    place = at->second.place;
    if (std::find(picked.begin(), picked.end(), at->first) == picked.end()) {
      picked.push_back(at->first);
    }
  }
  return picked;
}

const DataFile& SimulatedWriter::PickFile(const View& view) {
  const auto& tasks = view.plan.tasks;
  return tasks[static_cast<size_t>(random_.Below(static_cast<int64_t>(tasks.size())))].file;
}

DataFile SimulatedWriter::NewFile(const Place& place, FileContent content, int64_t rows) {
  DataFile file;
  file.content = content;
  file.file_path = "file:///w/t/data/" + std::to_string(++lake_.last_file);
  file.spec_id = place.spec_id;
  if (place.day) file.partition = {table::Literal::Date(*place.day)};
  file.record_count = rows;
  file.file_size_bytes = 100 + rows;
  new_files_.push_back(file.file_path);
  return file;
}

DataFile SimulatedWriter::NewDataFile(const Place& place, std::vector<StoredRow> rows) {
  DataFile file = NewFile(place, FileContent::kData, static_cast<int64_t>(rows.size()));
  lake_.model.contents.data[file.file_path] = std::move(rows);
  return file;
}

std::vector<DataFile> SimulatedWriter::NewDataFiles(const table::TableMetadata& metadata,
                                                    const std::vector<StoredRow>& rows) {
  std::map<Place, std::vector<StoredRow>> by_place;
  for (const StoredRow& row : rows)
    by_place[NewPlace(metadata, row.key)].push_back(row);
  std::vector<DataFile> files;
  for (auto& [place, here] : by_place)
    files.push_back(NewDataFile(place, std::move(here)));
  return files;
}

StoredRow SimulatedWriter::NewRow(int64_t key, Intent& intent) {
  const StoredRow row{key, ++lake_.last_version, {}, {}};
  intent.added[row.version] = key;
  return row;
}

StoredRow SimulatedWriter::NewVersion(const ReadRow& row, Intent& intent) {
  StoredRow next = NewRow(row.key, intent);
  next.row_id = row.row_id;
  if (row.row_id) intent.kept_row_ids[next.version] = *row.row_id;
  return next;
}

void SimulatedWriter::CommitSnapshot(const std::string& branch, Intent intent, const Make& make) {
  table::SnapshotOptions options;
  options.branch = branch;
  options.snapshot_id = table::NewSnapshotId(lake_.env);
  const std::string what = intent.what;
  const bool picked = what == "pick";
  options.stage_only = !picked && random_.Chance(12);
  const table::SnapshotId id = *options.snapshot_id;
  const bool stage_only = options.stage_only;
  lake_.model.intents[id] = std::move(intent);
  const Status committed = TryCommit(what, make(std::move(options)));
  const bool landed = lake_.model.HasLanded(id);
  const bool unknown = !committed && committed.error().kind == ErrorKind::kOutcomeUnknown;
  if (committed && stage_only) lake_.staged.push_back(id);
  // A pick may move the branch to what was staged, and make nothing.
  if (committed && !landed && !picked)
    lake_.model.Fail(what + " was acknowledged and is not there");
  if (!committed && !unknown && landed) lake_.model.Fail(what + " was rejected and is there");
  if (!landed && !unknown) lake_.model.intents.erase(id);
}

// Writes the files of the change and commits it; those of a rejected one are its writer's to
// delete.
Status SimulatedWriter::TryCommit(const std::string& what,
                                  std::unique_ptr<table::Operation> operation) {
  Status done = WriteFiles();
  if (done) {
    const auto committed = catalog::CommitOperation(lake_.catalog, lake_.files, lake_.env,
                                                    lake_.name, std::move(operation));
    done = committed ? Ok() : Status(committed.error());
  }
  if (!done && done.error().kind != ErrorKind::kOutcomeUnknown) {
    for (const std::string& path : new_files_)
      lake_.files.Delete(path).Ignore("not written, or an orphan");
  }
  Note(what, done);
  return done;
}

void SimulatedWriter::Commit(const std::string& what, std::unique_ptr<table::Operation> operation) {
  TryCommit(what, std::move(operation)).Ignore("its outcome is noted");
}

Status SimulatedWriter::WriteFiles() {
  for (const std::string& path : new_files_)
    FIRN_TRY(lake_.files.WriteAll(path, "x"));
  return Ok();
}

void SimulatedWriter::Note(const std::string& what, const Status& status) {
  lake_.outcomes[what + ": " + (status ? "ok" : std::string(KindName(status.error().kind)))] += 1;
  if (!status && !MayHappen(status.error().kind)) {
    lake_.model.Fail(what + ": " + status.error().ToString());
  }
}

}  // namespace firn::maintain
