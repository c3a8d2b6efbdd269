// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/file_io.h"
#include "firn/maintain/cleanup.h"
#include "firn/maintain/expiry.h"
#include "firn/maintain/orphans.h"

namespace firn::maintain {

/// What maintenance works with. `warehouse` is the location within which files may be deleted.
struct MaintainContext {
  catalog::Catalog& catalog;
  io::FileIO& files;
  Env& env;
  std::string warehouse;
  datafile::WriterDefaults writing = {};
};

/// What became of files that were to be deleted. With a dry run, nothing yet.
struct Deletion {
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t gone = 0;                   ///< Not there any more.
  std::vector<std::string> failures;  ///< Messages; the files are found again as orphans.
};

struct ExpiryOutcome {
  ExpiryPlan expired;
  CleanupPlan cleanup;
  Deletion deletion;
};

/// Expires snapshots and refs of a table, and then deletes the files that only those used.
///
/// Files are planned from metadata read after the commit and deleted only once it is known to have
/// landed. With `dry_run` plans both on the table as it is and changes nothing.
/// Errors: those of `catalog::CommitOperation`, also `kOutcomeUnknown`: then no file was deleted;
/// `kForbidden` for a table with gc.enabled = false; those of `PlanCleanup`: the snapshots are
/// expired then, and their files are left to `RemoveOrphans`.
Result<ExpiryOutcome> ExpireTable(const MaintainContext& context, const catalog::TableName& name,
                                  const ExpiryRequest& request, bool dry_run);

struct OrphanOutcome {
  OrphanPlan orphans;
  Deletion deletion;
};

/// Deletes files in the table's folders that no retained metadata file refers to and that have not
/// changed since `older_than` (unset: `kOrphanAge` ago).
/// Errors: `kInvalidArgument` for an `older_than` within the last day; `kForbidden` for a table
/// outside of the warehouse, with gc.enabled = false, or that shares a folder with another table;
/// those of `References::Add`; `kConflict` where the table changes faster than it can be read.
/// Nothing was deleted then.
Result<OrphanOutcome> RemoveOrphans(const MaintainContext& context, const catalog::TableName& name,
                                    std::optional<TimeMs> older_than, bool dry_run);

/// The folders of a table, beside those of all other tables of the catalog.
/// Errors: those of loading any table: as long as one cannot be read, nobody knows what is its own.
Result<TableFolders> FoldersInCatalog(catalog::Catalog& catalog, std::string_view warehouse,
                                      const catalog::LoadedTable& table);

/// Deletes files in the order given, going on past failures.
Deletion DeleteUnneeded(const std::vector<UnneededFile>& files, io::FileIO& io);

}  // namespace firn::maintain
