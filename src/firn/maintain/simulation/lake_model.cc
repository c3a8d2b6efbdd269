// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/simulation/lake_model.h"

#include <algorithm>
#include <utility>

#include "firn/table/delete_index.h"
#include "firn/table/manifest.h"

namespace firn::maintain {
namespace {

using table::DataFile;
using table::FileContent;

// What `contents` says of a file. Errors: `kNotFound`.
template <typename Of>
Result<const Of*> Find(const std::map<std::string, Of>& contents, const std::string& path) {
  const auto found = contents.find(path);
  if (found == contents.end()) return NotFound("file is gone", path);
  return &found->second;
}

// Keys that a task's equality deletes remove.
Result<std::set<int64_t>> KeysOf(const table::FileScanTask& task, const FileContents& contents) {
  std::set<int64_t> keys;
  for (const DataFile& file : task.deletes) {
    if (file.content != FileContent::kEqualityDeletes) continue;
    FIRN_ASSIGN(const auto* more, Find(contents.equalities, file.file_path));
    keys.insert(more->begin(), more->end());
  }
  return keys;
}

std::string Number(int64_t number) {
  return std::to_string(number);
}

// Adds up what summaries count, out of the manifests.
struct Totals {
  int64_t data_files = 0, records = 0, delete_files = 0, position_deletes = 0, equality_deletes = 0;
  int64_t bytes = 0;

  void Add(const DataFile& file) {
    bytes += table::IsDeletionVector(file) ? *file.content_size_bytes : file.file_size_bytes;
    if (file.content == FileContent::kData) {
      ++data_files;
      records += file.record_count;
      return;
    }
    ++delete_files;
    (file.content == FileContent::kEqualityDeletes ? equality_deletes : position_deletes) +=
        file.record_count;
  }

  Status Check(const table::Snapshot& snapshot) const {
    const std::pair<const char*, int64_t> all[] = {{"total-data-files", data_files},
                                                   {"total-records", records},
                                                   {"total-delete-files", delete_files},
                                                   {"total-position-deletes", position_deletes},
                                                   {"total-equality-deletes", equality_deletes},
                                                   {"total-files-size", bytes}};
    for (const auto& [key, value] : all) {
      const auto found = snapshot.summary.find(key);
      if (found == snapshot.summary.end() || found->second != Number(value)) {
        return Corrupt(std::string("summary: ") + key + " is not", value);
      }
    }
    return Ok();
  }
};

// The rows before, less what was to go, with what was to come: no more and no less.
Status CheckRows(const Rows& before, const Rows& after, const Intent& intent) {
  std::map<int64_t, int64_t> expected = intent.added;
  for (const auto& [version, row] : before) {
    if (!intent.Removes(version, row)) expected.emplace(version, row.key);
  }
  for (const int64_t version : intent.removed) {
    if (!before.contains(version)) {
      return Corrupt("changes a row that was changed by others, version", version);
    }
  }
  std::set<int64_t> keys;
  for (const auto& [version, row] : after) {
    if (expected.erase(version) == 0) return Corrupt("has a row too many, version", version);
    if (!keys.insert(row.key).second) return Corrupt("has a key twice", row.key);
  }
  if (!expected.empty()) return Corrupt("lacks a row, version", expected.begin()->first);
  return Ok();
}

std::set<std::string> StatisticsOf(const table::TableMetadata& metadata) {
  std::set<std::string> files;
  for (const auto* statistics : {&metadata.statistics, &metadata.partition_statistics}) {
    for (const table::StatisticsFile& file : *statistics)
      files.insert(file.json.GetString("statistics-path").value());
  }
  return files;
}

}  // namespace

void FileContents::Forget(const std::string& location) {
  data.erase(location);
  positions.erase(location);
  vectors.erase(location);
  equalities.erase(location);
}

Place PlaceOf(const DataFile& file) {
  Place place{file.spec_id, {}};
  if (!file.partition.empty() && file.partition[0]) {
    const std::string bytes = file.partition[0]->ToBytes();
    place.day = static_cast<unsigned char>(bytes[0]);
  }
  return place;
}

Result<std::set<int64_t>> PositionsOf(const table::FileScanTask& task,
                                      const FileContents& contents) {
  std::set<int64_t> positions;
  for (const DataFile& file : task.deletes) {
    if (file.content != FileContent::kPositionDeletes) continue;
    if (table::IsDeletionVector(file)) {
      FIRN_ASSIGN(const auto* vectors, Find(contents.vectors, file.file_path));
      const auto& more = vectors->at(*file.content_offset);
      positions.insert(more.begin(), more.end());
      continue;
    }
    FIRN_ASSIGN(const auto* by_file, Find(contents.positions, file.file_path));
    const auto found = by_file->find(task.file.file_path);
    if (found != by_file->end()) positions.insert(found->second.begin(), found->second.end());
  }
  return positions;
}

bool Intent::Removes(int64_t version, const ReadRow& row) const {
  if (all_emptied || removed.contains(version) || emptied.contains(row.place)) return true;
  for (const auto& [place, keys] : equalities) {
    if (keys.contains(row.key) && (!place.day || place == row.place)) return true;
  }
  return false;
}

Result<table::ScanPlan> LakeModel::Plan(const table::TableMetadata& metadata,
                                        table::SnapshotId snapshot, io::FileIO& files) {
  table::ScanRequest request;
  request.snapshot = snapshot;
  request.file_metrics = false;
  return table::PlanScan(metadata, request, files, {&decoded_, 1});
}

Result<Rows> RowsOf(const table::ScanPlan& plan, const FileContents& contents) {
  Rows rows;
  for (const table::FileScanTask& task : plan.tasks) {
    FIRN_ASSIGN(const auto* stored, Find(contents.data, task.file.file_path));
    FIRN_ASSIGN(const std::set<int64_t> positions, PositionsOf(task, contents));
    FIRN_ASSIGN(const std::set<int64_t> keys, KeysOf(task, contents));
    for (size_t at = 0; at < stored->size(); ++at) {
      const StoredRow& row = (*stored)[at];
      const auto position = static_cast<int64_t>(at);
      if (positions.contains(position) || keys.contains(row.key)) continue;
      ReadRow read{row.key,  row.row_id,        row.last_updated, task.file.file_path,
                   position, PlaceOf(task.file)};
      if (task.file.first_row_id) {
        if (!read.row_id) read.row_id = *task.file.first_row_id + position;
        if (!read.last_updated) read.last_updated = task.sequence_number.value;
      } else {
        read.row_id.reset();  // Both columns are null (spec, "Row Lineage").
        read.last_updated.reset();
      }
      if (!rows.emplace(row.version, std::move(read)).second) {
        return Corrupt("row is there twice: key " + Number(row.key) + " version", row.version);
      }
    }
  }
  return rows;
}

void LakeModel::Fail(std::string fault) {
  if (fault_.empty()) fault_ = std::move(fault);
}

void LakeModel::Landed(const catalog::LoadedTable& table) {
  ++commits_;
  current_ = table;
  for (const table::Snapshot& snapshot : table.metadata->snapshots) {
    if (!landed_.insert(snapshot.id).second) continue;
    const Status judged = Judge(*table.metadata, snapshot);
    if (judged) continue;
    Fail("snapshot " + snapshot.id.ToString() + " (" + intents[snapshot.id].what + ", " +
         std::string(snapshot.operation()) + "): " + judged.error().ToString());
  }
  if (commits_ % 256 == 0) Forget();
}

void LakeModel::Deleting(const std::string& location) {
  const table::TableMetadata& metadata = *current_.metadata;
  if (location == current_.metadata_location) Fail("the table's metadata is deleted: " + location);
  if (StatisticsOf(metadata).contains(location)) Fail("statistics are deleted: " + location);
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    if (!states_[snapshot.id].files.contains(location)) continue;
    Fail("snapshot " + snapshot.id.ToString() + " loses a file: " + location);
  }
  contents.Forget(location);
  manifests_.erase(location);
}

void LakeModel::Forget() {
  const auto expired = [this](const auto& item) {
    return landed_.contains(item.first) && current_.metadata->FindSnapshot(item.first) == nullptr;
  };
  std::erase_if(states_, expired);
  std::erase_if(intents, expired);
}

void LakeModel::CheckAll() {
  const table::TableMetadata& metadata = *current_.metadata;
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    const std::string name = "at the end, snapshot " + snapshot.id.ToString();
    const auto plan = Plan(metadata, snapshot.id, files_);
    const auto rows = plan ? RowsOf(*plan, contents) : Result<Rows>(plan.error());
    if (!rows) {
      Fail(name + ": " + rows.error().ToString());
    } else if (rows->size() != states_[snapshot.id].rows.size()) {
      Fail(name + " has other rows than when it landed");
    }
    const auto files = CheckFiles(metadata, snapshot);
    if (!files) Fail(name + ": " + files.error().ToString());
  }
  for (const std::string& file : StatisticsOf(metadata)) {
    if (!files_.Exists(file).value()) Fail("at the end, statistics are gone: " + file);
  }
}

Status LakeModel::Judge(const table::TableMetadata& metadata, const table::Snapshot& snapshot) {
  const auto intent = intents.find(snapshot.id);
  if (intent == intents.end()) return Corrupt("nobody wanted this snapshot");
  FIRN_TRY(CheckNumbers(metadata, snapshot));
  FIRN_ASSIGN(const auto plan, Plan(metadata, snapshot.id, files_));
  State& state = states_[snapshot.id];
  FIRN_ASSIGN(state.rows, RowsOf(plan, contents));
  FIRN_ASSIGN(state.files, CheckFiles(metadata, snapshot));
  static const Rows kNone;
  const Rows& before = snapshot.parent_id ? states_[*snapshot.parent_id].rows : kNone;
  FIRN_TRY(CheckRows(before, state.rows, intent->second));
  FIRN_TRY(CheckLineage(snapshot, before, state.rows, intent->second));
  const Intent by_equality{{}, {}, {}, intent->second.equalities, {}, false, {}};
  for (const auto& [version, row] : before) {
    if (state.rows.contains(version) || by_equality.Removes(version, row)) continue;
    state.removed.insert(version);
  }
  return Ok();
}

Result<std::set<std::string>> LakeModel::CheckFiles(const table::TableMetadata& metadata,
                                                    const table::Snapshot& snapshot) {
  std::set<std::string> files = {snapshot.manifest_list};
  FIRN_ASSIGN(const auto manifests, table::ManifestsOf(metadata, snapshot, files_));
  std::set<std::string> data, targets, vectors;
  Totals totals;
  for (const table::ManifestFile& manifest : manifests) {
    files.insert(manifest.path);
    auto& entries = manifests_[manifest.path];  // They never change.
    if (entries.empty()) {
      FIRN_ASSIGN(entries,
                  table::ReadManifest(files_, manifest, *metadata.FindSpec(manifest.spec_id)));
    }
    for (const table::ManifestEntry& entry : entries) {
      if (!entry.is_live()) continue;
      files.insert(entry.file.file_path);
      totals.Add(entry.file);
      if (entry.file.content == FileContent::kData && !data.insert(entry.file.file_path).second) {
        return Corrupt("data file is there twice", entry.file.file_path);
      }
      const auto target = table::OnlyDataFileOf(entry.file);
      if (target) targets.insert(*target);
      if (table::IsDeletionVector(entry.file) && !vectors.insert(*target).second) {
        return Corrupt("two deletion vectors of one file", *target);
      }
    }
  }
  for (const std::string& target : targets) {
    if (!data.contains(target)) return Corrupt("deletes of a file that is not there", target);
  }
  for (const std::string& file : files) {
    FIRN_ASSIGN(const bool there, files_.Exists(file));
    if (!there) return Corrupt("file is gone", file);
  }
  FIRN_TRY(totals.Check(snapshot));
  return files;
}

std::optional<Intent> LakeModel::IntentToRepeat(table::SnapshotId staged) const {
  const auto state = states_.find(staged);
  if (state == states_.end()) return std::nullopt;
  Intent intent = intents.at(staged);
  intent.removed = state->second.removed;
  intent.emptied.clear();
  intent.all_emptied = false;
  return intent;
}

// Sequence numbers rise by one; row ids are given in one line (spec, "Sequence Numbers", "Snapshot
// Row IDs").
Status LakeModel::CheckNumbers(const table::TableMetadata& metadata,
                               const table::Snapshot& snapshot) {
  if (snapshot.sequence_number.value != last_sequence_number_.value + 1 ||
      metadata.last_sequence_number != snapshot.sequence_number) {
    return Corrupt("sequence number is not the next", snapshot.sequence_number);
  }
  last_sequence_number_ = snapshot.sequence_number;
  if (!snapshot.first_row_id) return Ok();  // Of version 2.
  if (*snapshot.first_row_id != next_row_id_) {
    return Corrupt("first row id is not the next", *snapshot.first_row_id);
  }
  next_row_id_ += snapshot.added_rows.value_or(0);
  if (metadata.next_row_id == next_row_id_) return Ok();
  return Corrupt("next row id is not that after the snapshot", metadata.next_row_id);
}

// One row, one id, for good (spec, "Row Lineage").
Status LakeModel::CheckLineage(const table::Snapshot& snapshot, const Rows& before,
                               const Rows& after, const Intent& intent) {
  if (!snapshot.first_row_id) return Ok();  // Of version 2.
  std::set<int64_t> ids;
  for (const auto& [version, row] : after) {
    if (!row.row_id) return Corrupt("row without an id, version", version);
    if (!ids.insert(*row.row_id).second) return Corrupt("row id is there twice", *row.row_id);
    const auto known = before.find(version);
    std::optional<int64_t> id;
    if (known != before.end()) id = known->second.row_id;
    const auto kept = intent.kept_row_ids.find(version);
    if (kept != intent.kept_row_ids.end()) id = kept->second;
    if (id && id != row.row_id) return Corrupt("row got another id, version", version);
    FIRN_TRY(CheckRowId(snapshot, row, id.has_value()));
    const bool stays = known != before.end();
    if (stays && known->second.last_updated && known->second.last_updated != row.last_updated) {
      return Corrupt("row that stayed says it was updated, version", version);
    }
    if (!stays && row.last_updated != snapshot.sequence_number.value) {
      return Corrupt("row that came is not of its snapshot's number, version", version);
    }
  }
  return Ok();
}

Status LakeModel::CheckRowId(const table::Snapshot& snapshot, const ReadRow& row, bool kept) {
  const int64_t id = *row.row_id;
  if (!kept && (id < *snapshot.first_row_id || id >= next_row_id_)) {
    return Corrupt("new row id is not one of the snapshot's", id);
  }
  if (id < 0 || id >= next_row_id_) return Corrupt("row id was not given", id);
  keys_by_row_id_.resize(std::max(keys_by_row_id_.size(), static_cast<size_t>(id) + 1));
  int64_t& key = keys_by_row_id_[static_cast<size_t>(id)];
  if (key == 0) key = row.key;
  return key == row.key ? Ok() : Status(Corrupt("row id is that of another row", id));
}

}  // namespace firn::maintain
