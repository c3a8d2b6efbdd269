// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "firn/table/data_file.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"

namespace firn::table {

/// Partitions of a table: tuples, each under its spec. Equal tuples of different specs are
/// different partitions. Tuples written before their column was promoted are equal to those
/// written after.
class PartitionSet {
 public:
  /// `metadata` outlives this object.
  explicit PartitionSet(const TableMetadata& metadata);

  /// Adds the partition a file is in.
  void Add(const DataFile& file);

  const TableMetadata& metadata() const { return *metadata_; }
  bool empty() const { return by_key_.empty(); }
  /// Tells whether a file is in one of the partitions.
  bool Contains(const DataFile& file) const;
  /// Tells whether a manifest may describe a file in one of them, by its partition summaries
  /// (spec, "Manifest Lists", field_summary).
  bool MightBeIn(const ManifestFile& manifest) const;

 private:
  struct Partition {
    SpecId spec_id{};
    PartitionData tuple;
  };

  PartitionData Widened(const DataFile& file) const;

  const TableMetadata* metadata_;
  std::map<SpecId, Type> types_;  // Of tuples, by spec.
  std::map<std::string, Partition> by_key_;
};

/// Gives the values of a tuple the types its spec has today (`PartitionType`): one written before a
/// column was promoted holds the narrower type (spec, "Schema Evolution"). What cannot be converted
/// stays.
void WidenPartition(const Type& partition_type, PartitionData& partition);

}  // namespace firn::table
