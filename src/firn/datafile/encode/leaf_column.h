// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/schema.h>

#include "firn/base/result.h"
#include "firn/datafile/encode/parquet_format.h"
#include "firn/table/ids.h"

namespace firn::datafile {

/// One step on the way from a row to a value of a leaf.
struct PathStep {
  enum class Kind : uint8_t { kStruct, kList, kLeaf };
  Kind kind = Kind::kLeaf;
  bool nullable = false;
  int child = 0;  ///< Of a struct, the field that comes next.
};

/// How the values of a leaf are told apart in statistics.
enum class LeafOrder : uint8_t { kNone, kSigned, kUnsigned };

/// A leaf column of a file: its place in the rows and in the file's schema.
struct LeafColumn {
  std::vector<std::string> path;  ///< Names, as the file's schema has them.
  table::FieldId field{};       ///< What it belongs to: a variant's parts have no ids of their own.
  bool counts_values = true;    ///< Whether it has one value for each of the field's.
  int column = 0;               ///< Of the rows.
  std::vector<PathStep> steps;  ///< From that column on; the leaf is the last.
  int definition_max = 0;
  int repetition_max = 0;
  PhysicalType type = PhysicalType::kInt32;
  int32_t type_length = 0;  ///< In bytes, of fixed-length bytes.
  LeafOrder order = LeafOrder::kNone;
  bool is_decimal = false;     ///< Arrow has 16 bytes for each value.
  bool is_text = false;        ///< UTF-8.
  bool is_geospatial = false;  ///< WKB.
};

/// Lists the leaves of rows of `layout` in the order of the file's schema, `descriptor`.
/// Errors: `kUnsupported`, naming the column, for types that no table has.
Result<std::vector<LeafColumn>> LeafColumnsOf(const arrow::Schema& layout,
                                              const parquet::SchemaDescriptor& descriptor);

}  // namespace firn::datafile
