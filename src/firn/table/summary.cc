// SPDX-License-Identifier: Apache-2.0

#include "firn/table/summary.h"

#include <charconv>
#include <optional>

#include "firn/base/saturate.h"
#include "firn/table/delete_index.h"

namespace firn::table {
namespace {

std::optional<int64_t> TotalOf(const Snapshot* parent, const std::string& key) {
  if (parent == nullptr) return 0;
  const auto found = parent->summary.find(key);
  if (found == parent->summary.end()) return std::nullopt;
  int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

void SnapshotSummary::AddFile(const DataFile& file) {
  Count(file, &Change::added);
}

void SnapshotSummary::RemoveFile(const DataFile& file) {
  Count(file, &Change::removed);
}

void SnapshotSummary::Count(const DataFile& file, int64_t Change::*side) {
  partitions_.insert(PartitionKey(file.spec_id, file.partition));
  // A Puffin file may hold vectors of many data files; each counts what is its own.
  const bool vector = IsDeletionVector(file);
  const auto add = [side](Change& change, int64_t more) {
    change.*side = AddSaturated(change.*side, more);
  };
  add(counters_.bytes, vector ? file.content_size_bytes.value_or(0) : file.file_size_bytes);
  switch (file.content) {
    case FileContent::kData:
      counters_.data_files.*side += 1;
      add(counters_.records, file.record_count);
      break;
    case FileContent::kPositionDeletes: {
      counters_.delete_files.*side += 1;
      Change& kind = vector ? counters_.vectors : counters_.position_files;
      kind.*side += 1;
      add(counters_.position_deletes, file.record_count);
      break;
    }
    case FileContent::kEqualityDeletes:
      counters_.delete_files.*side += 1;
      counters_.equality_files.*side += 1;
      add(counters_.equality_deletes, file.record_count);
      break;
  }
}

std::map<std::string, std::string> SnapshotSummary::Finish(const Snapshot* parent) const {
  std::map<std::string, std::string> summary;
  const auto put = [&](const char* added, const char* removed, const char* total,
                       const Change& change) {
    if (change.added != 0) summary[added] = std::to_string(change.added);
    if (change.removed != 0) summary[removed] = std::to_string(change.removed);
    if (total == nullptr) return;
    const auto before = TotalOf(parent, total);
    if (!before) return;
    const int64_t after = SubtractSaturated(AddSaturated(*before, change.added), change.removed);
    summary[total] = std::to_string(after);
  };
  put("added-data-files", "deleted-data-files", "total-data-files", counters_.data_files);
  put("added-delete-files", "removed-delete-files", "total-delete-files", counters_.delete_files);
  put("added-dvs", "removed-dvs", nullptr, counters_.vectors);
  put("added-position-delete-files", "removed-position-delete-files", nullptr,
      counters_.position_files);
  put("added-equality-delete-files", "removed-equality-delete-files", nullptr,
      counters_.equality_files);
  put("added-records", "deleted-records", "total-records", counters_.records);
  put("added-files-size", "removed-files-size", "total-files-size", counters_.bytes);
  put("added-position-deletes", "removed-position-deletes", "total-position-deletes",
      counters_.position_deletes);
  put("added-equality-deletes", "removed-equality-deletes", "total-equality-deletes",
      counters_.equality_deletes);
  summary["changed-partition-count"] = std::to_string(partitions_.size());
  return summary;
}

}  // namespace firn::table
