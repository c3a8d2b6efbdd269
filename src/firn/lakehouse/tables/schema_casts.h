// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::lakehouse {

/// Where a column of a table with another schema comes from.
struct ColumnCast {
  std::string column;
  std::string from;   ///< A type; empty for a column that is new.
  std::string to;     ///< A type; empty for one that is left out.
  std::string value;  ///< SQL over the old table as `t`; empty for one that is new or left out.
  std::string fault;  ///< SQL: whether a row's value cannot be cast; empty: each can.
  bool required = false;

  bool is_cast() const { return !from.empty() && !to.empty() && from != to; }
};

/// Finds for each column of `after` the one of `before` with its name, and behind them those that
/// are left out. A value is cast only where it stays what it is: a number to any type of number
/// that holds it exactly, text to what it spells, and back, a date to its first instant.
/// Errors: `kInvalidArgument` for types that have nothing in common, and for a required column that
/// `before` lacks.
Result<std::vector<ColumnCast>> PlanCasts(const table::Schema& before, const table::Schema& after);

/// Columns of `CastQuery` behind those of the new table.
inline constexpr char kFaultColumn[] = "firn$fault";  ///< The first cast that has a fault, or null.
inline constexpr char kRawColumn[] = "firn$raw";  ///< The whole row as JSON, where there is one.

/// SQL that gives the rows of `relation` as `casts` say.
std::string CastQuery(std::string_view relation, const std::vector<ColumnCast>& casts);

}  // namespace firn::lakehouse
