// SPDX-License-Identifier: Apache-2.0
//
// Plan, drop, and only once the table is known to be gone, delete. What a commit between plan and
// drop adds stays as garbage; nothing that is deleted can be live, since nothing names it any more.

#include "firn/maintain/purge_table.h"

#include <string>
#include <utility>

#include "firn/catalog/catalog.h"
#include "firn/maintain/cleanup.h"
#include "firn/maintain/expiry.h"
#include "firn/maintain/table_folders.h"

namespace firn::maintain {
namespace {

// The table with no history left.
table::TableMetadata Emptied(const table::TableMetadata& metadata) {
  table::TableMetadata empty = metadata;
  empty.snapshots = {};
  empty.refs.clear();
  empty.current_snapshot_id.reset();
  empty.statistics.clear();
  empty.partition_statistics.clear();
  return empty;
}

// The newest goes last: it names all others.
void AddMetadataFiles(const catalog::LoadedTable& table, const TableFolders& folders,
                      CleanupPlan& plan) {
  std::vector<std::string> locations;
  for (const table::MetadataLogEntry& entry : table.metadata->metadata_log)
    locations.push_back(entry.metadata_file);
  locations.push_back(table.metadata_location);
  for (std::string& location : locations) {
    if (folders.Owns(location)) {
      plan.files.push_back({std::move(location), FileKind::kMetadata, 0});
    } else {
      plan.not_ours.push_back(std::move(location));
    }
  }
}

}  // namespace

Result<PurgeOutcome> PurgeTable(const MaintainContext& context, const catalog::TableName& name,
                                bool dry_run) {
  FIRN_ASSIGN(const auto table, context.catalog.LoadTable(name));
  FIRN_TRY(CheckCleaningAllowed(*table.metadata));
  FIRN_ASSIGN(const TableFolders folders,
              FoldersInCatalog(context.catalog, context.warehouse, table));
  PurgeOutcome outcome;
  FIRN_ASSIGN(outcome.cleanup, PlanCleanupBy(CleanupStrategy::kReachable, *table.metadata,
                                             Emptied(*table.metadata), folders, context.files));
  AddMetadataFiles(table, folders, outcome.cleanup);
  if (dry_run) return outcome;
  FIRN_TRY(context.catalog.DropTable(name));
  outcome.deletion = DeleteUnneeded(outcome.cleanup.files, context.files);
  return outcome;
}

}  // namespace firn::maintain
