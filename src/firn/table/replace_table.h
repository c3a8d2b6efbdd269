// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/table/metadata.h"
#include "firn/table/operation.h"

namespace firn::table {

/// Makes a table that was staged by `NewTableMetadata`, which chose its uuid and field ids; its first
/// files may be in its folder already. In one commit with an append, the table and its rows become
/// visible together. Format version 1 is made as 2.
/// Errors of `Plan`: `kAlreadyExists`.
std::unique_ptr<Operation> CreateTable(TableMetadata staged);

/// The metadata `base` would have with the schema, partition spec and sort order of `table` in
/// place of its own: no current snapshot on main, but the same uuid, folder, history and other
/// branches; properties of `table` are added to those there are. Columns keep their ids where name
/// and type are as before. For writers of a replacement's files. Errors: `kInvalidArgument` where
/// the parts do not fit.
Result<TableMetadata> StageReplacement(const TableMetadata& base, const NewTable& table,
                                       TimeMs now);

/// Replaces a table's shape and empties it ("CREATE OR REPLACE TABLE"); in one commit with an
/// append of files written for `staged`, which `StageReplacement` made of `table`, also its rows.
/// Errors of `Plan`: `kConflict` when the table is another one by now, or changed so that columns
/// would get other ids than in `staged`.
std::unique_ptr<Operation> ReplaceTable(NewTable table, const TableMetadata& staged);

}  // namespace firn::table
