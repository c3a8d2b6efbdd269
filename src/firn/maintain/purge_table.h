// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/catalog/table_name.h"
#include "firn/maintain/clean_table.h"

namespace firn::maintain {

/// What went with a table, or would go. `cleanup.not_ours` stays.
struct PurgeOutcome {
  CleanupPlan cleanup;
  Deletion deletion;
};

/// Takes a table out of the catalog, and then deletes every file that its metadata refers to and
/// its metadata files, as far as they are the table's own (`TableFolders`): files of others that
/// were added to it stay.
/// Errors: `kNotFound`; `kForbidden` for a table with gc.enabled = false; those of `PlanCleanup`,
/// after which the table is as it was; those of `Catalog::DropTable`, also `kOutcomeUnknown`: then
/// no file was deleted.
Result<PurgeOutcome> PurgeTable(const MaintainContext& context, const catalog::TableName& name,
                                bool dry_run);

}  // namespace firn::maintain
