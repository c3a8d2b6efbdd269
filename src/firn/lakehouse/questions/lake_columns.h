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
#include "firn/datafile/typed_column.h"
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

using datafile::NumberAt;
using datafile::TextAt;
using datafile::TypedColumn;

/// The unscaled value of a decimal of at most 18 digits.
inline std::optional<int64_t> UnscaledAt(const arrow::Decimal128Array& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  return static_cast<int64_t>(arrow::Decimal128(array.GetValue(row)).low_bits());
}

}  // namespace firn::lakehouse
