// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/lakehouse/storage_reports.h"

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

/// Sets properties and the sort order of a table in one commit, once a writer could use them.
/// Errors: `kInvalidArgument`, naming what no writer could use; those of committing.
Status AlterTable(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                  const AlterRequest& request);

}  // namespace firn::lakehouse
