// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/table/ids.h"
#include "firn/table/partition_spec.h"

namespace firn::table {

enum class FileContent : uint8_t { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };
enum class FileFormat : uint8_t { kParquet, kAvro, kOrc, kPuffin };

/// Names a format as manifests do: "PARQUET".
std::string_view FormatName(FileFormat format);

/// A file of rows (or of deletes) as manifests describe it (spec, "Data File Fields").
/// Maps are by field id of columns at any depth; a column without an entry is unknown, not empty.
struct DataFile {
  FileContent content = FileContent::kData;
  std::string file_path;  ///< A full location, e.g. file:///...
  FileFormat file_format = FileFormat::kParquet;
  SpecId spec_id{};
  PartitionData partition;
  int64_t record_count = 0;
  int64_t file_size_bytes = 0;
  std::map<FieldId, int64_t> column_sizes;
  std::map<FieldId, int64_t> value_counts;
  std::map<FieldId, int64_t> null_value_counts;
  std::map<FieldId, int64_t> nan_value_counts;
  std::map<FieldId, std::string> lower_bounds;  ///< `Literal::ToBytes`.
  std::map<FieldId, std::string> upper_bounds;
  std::optional<std::string> key_metadata;
  std::vector<int64_t> split_offsets;
  std::vector<FieldId> equality_ids;
  std::optional<SortOrderId> sort_order_id;
  std::optional<int64_t> first_row_id;              ///< v3
  std::optional<std::string> referenced_data_file;  ///< Of position deletes for one file.
  std::optional<int64_t> content_offset;            ///< v3, of a deletion vector.
  std::optional<int64_t> content_size_bytes;        ///< v3, of a deletion vector.

  friend bool operator==(const DataFile&, const DataFile&) = default;
};

}  // namespace firn::table
