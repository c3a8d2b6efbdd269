// SPDX-License-Identifier: Apache-2.0
//
// A few columns of one of the lake's own tables, read without an SQL engine: where a report is to
// be there at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/api.h>

#include "firn/base/result.h"
#include "firn/table/expression.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// What of a table is read. Rows are not tested: `filter` leaves out files and row groups alone.
struct ColumnScan {
  std::string table;
  std::vector<std::string> columns;
  table::Expression filter;
};

/// Calls `take` with each batch of a table, in bounded memory; never for a table that is not there.
/// Errors: `kNotFound` for a column that is not there; those of reading; those of `take`.
Status ForEachBatch(catalog::Catalog& catalog, io::FileIO& files, const ColumnScan& scan,
                    const std::function<Status(const arrow::RecordBatch&)>& take);

/// A column of a batch as the array it must be. Errors: `kCorrupt` where it is another.
template <typename ArrayType>
Result<const ArrayType*> ColumnOf(const arrow::RecordBatch& rows, const std::string& name) {
  const auto column = rows.GetColumnByName(name);
  const auto* typed = dynamic_cast<const ArrayType*>(column.get());
  if (typed == nullptr) return Corrupt("a column is absent or of another type", name);
  return typed;
}

/// A number of an array, if it is there.
template <typename ArrayType>
std::optional<int64_t> NumberAt(const ArrayType& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  return static_cast<int64_t>(array.Value(row));
}

inline std::optional<std::string_view> TextAt(const arrow::StringArray& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  return array.GetView(row);
}

/// The unscaled value of a decimal of at most 18 digits.
inline std::optional<int64_t> UnscaledAt(const arrow::Decimal128Array& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  return static_cast<int64_t>(arrow::Decimal128(array.GetValue(row)).low_bits());
}

}  // namespace firn::lakehouse
