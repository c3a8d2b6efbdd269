// SPDX-License-Identifier: Apache-2.0
//
// Functions of texts that give vectors. Private to the room.
#pragma once

#include <string>

#include "duckdb.hpp"
#include "firn/sql/engine.h"

namespace firn::sql {

/// Adds `name(VARCHAR) -> FLOAT[]`.
void RegisterVectorFunction(duckdb::DuckDB& database, const std::string& name,
                            TextVectors function);

}  // namespace firn::sql
