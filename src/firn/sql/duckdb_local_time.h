// SPDX-License-Identifier: Apache-2.0
//
// Instants as times of day in a zone, quickly. Private to the room.
#pragma once

#include "duckdb.hpp"

namespace firn::sql {

/// Adds `local_time(ZONE, TIMESTAMPTZ) -> TIMESTAMP`: what `timezone` gives, at a small part of its
/// cost per row. ZONE is a constant.
void RegisterLocalTime(duckdb::DuckDB& database);

}  // namespace firn::sql
