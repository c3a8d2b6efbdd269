// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/base/result.h"
#include "firn/search/text_index.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}
namespace firn::obs {
class Progress;
}

namespace firn::search {

/// What bringing an index up to its tables took.
struct SyncReport {
  int64_t rows_read = 0;
  bool anew = false;  ///< A table was read whole.
};

/// Brings `index` up to the current snapshots of `silver.messages` and `silver.tool_calls`: reads
/// the files they gained and the keys of those they lost; all rows where the index knows no
/// snapshot they came from, or where rows were deleted in place. Each table is one transaction.
/// Errors: those of reading and of the index; what it held stays.
Result<SyncReport> SyncIndex(TextIndex& index, catalog::Catalog& catalog, io::FileIO& files,
                             obs::Progress& progress);

}  // namespace firn::search
