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

/// DuckDB's function that reads Arrow streams.
inline constexpr char kRowsFunction[] = "arrow_scan";

/// Binds `kRowsFunction` to `source`, which it keeps.
duckdb::unique_ptr<duckdb::FunctionData> BindRows(duckdb::ClientContext& context,
                                                  std::shared_ptr<const RowsSource> source,
                                                  duckdb::vector<duckdb::LogicalType>& types,
                                                  duckdb::vector<duckdb::string>& names);

/// Binds a scan of `source`.
duckdb::TableFunction BindRowsScan(duckdb::ClientContext& context,
                                   std::shared_ptr<const RowsSource> source,
                                   duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace firn::sql
