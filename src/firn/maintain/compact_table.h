// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/maintain/clean_table.h"
#include "firn/maintain/compaction.h"

namespace firn::maintain {

/// What a compaction took and what it made of it. With a dry run what it would take; how large the
/// new files become is not known before.
struct CompactionOutcome {
  int64_t groups = 0;
  int64_t files_rewritten = 0;
  int64_t bytes_rewritten = 0;
  int64_t files_added = 0;
  int64_t bytes_added = 0;
};

/// Writes the rows of files that are too small, too large or too much deleted into files of a good
/// size (`PlanCompaction`), under the current schema and partition spec. Deleted rows are left out;
/// where the table has row lineage, rows keep theirs (spec, "Row Lineage").
///
/// Unset `limits` are those of the table. Groups are committed a few at a time, so that an error
/// late in a large table takes back little. The old files stay until the snapshots that name them
/// expire. Readers of changes see a snapshot that changes no row ("replace").
/// Errors: `kConflict` where rows of these files were deleted meanwhile: what was committed before
/// stays, and another run takes up the rest; `kUnsupported` for a spec that cannot be written;
/// those of reading, writing and of `catalog::CommitOperations`.
Result<CompactionOutcome> CompactTable(const MaintainContext& context,
                                       const catalog::TableName& name,
                                       const std::optional<CompactionLimits>& limits, bool dry_run);

}  // namespace firn::maintain
