// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/maintain/clean_table.h"

namespace firn::maintain {

/// What was counted, or would be with a dry run.
struct StatisticsOutcome {
  int64_t column_files = 0;     ///< 1 where the distinct values of the columns were counted.
  int64_t partition_files = 0;  ///< 1 where the partitions were added up.
};

/// Counts the distinct values of the columns at the top of a table's current snapshot (a Theta
/// sketch a column, in a Puffin file; spec, "Table Statistics") and adds up its partitions (spec,
/// "Partition Statistics"), and commits both. Query engines plan joins with them.
///
/// A file that the snapshot has already stays: a snapshot does not change. Reads every live row.
/// Errors: those of reading, of writing and of `catalog::CommitOperations`; unless the outcome is
/// unknown, the new files are deleted then.
Result<StatisticsOutcome> ComputeStatistics(const MaintainContext& context,
                                            const catalog::TableName& name, bool dry_run);

}  // namespace firn::maintain
