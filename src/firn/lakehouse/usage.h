// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Adds up `silver.api_call_costs` by the period asked for; `request.timezone` is an IANA name.
/// Errors: `kInvalidArgument` for a date or zone that does not exist.
Result<UsageReport> ComputeUsage(sql::Engine& engine, const UsageRequest& request);

/// Lists the repetitions of the calls of one day that were not counted.
Result<UsageExplanation> ExplainUsageOf(sql::Engine& engine, const UsageRequest& request,
                                        std::string_view day);

}  // namespace firn::lakehouse
