// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/uuid.h"
#include "firn/table/operation.h"
#include "firn/table/partition_spec_update.h"
#include "firn/table/schema_update.h"

namespace firn::table {

/// Sets and removes table properties. With `expected`, a key must still hold the value given
/// (unset = be absent), else `kConflict`: how a watermark moves exactly once.
std::unique_ptr<Operation> UpdateProperties(
    std::map<std::string, std::string> set, std::vector<std::string> remove = {},
    std::map<std::string, std::optional<std::string>> expected = {});

/// Changes nothing; in one commit with an append, its files go into no other table of that name.
/// Errors of `Plan`: `kConflict` when the table is another one by now.
std::unique_ptr<Operation> ExpectTable(const Uuid& uuid);

/// Changes the schema by what `edit` does; called again on each plan. Makes the result current.
std::unique_ptr<Operation> UpdateSchema(std::function<void(SchemaUpdate&)> edit);

/// Changes how rows are partitioned from now on, as `EvolvePartitionSpec` does.
std::unique_ptr<Operation> UpdateSpec(SpecChange change);

/// A sort field to be: named by column.
struct SortFieldRequest {
  std::string column;
  Transform transform;
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = NullOrder::kNullsFirst;
};
/// Replaces the default sort order; no fields = unsorted.
std::unique_ptr<Operation> ReplaceSortOrder(std::vector<SortFieldRequest> fields);

/// Statistics (or partition statistics) files that come, each in place of the one its snapshot had,
/// and snapshots that lose theirs.
struct StatisticsChange {
  std::vector<StatisticsFile> set;
  std::vector<SnapshotId> remove;
};
/// Changes the table's statistics files. Errors of `Plan`: `kNotFound` for statistics of a snapshot
/// the table does not have.
std::unique_ptr<Operation> UpdateStatistics(StatisticsChange change);
std::unique_ptr<Operation> UpdatePartitionStatistics(StatisticsChange change);

/// What leaves a table's history.
struct HistoryRemoval {
  std::vector<std::string> refs;  ///< Branches and tags, never main.
  std::vector<SnapshotId> snapshots;
};
/// Removes snapshots and refs, as `choose` finds them; it is asked again on each plan, so it
/// decides on what the table is when the commit lands. Asserts where every ref is. Makes no commit
/// where nothing is to go. Errors of `Plan`: `kConflict` for a snapshot that a ref names.
std::unique_ptr<Operation> RemoveHistory(
    std::function<Result<HistoryRemoval>(const TableMetadata&)> choose);
/// Removes what is given.
std::unique_ptr<Operation> RemoveHistory(HistoryRemoval removal);

}  // namespace firn::table
