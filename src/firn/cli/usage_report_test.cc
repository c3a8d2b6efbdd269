// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/usage_report.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace firn::cli {
namespace {

using lakehouse::UsagePeriod;

lakehouse::BudgetState Spent(int64_t nano_usd) {
  return {{UsagePeriod::kWeekly, "codex", "", 10'000'000'000}, "2025-11-03", nano_usd};
}

TEST(BudgetWord, WarnsFromFourFifthsOn) {
  EXPECT_EQ(BudgetWord(Spent(0)), "within");
  EXPECT_EQ(BudgetWord(Spent(7'999'999'996)), "within");
  EXPECT_EQ(BudgetWord(Spent(8'000'000'000)), "near");
  EXPECT_EQ(BudgetWord(Spent(10'000'000'000)), "near");
  EXPECT_EQ(BudgetWord(Spent(10'000'000'001)), "exceeded");
}

TEST(UsageTable, HoldsBudgetsRateAndCostsForPrograms) {
  lakehouse::UsageReport usage;
  usage.request.period = UsagePeriod::kBlocks;
  usage.budgets = {Spent(9'000'000'000)};
  usage.burn_rate = lakehouse::BurnRate{90, 50, 1'500'000'000, 12'000, 6'000'000'000};
  usage.cost_check = {3, 2'000'000'000, 1'000'000'000};
  const Json meta = UsageTable(usage).meta;
  EXPECT_EQ(meta.Find("budgets")->Dump(),
            R"([{"period":"weekly","platform":"codex","since":"2025-11-03",)"
            R"("budget_usd":"10.000000000","spent_usd":"9.000000000","state":"near"}])");
  EXPECT_EQ(meta.Find("active_block")->Dump(),
            R"({"minutes_left":90,"tokens_per_minute":50,"usd_per_hour":"1.500000000",)"
            R"("projected_tokens":12000,"projected_usd":"6.000000000"})");
  EXPECT_EQ(meta.Find("cost_check")->Dump(),
            R"({"calls":3,"reported_usd":"2.000000000","computed_usd":"1.000000000"})");
}

TEST(UsageTable, SaysOfAGapThatNothingIsKnown) {
  lakehouse::UsageReport usage;
  usage.request.period = UsagePeriod::kBlocks;
  lakehouse::UsageRow gap;
  gap.key = "2025-11-05 21:40";
  gap.block = lakehouse::UsageBlock{lakehouse::UsageBlock::State::kGap, {}, {}, {}, {}};
  usage.rows = {gap};
  const Report report = UsageTable(usage);
  ASSERT_EQ(report.rows.size(), 1U);
  ASSERT_EQ(report.rows[0].size(), report.columns.size());
  EXPECT_EQ(report.rows[0][1].shown, "gap");
  EXPECT_EQ(report.rows[0].back().shown, "-");
}

// A platform that counts outputs alone, and has no price.
TEST(UsageTable, ShowsWhatNobodyReportsAsAbsent) {
  lakehouse::UsageReport usage;
  lakehouse::UsageRow row;
  row.calls = row.measured_calls = row.partly_measured_calls = row.unpriced_calls = 2;
  row.output_tokens = row.total_tokens = 30;
  usage.rows = {row};
  usage.totals = row;
  const Report report = UsageTable(usage);
  std::map<std::string, std::string> shown;
  for (size_t column = 0; column < report.columns.size(); ++column)
    shown[report.columns[column].key] = report.totals->at(column).shown;
  EXPECT_EQ(shown["output_tokens"], "30");
  EXPECT_EQ(shown["total_tokens"], "30");
  EXPECT_EQ(shown["calls"], "2");
  for (const char* absent :
       {"input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cost_usd"})
    EXPECT_EQ(shown[absent], "-") << absent;
  EXPECT_EQ(report.meta.GetInt64("calls_with_part_of_tokens").value_or(0), 2);
}

}  // namespace
}  // namespace firn::cli
