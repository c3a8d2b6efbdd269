// SPDX-License-Identifier: Apache-2.0
//
// Tables outside the catalog. Private to the room.
#pragma once

#include <memory>

#include "duckdb.hpp"
#include "firn/sql/duckdb_lake.h"

namespace firn::sql {

/// Adds the table function `iceberg_scan(PATH)`: the table whose metadata file, or folder, is at
/// PATH (a location, or a path of this machine).
void RegisterIcebergScan(duckdb::DuckDB& database, std::shared_ptr<Lake> lake);

}  // namespace firn::sql
