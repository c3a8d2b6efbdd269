// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/maintain/clean_table.h"

namespace firn::maintain {

/// Rows that are to be in no file any more.
struct Erasure {
  std::vector<std::string> columns;  ///< What `choose` looks at.
  /// Names the rows of a batch that go, ascending.
  std::function<Result<std::vector<int64_t>>(const arrow::RecordBatch&)> choose;
};

/// What was, or with a dry run would be, taken out of the current snapshot.
struct ErasureOutcome {
  int64_t files = 0;  ///< That held such rows, seen or deleted: written again, or dropped.
  int64_t bytes = 0;  ///< Of those files, before.
  int64_t rows = 0;   ///< That went.
};

/// Writes every file that holds rows of the erasure, be they deleted in place, again without them
/// and without what else was deleted in it, in one commit; rows that stay keep their lineage where
/// the table has it. Earlier snapshots still have the old files, until they expire
/// (`ExpiryRequest::only_current`). Errors: `kConflict` where rows of these files were changed
/// meanwhile, again and again; those of reading, writing and of `catalog::CommitOperations`.
Result<ErasureOutcome> EraseRows(const MaintainContext& context, const catalog::TableName& name,
                                 const Erasure& erasure, bool dry_run);

}  // namespace firn::maintain
