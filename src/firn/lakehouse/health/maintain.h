// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::datafile {
struct WriterDefaults;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// Expires snapshots and removes orphans of the tables asked for, one after the other. A table that
/// fails or must be left alone has a note in its row; the others go on.
/// Errors: `kNotFound` for a table that does not exist; `kInvalidArgument` for limits that no table
/// could take. Nothing was done then.
Result<MaintainReport> MaintainTables(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                                      const std::string& warehouse,
                                      const datafile::WriterDefaults& writing,
                                      const MaintainRequest& request);

}  // namespace firn::lakehouse
