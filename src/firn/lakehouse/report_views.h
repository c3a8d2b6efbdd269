// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "firn/base/embedded.h"
#include "firn/base/result.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

namespace query_perf {
/// The SQL of the package `models/query_perf`, as the build put it into the binary.
std::span<const EmbeddedFile> Files();
}  // namespace query_perf

/// Makes the views and macros of the query_perf package known to `engine`, as far as the tables
/// they read are there. Errors: those of the catalog; `kInvalidArgument` where a table of that name
/// has other columns.
Status DefineReportViews(catalog::Catalog& catalog, sql::Engine& engine);

}  // namespace firn::lakehouse
