// SPDX-License-Identifier: Apache-2.0
//
// Arrow batches into DuckDB. Private to the room.
#pragma once

#include <memory>

#include "duckdb.hpp"
#include "duckdb/function/table_function.hpp"
#include "firn/sql/duckdb_lake.h"

namespace firn::sql {

/// The names and types that rows of `schema` have in SQL.
void ColumnsOfRows(duckdb::ClientContext& context, const RowsSource& source,
                   duckdb::vector<duckdb::string>& names,
                   duckdb::vector<duckdb::LogicalType>& types);

/// Binds a scan of `source`, which must outlive the query.
duckdb::TableFunction BindRowsScan(duckdb::ClientContext& context, const RowsSource& source,
                                   duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace firn::sql
