// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}
namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Adds up `silver.api_calls`, priced by `silver.model_prices`, by the period asked for; days are
/// those of `zone`, which is `request.timezone`. An empty lake has no usage.
/// Errors: `kInvalidArgument` for a date that does not exist; those of reading the tables.
Result<UsageReport> ComputeUsage(catalog::Catalog& catalog, io::FileIO& files,
                                 const UsageRequest& request, const TimeZone& zone);

/// Lists the repetitions of the calls of one day that were not counted.
Result<UsageExplanation> ExplainUsageOf(sql::Engine& engine, const UsageRequest& request,
                                        std::string_view day);

}  // namespace firn::lakehouse
