// SPDX-License-Identifier: Apache-2.0
//
// DuckDB's results as Arrow batches. Private to the room.
#pragma once

#include <memory>
#include <string>

#include "duckdb.hpp"
#include "firn/sql/engine.h"

namespace firn::sql {

/// Streams `result` of the query `sql`. Keeps `connection` until it is destroyed; `lease` is held
/// as long, to tell that the connection is in use.
Result<std::unique_ptr<ResultStream>> MakeResultStream(
    std::shared_ptr<duckdb::Connection> connection, duckdb::unique_ptr<duckdb::QueryResult> result,
    std::string sql, std::shared_ptr<void> lease);

}  // namespace firn::sql
