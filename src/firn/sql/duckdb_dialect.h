// SPDX-License-Identifier: Apache-2.0
//
// What other engines' users write, in DuckDB's words. Private to the room.
#pragma once

#include <string>
#include <string_view>

#include "duckdb.hpp"

namespace firn::sql {

/// Rewrites Spark's and Trino's time travel, `t [FOR] VERSION|TIMESTAMP AS OF x`, to
/// `t AT (VERSION|TIMESTAMP => x)`; x is a literal or stands in parentheses; and `AT (BRANCH => x)`
/// and `AT (TAG => x)` to `AT (VERSION => x)`. Texts and comments are left alone.
std::string RewriteTimeTravel(std::string_view sql);

/// Makes `ns.t.snapshots` (and the other metadata tables, as Spark names them) mean
/// `ns.t$snapshots`, `ns.t.branch_x` and `ns.t.tag_x` mean `ns.t$branch_x` and `ns.t$tag_x`.
void RegisterMetadataNames(duckdb::DBConfig& config);

}  // namespace firn::sql
