// SPDX-License-Identifier: Apache-2.0
//
// DuckDB's filters as Iceberg's, for pruning. Private to the room.
#pragma once

#include "duckdb.hpp"
#include "duckdb/common/column_index.hpp"
#include "duckdb/planner/expression.hpp"
#include "firn/table/expression.h"
#include "firn/table/schema.h"

namespace firn::sql {

/// What a bound filter's column references mean: the scan they point at, and its columns.
struct FilterColumns {
  const table::Schema& schema;       ///< The columns as the query sees them.
  const table::Schema& plan_schema;  ///< The one the filter will be bound to: names come from it.
  duckdb::idx_t table_index;
  const duckdb::vector<duckdb::ColumnIndex>& column_ids;
};

/// Converts the conjunction of `filters` to a filter that keeps every row they keep, and maybe
/// more: what has no exact counterpart is left out. DuckDB still tests each row itself.
table::Expression ToPruningFilter(
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters,
    const FilterColumns& columns);

}  // namespace firn::sql
