// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "firn/base/time.h"
#include "firn/lakehouse/questions/usage.h"

namespace firn::lakehouse {
namespace {

// The first day of the period that `day` is in.
int32_t BeginOf(UsagePeriod period, int32_t day) {
  if (period == UsagePeriod::kWeekly) return static_cast<int32_t>(MondayOf(day));
  if (period == UsagePeriod::kDaily) return day;
  const CivilDate date = CivilFromDays(day);
  return DaysFromCivil({date.year, date.month, 1});
}

int64_t SpentOf(const UsageReport& usage, const std::string& project) {
  if (project.empty()) return usage.totals.cost_nano_usd;
  const auto row = std::ranges::find(usage.rows, project, &UsageRow::key);
  return row == usage.rows.end() ? 0 : row->cost_nano_usd;
}

}  // namespace

Result<std::vector<BudgetState>> CheckBudgets(catalog::Catalog& catalog, io::FileIO& files,
                                              const std::vector<Budget>& budgets,
                                              const TimeZone& zone, TimeUs now) {
  std::vector<BudgetState> states;
  const int64_t seconds = FloorDiv(now.value, 1'000'000);
  const auto today = static_cast<int32_t>(FloorDiv(seconds + zone.OffsetAt(seconds), 86'400));
  for (const Budget& budget : budgets) {
    UsageRequest request;
    request.period = UsagePeriod::kProject;
    request.platform = budget.platform;
    request.since = FormatDate(BeginOf(budget.period, today));
    FIRN_ASSIGN(const UsageReport usage, ComputeUsage(catalog, files, request, zone));
    states.push_back({budget, request.since, SpentOf(usage, budget.project)});
  }
  return states;
}

}  // namespace firn::lakehouse
