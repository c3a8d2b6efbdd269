// SPDX-License-Identifier: Apache-2.0
//
// CALL name('ns.table', ...): the procedures of Iceberg's Spark extension, the table first. Private
// to the room.
#pragma once

#include <memory>

#include "firn/sql/duckdb_lake.h"

namespace duckdb {
class DuckDB;
}

namespace firn::sql {

/// Makes the procedures known to a database. Each changes the table when it is executed, once, in a
/// commit (or several) of its own, and answers with rows.
void RegisterProcedures(duckdb::DuckDB& database, const std::shared_ptr<Lake>& lake);

}  // namespace firn::sql
