// SPDX-License-Identifier: Apache-2.0
//
// Time travel. Private to the room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "duckdb.hpp"
#include "duckdb/planner/tableref/bound_at_clause.hpp"
#include "firn/base/result.h"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_scan.h"

namespace firn::sql {

/// The source of `table` as `at` asks: `VERSION =>` a snapshot id, or the name of a branch or
/// tag; `TIMESTAMP =>` an instant. Null `at`: the table now.
/// Errors: `kNotFound` for a version or time the table does not have; `kInvalidArgument`.
Result<std::shared_ptr<const ScanSource>> SourceAt(duckdb::ClientContext& context,
                                                   const catalog::LoadedTable& table,
                                                   const Lake& lake,
                                                   duckdb::optional_ptr<duckdb::BoundAtClause> at);

/// The branch or tag that a name like `t$branch_audit` or `t$tag_q4` reads, by its suffix.
std::optional<std::string> RefOfSuffix(std::string_view suffix);

/// The source of `table` at a branch or tag. Errors: `kNotFound`.
Result<std::shared_ptr<const ScanSource>> SourceOfRef(const catalog::LoadedTable& table,
                                                      const Lake& lake, const std::string& ref);

/// The snapshot that `value` means: by its id, by the name of a branch or tag, or by an instant (a
/// timestamp, a date, or either as text). Unset: by an instant before the first snapshot.
/// Errors: `kNotFound`.
Result<std::optional<table::SnapshotId>> SnapshotAt(duckdb::ClientContext& context,
                                                    const duckdb::Value& value,
                                                    const table::TableMetadata& metadata);

/// Tells clauses apart: equal texts ask for the same version.
std::string TextOf(duckdb::optional_ptr<duckdb::BoundAtClause> at);

}  // namespace firn::sql
