// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/lakehouse/table_reports.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
}  // namespace firn

namespace firn::lakehouse {

/// Adds Parquet files where they lie to a table, see `ingest::AdoptFiles`. Of folders those are
/// taken that end in .parquet, .parq, .pq or have no ending, but for ".x" and "_x". A table that is
/// made has the columns of the files and, behind them, those that folders name (`day=2025-11-05/`),
/// by which it is partitioned. Errors: `kNotFound` where there is no file, or no table to add it
/// to; `kInvalidArgument` to make a table of an object store's files; those of `AdoptFiles`.
Result<AddFilesReport> AddFiles(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                                const AddFilesRequest& request);

}  // namespace firn::lakehouse
