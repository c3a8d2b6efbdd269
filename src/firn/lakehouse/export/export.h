// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn {
class Env;
namespace io {
class FileIO;
}
namespace sql {
class Engine;
}
}  // namespace firn

namespace firn::lakehouse {

/// Writes the rows of a table or query into files for other programs, counts them anew by reading
/// the files, and lists the files with their checksums in a manifest, which comes last: without it
/// an export is not complete.
/// Errors: `kAlreadyExists` where the path holds something; `kInvalidArgument` for a format or a
/// partition column there is not; `kInternal` where the rows counted are not those written; those
/// of the query and of writing. What was written before an error is removed.
Result<ExportReport> ExportRows(const ExportRequest& request, sql::Engine& engine, io::FileIO& disk,
                                Env& env);

}  // namespace firn::lakehouse
