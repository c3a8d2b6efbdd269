// SPDX-License-Identifier: Apache-2.0
//
// Which deletes reach which data files (spec, "Scan Planning"):
//   position deletes   of data as old or older, in the same partition of the same spec, or of the
//                      one file they name;
//   equality deletes   of data that is strictly older, in the same partition of the same spec, or
//                      everywhere when their spec is unpartitioned;
//   deletion vectors   of the file they name; they already hold its older position deletes.

#include "firn/table/delete_index.h"

#include <algorithm>

#include "firn/io/location.h"

namespace firn::table {
namespace {

// The reserved column of position delete files that names the data file.
constexpr FieldId kDeletedFilePath{2147483546};

bool Applies(const ManifestEntry& deletes, SequenceNumber data) {
  return deletes.file.content == FileContent::kEqualityDeletes ? data < *deletes.sequence_number
                                                               : data <= *deletes.sequence_number;
}

}  // namespace

bool IsDeletionVector(const DataFile& deletes) {
  return deletes.content == FileContent::kPositionDeletes &&
         deletes.file_format == FileFormat::kPuffin;
}

std::optional<std::string> OnlyDataFileOf(const DataFile& deletes) {
  if (deletes.content != FileContent::kPositionDeletes) return std::nullopt;
  if (deletes.referenced_data_file) return deletes.referenced_data_file;
  const auto lower = deletes.lower_bounds.find(kDeletedFilePath);
  const auto upper = deletes.upper_bounds.find(kDeletedFilePath);
  if (lower == deletes.lower_bounds.end() || upper == deletes.upper_bounds.end() ||
      lower->second != upper->second) {
    return std::nullopt;
  }
  return lower->second;
}

std::string PartitionKey(SpecId spec_id, const PartitionData& partition) {
  std::string key = spec_id.ToString();
  for (const std::optional<Literal>& value : partition) {
    const std::string bytes = value ? value->ToBytes() : std::string();
    key += (value ? "|" + std::to_string(bytes.size()) + ":" : "|null") + bytes;
  }
  return key;
}

void DeleteIndex::Add(ManifestEntry entry, bool unpartitioned) {
  const bool equality = entry.file.content == FileContent::kEqualityDeletes;
  const auto path = OnlyDataFileOf(entry.file);
  if (equality && unpartitioned) {
    global_.push_back(std::move(entry));
  } else if (path) {
    by_path_[io::NormalizeLocation(*path)].push_back(std::move(entry));
  } else {
    const std::string key = PartitionKey(entry.file.spec_id, entry.file.partition);
    by_partition_[key].push_back(std::move(entry));
  }
}

std::vector<DataFile> DeleteIndex::For(const DataFile& data, SequenceNumber sequence_number) const {
  if (empty()) return {};
  std::vector<const ManifestEntry*> found;
  const auto take = [&](const std::vector<ManifestEntry>& entries) {
    for (const ManifestEntry& entry : entries) {
      if (Applies(entry, sequence_number)) found.push_back(&entry);
    }
  };
  take(global_);
  const auto partition = by_partition_.find(PartitionKey(data.spec_id, data.partition));
  if (partition != by_partition_.end()) take(partition->second);
  const auto path = by_path_.find(io::NormalizeLocation(data.file_path));
  if (path != by_path_.end()) take(path->second);
  const bool has_vector = std::any_of(found.begin(), found.end(), [](const ManifestEntry* entry) {
    return IsDeletionVector(entry->file);
  });
  std::stable_sort(found.begin(), found.end(), [](const auto* left, const auto* right) {
    return *left->sequence_number < *right->sequence_number;
  });
  std::vector<DataFile> deletes;
  for (const ManifestEntry* entry : found) {
    const bool superseded = has_vector && !IsDeletionVector(entry->file) &&
                            entry->file.content == FileContent::kPositionDeletes;
    if (!superseded) deletes.push_back(entry->file);
  }
  return deletes;
}

}  // namespace firn::table
