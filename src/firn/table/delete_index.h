// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firn/table/manifest.h"

namespace firn::table {

/// Renders a partition tuple under its spec as bytes that are equal for equal tuples.
std::string PartitionKey(SpecId spec_id, const PartitionData& partition);

/// Tells whether a delete file is a deletion vector (v3; spec, "Deletion Vectors").
bool IsDeletionVector(const DataFile& deletes);

/// The data file all rows of a position delete file speak of, as written; unset where there may be
/// several, and for equality deletes.
std::optional<std::string> OnlyDataFileOf(const DataFile& deletes);

/// Finds the delete files whose rows may be in a data file (spec, "Scan Planning").
class DeleteIndex {
 public:
  /// Adds a live entry of a delete manifest; `unpartitioned` tells whether its spec groups nothing.
  void Add(ManifestEntry entry, bool unpartitioned);

  bool empty() const { return global_.empty() && by_partition_.empty() && by_path_.empty(); }
  /// The deletes that apply to a data file, oldest first; a deletion vector stands alone among
  /// position deletes.
  std::vector<DataFile> For(const DataFile& data, SequenceNumber sequence_number) const;
  std::vector<DataFile> For(const ManifestEntry& data) const {
    return For(data.file, *data.sequence_number);
  }

 private:
  std::vector<ManifestEntry> global_;  // Equality deletes of unpartitioned specs.
  std::map<std::string, std::vector<ManifestEntry>> by_partition_;
  std::map<std::string, std::vector<ManifestEntry>> by_path_;
};

}  // namespace firn::table
