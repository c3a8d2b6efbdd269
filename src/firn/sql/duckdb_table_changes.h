// SPDX-License-Identifier: Apache-2.0
//
// What changed in a table, row by row. Private to the room.
#pragma once

#include <memory>
#include <optional>

#include "duckdb.hpp"
#include "firn/base/result.h"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_scan.h"
#include "firn/table/ids.h"

namespace firn::sql {

/// Which changes are asked for; see `table::ChangelogRequest`. `to` unset: of a table that is
/// empty.
struct ChangesRequest {
  std::optional<table::SnapshotId> from, to;
  bool appends_only = false;
};

/// The changes of a table, with the columns of `datafile::ChangelogSchema`. They are planned when
/// they are read. Errors: those of `datafile::ChangelogSchema`.
Result<std::shared_ptr<const RowsSource>> ChangesOf(std::shared_ptr<const ScanSource> table,
                                                    const ChangesRequest& request);

/// Adds the table function `table_changes(TABLE [, FROM [, TO]] [, appends_only => true])`: what
/// changed after FROM (null = from the start) up to and including TO (else now). FROM and TO are
/// snapshot ids, names of branches and tags, or timestamps.
void RegisterTableChanges(duckdb::DuckDB& database, std::shared_ptr<Lake> lake);

}  // namespace firn::sql
