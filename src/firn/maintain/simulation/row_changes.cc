// SPDX-License-Identifier: Apache-2.0
//
// Changes of rows: what writers of all kinds do, each with its intent for the model.

#include <iterator>
#include <map>
#include <utility>

#include "firn/maintain/simulation/writer.h"
#include "firn/table/append.h"
#include "firn/table/overwrite.h"
#include "firn/table/row_delta.h"

namespace firn::maintain {
namespace {

using table::DataFile;
using table::FileContent;
using table::SnapshotOptions;

table::Expression DayIs(int32_t day) {
  return table::Expression::Compare(table::Op::kEq, "day", table::Literal::Date(day));
}

}  // namespace

table::Validation SimulatedWriter::From(const View& view, const std::set<Place>& places) {
  table::Validation validation;
  validation.from = view.head;
  validation.isolation =
      random_.Chance(2) ? table::Isolation::kSnapshot : table::Isolation::kSerializable;
  const bool one_day = places.size() == 1 && places.begin()->day;
  if (one_day && !random_.Chance(3)) validation.filter = DayIs(*places.begin()->day);
  return validation;
}

void SimulatedWriter::Insert() {
  const auto table = lake_.catalog.LoadTable(lake_.name);
  if (!table) return;
  Intent intent;
  intent.what = "insert";
  std::vector<StoredRow> rows;
  for (int64_t left = random_.Below(6) + 1; left > 0; --left)
    rows.push_back(NewRow(++lake_.last_key, intent));
  const auto files = NewDataFiles(*table->metadata, rows);
  const bool fast = random_.Chance(2);
  CommitSnapshot("main", intent, [files, fast](SnapshotOptions options) {
    return fast ? table::FastAppend(files, std::move(options))
                : table::MergeAppend(files, std::move(options));
  });
}

// Deletion vectors in version 3, each with what its file had lost before; position deletes in
// version 2, some of them about several files of a partition.
std::vector<DataFile> SimulatedWriter::NewDeletes(const View& view,
                                                  const std::vector<int64_t>& versions) {
  std::map<std::string, std::set<int64_t>> by_file;
  for (const int64_t version : versions) {
    const ReadRow& row = view.rows.at(version);
    by_file[row.path].insert(row.position);
  }
  FileContents& contents = lake_.model.contents;
  const bool several = !view.has_vectors() && random_.Chance(3);
  std::map<std::pair<Place, std::string>, DataFile> deletes;
  for (const table::FileScanTask& task : view.plan.tasks) {
    const auto found = by_file.find(task.file.file_path);
    if (found == by_file.end()) continue;
    std::set<int64_t> positions = found->second;
    if (view.has_vectors()) positions.merge(PositionsOf(task, contents).value());
    const Place place = PlaceOf(task.file);
    const auto [at, fresh] =
        deletes.try_emplace({place, several ? std::string() : found->first}, DataFile{});
    DataFile& file = at->second;
    if (fresh) file = NewFile(place, FileContent::kPositionDeletes, 0);
    file.record_count += static_cast<int64_t>(positions.size());
    if (!several) file.referenced_data_file = found->first;
    if (view.has_vectors()) {
      file.file_format = table::FileFormat::kPuffin;
      file.content_offset = 4;
      file.content_size_bytes = 30;
      contents.vectors[file.file_path][4] = std::move(positions);
    } else {
      contents.positions[file.file_path][found->first] = std::move(positions);
    }
  }
  std::vector<DataFile> files;
  for (auto& [key, file] : deletes)
    files.push_back(std::move(file));
  return files;
}

void SimulatedWriter::ChangeRows(bool update) {
  const auto view = Read();
  if (!view) return;
  const std::vector<int64_t> picked = PickRows(*view, 4);
  if (picked.empty()) return;
  Intent intent;
  intent.what = update ? "update" : "delete";
  table::RowDeltaChange change;
  std::vector<StoredRow> rows;
  std::set<Place> places;
  for (const int64_t version : picked) {
    const ReadRow& row = view->rows.at(version);
    places.insert(row.place);
    intent.removed.insert(version);
    change.referenced.push_back(row.path);
    if (update) rows.push_back(NewVersion(row, intent));
  }
  change.added_deletes = NewDeletes(*view, picked);
  change.added = NewDataFiles(*view->metadata, rows);
  change.validation = From(*view, places);
  CommitSnapshot(view->branch, intent, [change](SnapshotOptions options) {
    return table::RowDelta(change, std::move(options));
  });
}

// Blind: whatever rows have the keys by then go. With a new row of the key it is an upsert.
void SimulatedWriter::DeleteByKey() {
  const auto view = Read();
  if (!view || view->rows.empty()) return;
  auto at = view->rows.begin();
  std::advance(at, random_.Below(static_cast<int64_t>(view->rows.size())));
  const int64_t key = at->second.key;
  const Place place = at->second.place;
  Intent intent;
  intent.what = "delete by key";
  intent.equalities[place] = {key};
  table::RowDeltaChange change;
  DataFile file = NewFile(place, FileContent::kEqualityDeletes, 1);
  file.equality_ids = {table::FieldId(1)};
  lake_.model.contents.equalities[file.file_path] = {key};
  change.added_deletes = {file};
  // Only deletes without a partition reach the key wherever it is by then.
  if (!place.day && random_.Chance(2)) {
    change.added = NewDataFiles(*view->metadata, {NewRow(key, intent)});
  }
  CommitSnapshot(view->branch, intent, [change](SnapshotOptions options) {
    return table::RowDelta(change, std::move(options));
  });
}

// The rows of one file that live, some of them changed, in a new file.
void SimulatedWriter::CopyOnWrite() {
  const auto view = Read();
  if (!view || view->plan.tasks.empty()) return;
  const DataFile& old = PickFile(*view);
  Intent intent;
  intent.what = "copy on write";
  std::vector<StoredRow> carried, changed;
  for (const auto& [version, row] : view->rows) {
    if (row.path != old.file_path) continue;
    const int64_t fate = random_.Below(4);
    if (fate > 1) {
      carried.push_back({row.key, version, row.row_id, row.last_updated});
      continue;
    }
    intent.removed.insert(version);
    if (fate == 0) changed.push_back(NewVersion(row, intent));
  }
  table::Overwrite change;
  change.deleted_paths = {old.file_path};
  change.validation = From(*view, {PlaceOf(old)});
  change.added = NewDataFiles(*view->metadata, changed);
  if (!carried.empty()) change.added.push_back(NewDataFile(PlaceOf(old), carried));
  CommitSnapshot(view->branch, intent, [change](SnapshotOptions options) {
    return table::OverwriteFiles(change, std::move(options));
  });
}

void SimulatedWriter::DeletePartition() {
  const auto day = static_cast<int32_t>(random_.Below(3));
  Intent intent;
  intent.what = "delete where";
  intent.emptied = {Place{table::SpecId(0), day}};
  CommitSnapshot("main", intent, [day](SnapshotOptions options) {
    return table::DeleteWhere(DayIs(day), std::move(options));
  });
}

void SimulatedWriter::ReplacePartition() {
  const auto view = Read();
  if (!view) return;
  Intent intent;
  intent.what = "replace partition";
  const StoredRow row = NewRow(++lake_.last_key, intent);
  table::PartitionOverwrite change;
  change.added = NewDataFiles(*view->metadata, {row});
  const Place place = PlaceOf(change.added.front());
  intent.all_emptied = !place.day;
  intent.emptied = {place};
  if (random_.Chance(2)) change.validation = From(*view, {});
  CommitSnapshot(view->branch, intent, [change](SnapshotOptions options) {
    return table::ReplacePartitions(change, std::move(options));
  });
}

}  // namespace firn::maintain
