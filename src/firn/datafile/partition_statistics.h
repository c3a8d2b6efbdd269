// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/io/file_io.h"
#include "firn/table/metadata.h"
#include "firn/table/partition_spec.h"

namespace firn::datafile {

/// What a snapshot holds of one partition of one spec (spec, "Partition Statistics File").
struct PartitionStatistics {
  table::PartitionData partition;  ///< In the order of `UnifiedPartitionFields`.
  table::SpecId spec_id{};
  int64_t data_record_count = 0;
  int32_t data_file_count = 0;
  int64_t total_data_file_size_bytes = 0;
  int64_t position_delete_record_count = 0;  ///< Of position delete files and deletion vectors.
  int32_t position_delete_file_count = 0;    ///< Without deletion vectors.
  int32_t dv_count = 0;
  int64_t equality_delete_record_count = 0;
  int32_t equality_delete_file_count = 0;
  /// Rows left after deletes; known where there are none but deletion vectors.
  std::optional<int64_t> total_record_count;
  std::optional<TimeMs> last_updated_at;
  std::optional<table::SnapshotId> last_updated_snapshot_id;

  friend bool operator==(const PartitionStatistics&, const PartitionStatistics&) = default;
};

/// All fields of all specs of a table, by field id (spec, "Partition Statistics File").
std::vector<table::NestedField> UnifiedPartitionFields(const table::TableMetadata& metadata);

/// Adds up all live files of a snapshot, by partition; sorted by partition, nulls first.
/// Errors: `kNotFound` for an unknown snapshot; those of reading manifests.
Result<std::vector<PartitionStatistics>> ComputePartitionStatistics(
    io::FileIO& files, const table::TableMetadata& metadata, table::SnapshotId snapshot);

/// The same out of the statistics of an ancestor: reads only manifests added since.
/// Errors: `kNotFound` when `from` is no ancestor of `snapshot` as far as the table remembers.
Result<std::vector<PartitionStatistics>> UpdatePartitionStatistics(
    io::FileIO& files, const table::TableMetadata& metadata,
    std::vector<PartitionStatistics> statistics, table::SnapshotId from,
    table::SnapshotId snapshot);

/// Reads a partition statistics file of the table. Columns of later versions may be missing.
/// Errors: `kCorrupt`; those of `ReadFile`.
Result<std::vector<PartitionStatistics>> ReadPartitionStatistics(
    io::FileIO& files, const table::TableMetadata& metadata, std::string_view location);

/// Computes the statistics of a snapshot (from the file of its nearest ancestor that has one, where
/// that can be read) and writes them, as Parquet, beside the metadata. Commit the result by
/// `table::SetPartitionStatistics`. A snapshot that has a file already gets that one back.
/// Errors: `kInvalidArgument` for a table that is not partitioned; as above.
Result<table::StatisticsFile> WritePartitionStatistics(io::FileIO& files,
                                                       const table::TableMetadata& metadata,
                                                       table::SnapshotId snapshot, Env& env);

}  // namespace firn::datafile
