// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::lakehouse {

/// One value of a result, ready to be shown.
struct Cell {
  enum class Kind { kNull, kBool, kNumber, kText, kJson };
  Kind kind = Kind::kNull;
  std::string text;  ///< Digits exact, timestamps ISO 8601, nested values as JSON; empty when null.
};

struct Column {
  std::string name;
  std::string type;      ///< SQL's name ("BIGINT"); of a query, Arrow's ("int64").
  bool numeric = false;  ///< Shown right-aligned.
};

using Row = std::vector<Cell>;

/// Takes the bytes of a file in their order.
using ByteSink = std::function<Status(std::string_view)>;

/// The rows of a query, one after the other. Not thread-safe; keeps the query alive.
class RowStream {
 public:
  virtual ~RowStream() = default;
  virtual const std::vector<Column>& columns() const = 0;
  /// Moves the next row into `row`; false at the end.
  virtual Result<bool> Next(Row& row) = 0;
  /// Writes the rows that are left as one Parquet file, in the types of the query.
  /// Errors: `kUnsupported`, naming the column, for a type that Parquet does not have.
  virtual Status WriteParquet(const ByteSink& sink) = 0;
};

}  // namespace firn::lakehouse
