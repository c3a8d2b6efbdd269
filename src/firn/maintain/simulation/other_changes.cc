// SPDX-License-Identifier: Apache-2.0
//
// Changes that no reader of rows should see: of files, of history, of refs, of metadata.

#include <iterator>
#include <utility>

#include "firn/maintain/simulation/writer.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/delete_index.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/rewrite_manifests.h"

namespace firn::maintain {
namespace {

using table::DataFile;
using table::FileContent;
using table::SnapshotOptions;

// The position deletes that some files of a view have, each once: those that can go into one new
// file, which are vectors of any partition, or position deletes of one partition.
std::vector<DataFile> DeletesToPack(const table::ScanPlan& plan, bool vectors) {
  std::vector<DataFile> packed;
  std::set<std::pair<std::string, int64_t>> seen;
  for (const table::FileScanTask& task : plan.tasks) {
    for (const DataFile& file : task.deletes) {
      if (file.content != FileContent::kPositionDeletes || packed.size() == 4) continue;
      if (table::IsDeletionVector(file) != vectors) continue;
      if (!vectors && !packed.empty() && PlaceOf(packed.front()) != PlaceOf(file)) continue;
      if (!seen.emplace(file.file_path, file.content_offset.value_or(0)).second) continue;
      packed.push_back(file);
    }
  }
  return packed;
}

}  // namespace

void SimulatedWriter::Compact() {
  const auto view = Read();
  if (!view || view->plan.tasks.empty()) return;
  const Place place = PlaceOf(PickFile(*view));
  table::FileRewrite rewrite;
  rewrite.planned_on = view->head;
  std::set<std::string> paths;
  for (const table::FileScanTask& task : view->plan.tasks) {
    if (PlaceOf(task.file) != place || paths.size() == 5) continue;
    rewrite.removed.push_back(task.file);
    paths.insert(task.file.file_path);
  }
  std::vector<StoredRow> rows;
  for (const auto& [version, row] : view->rows) {
    if (paths.contains(row.path)) rows.push_back({row.key, version, row.row_id, row.last_updated});
  }
  if (!rows.empty()) rewrite.added = {NewDataFile(place, rows)};
  Intent intent;
  intent.what = "compact";
  CommitSnapshot(view->branch, intent, [rewrite](SnapshotOptions options) {
    return table::RewriteFiles(rewrite, std::move(options));
  });
}

void SimulatedWriter::RewriteDeletes() {
  const auto view = Read();
  if (!view) return;
  const bool vectors = view->has_vectors();
  table::FileRewrite rewrite;
  rewrite.planned_on = view->head;
  rewrite.removed_deletes = DeletesToPack(view->plan, vectors);
  if (rewrite.removed_deletes.empty()) return;
  FileContents& contents = lake_.model.contents;
  DataFile target =
      NewFile(PlaceOf(rewrite.removed_deletes.front()), FileContent::kPositionDeletes, 0);
  int64_t offset = 4;
  for (const DataFile& old : rewrite.removed_deletes) {
    if (vectors) {
      DataFile packed = old;
      packed.file_path = target.file_path;
      packed.content_offset = offset;
      contents.vectors[target.file_path][offset] =
          contents.vectors.at(old.file_path).at(*old.content_offset);
      rewrite.added_deletes.push_back(packed);
      offset += 40;
      continue;
    }
    for (const auto& [path, positions] : contents.positions.at(old.file_path))
      contents.positions[target.file_path][path].insert(positions.begin(), positions.end());
    target.record_count += old.record_count;
  }
  if (!vectors) rewrite.added_deletes = {target};
  Intent intent;
  intent.what = "rewrite deletes";
  CommitSnapshot(view->branch, intent, [rewrite](SnapshotOptions options) {
    return table::RewriteFiles(rewrite, std::move(options));
  });
}

void SimulatedWriter::RewriteManifests() {
  table::ManifestRewrite rewrite;
  if (random_.Chance(3)) rewrite.target_bytes = 3000;
  Intent intent;
  intent.what = "rewrite manifests";
  CommitSnapshot("main", intent, [rewrite](SnapshotOptions options) {
    return table::RewriteManifests(rewrite, std::move(options));
  });
}

// By the limits of the table, or as much as a person may ask for.
void SimulatedWriter::Expire() {
  ExpiryRequest request;
  if (random_.Chance(2)) request = {lake_.env.NowMs(), random_.Below(3) + 1};
  const auto expired = ExpireTable(lake_.Context(), lake_.name, request, false);
  Note("expire", expired ? Ok() : Status(expired.error()));
}

void SimulatedWriter::Clean() {
  const auto cleaned = RemoveOrphans(lake_.Context(), lake_.name, {}, false);
  Note("remove orphans", cleaned ? Ok() : Status(cleaned.error()));
}

void SimulatedWriter::AddStatistics() {
  const auto table = lake_.catalog.LoadTable(lake_.name);
  if (!table || table->metadata->current_snapshot() == nullptr) return;
  const table::SnapshotId snapshot = table->metadata->current_snapshot()->id;
  new_files_ = {"file:///w/t/metadata/" + std::to_string(++lake_.last_file) + ".stats"};
  Json json{Json::Object()};
  json.Set("snapshot-id", snapshot.value);
  json.Set("statistics-path", new_files_.front());
  json.Set("file-size-in-bytes", 1);
  Commit("statistics", random_.Chance(2)
                           ? table::UpdateStatistics({{{snapshot, json}}, {}})
                           : table::UpdatePartitionStatistics({{{snapshot, json}}, {}}));
}

// Keeps a snapshot for some days, whatever becomes of its branch.
void SimulatedWriter::Tag() {
  const auto table = lake_.catalog.LoadTable(lake_.name);
  if (!table || table->metadata->snapshots.empty()) return;
  const auto& snapshots = table->metadata->snapshots;
  table::Ref tag;
  tag.type = table::RefType::kTag;
  const auto count = static_cast<int64_t>(snapshots.size());
  tag.snapshot_id = snapshots[static_cast<size_t>(random_.Below(count))].id;
  tag.max_ref_age = Millis::Days(random_.Below(3));
  Commit("tag", table::CreateRef("t" + std::to_string(++lake_.last_file), tag));
}

void SimulatedWriter::ChangeRefs() {
  const auto table = lake_.catalog.LoadTable(lake_.name);
  if (!table || table->metadata->refs.empty()) return;
  const table::TableMetadata& metadata = *table->metadata;
  const std::string branch = "b" + std::to_string(random_.Below(2));
  const bool there = metadata.FindRef(branch) != nullptr;
  switch (random_.Below(there ? 5 : 2)) {
    case 0: {
      auto from = metadata.refs.begin();
      std::advance(from, random_.Below(static_cast<int64_t>(metadata.refs.size())));
      Commit("create branch", table::CreateRef(branch, {from->second.snapshot_id, {}, {}, {}, {}}));
      break;
    }
    case 1: {
      const auto history = table::Ancestors(metadata, *metadata.current_snapshot_id);
      if (!history || history->size() < 2 || !random_.Chance(3)) return;
      Commit("roll back", table::RollbackTo((*history)[1]->id));
      break;
    }
    case 2:
      Commit("fast-forward", table::FastForward("main", branch));
      break;
    case 3:
      Commit("rename branch", table::RenameRef(branch, "b" + std::to_string(random_.Below(2))));
      break;
    default:
      Commit("remove branch", table::RemoveRef(branch));
  }
}

// Publishes a snapshot that somebody staged.
void SimulatedWriter::Pick() {
  if (lake_.staged.empty()) return;
  const table::SnapshotId staged = lake_.staged.back();
  lake_.staged.pop_back();
  std::optional<Intent> intent = lake_.model.IntentToRepeat(staged);
  if (!intent) return;
  intent->what = "pick";
  CommitSnapshot("main", *intent, [staged](SnapshotOptions options) {
    return table::CherryPick(staged, std::move(options));
  });
}

void SimulatedWriter::ChangeTable() {
  switch (random_.Below(3)) {
    case 0:
      Commit("upgrade", table::UpdateProperties({{"format-version", "3"}}));
      break;
    case 1:
      if (!random_.Chance(3)) return;
      Commit("unpartition", table::UpdateSpec({{}, {"day"}}));
      break;
    default:
      Commit("partition", table::UpdateSpec({{{"day", table::Transform::Identity(), ""}}, {}}));
  }
}

}  // namespace firn::maintain
