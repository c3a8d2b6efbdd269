// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
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

/// The Monday of the week that a day is in, both in days since the epoch.
constexpr int64_t MondayOf(int64_t day) {
  return FloorDiv(day + 3, 7) * 7 - 3;
}

/// Adds up `silver.api_calls`, priced by `silver.model_prices`, by the period asked for; days are
/// those of `zone`, which is `request.timezone`. An empty lake has no usage.
/// Errors: `kInvalidArgument` for a date that does not exist; those of reading the tables.
Result<UsageReport> ComputeUsage(catalog::Catalog& catalog, io::FileIO& files,
                                 const UsageRequest& request, const TimeZone& zone);

/// Turns a report of `kBlocks` into what it is at the instant `now`: the last block is active for
/// five hours after its last call, until it ends; gaps get rows of their own.
void TellActiveBlock(UsageReport& report, const TimeZone& zone, TimeUs now);

/// What was spent of each budget in the period that `now` is in; days are those of `zone`.
/// Errors: those of `ComputeUsage`.
Result<std::vector<BudgetState>> CheckBudgets(catalog::Catalog& catalog, io::FileIO& files,
                                              const std::vector<Budget>& budgets,
                                              const TimeZone& zone, TimeUs now);

/// Lists the repetitions of the calls of one day that were not counted.
Result<UsageExplanation> ExplainUsageOf(sql::Engine& engine, const UsageRequest& request,
                                        std::string_view day);

}  // namespace firn::lakehouse
