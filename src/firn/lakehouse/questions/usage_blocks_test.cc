// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/usage_blocks.h"

#include <initializer_list>

#include "firn/base/testing.h"
#include "firn/lakehouse/questions/usage.h"

namespace firn::lakehouse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMinute = int64_t{60} * 1'000'000;
constexpr TimeUs kTen{1'762'336'800'000'000};  // 2025-11-05 10:00 UTC.

TimeUs At(int64_t minutes) {
  return {kTen.value + minutes * kMinute};
}

// The minutes after ten at which the blocks of calls begin; each hour by its first and last call.
std::vector<int64_t> Begins(std::initializer_list<std::pair<int64_t, int64_t>> minutes) {
  std::vector<HourOfUse> hours;
  for (const auto& [first, last] : minutes)
    hours.push_back({At(first), At(last)});
  std::vector<int64_t> begins;
  for (const TimeUs begin : BlockBegins(hours))
    begins.push_back((begin.value - kTen.value) / kMinute);
  return begins;
}

TEST(BlockBegins, AreFullHoursFiveApartAtLeast) {
  EXPECT_THAT(Begins({}), IsEmpty());
  EXPECT_THAT(Begins({{25, 50}}), ElementsAre(0));
  EXPECT_THAT(Begins({{25, 50}, {61, 61}, {299, 299}}), ElementsAre(0, 0, 0));
  EXPECT_THAT(Begins({{25, 50}, {250, 250}, {300, 310}}), ElementsAre(0, 0, 300));
  EXPECT_THAT(Begins({{25, 50}, {250, 250}, {330, 330}, {599, 599}, {600, 601}}),
              ElementsAre(0, 0, 300, 300, 600));
}

TEST(BlockBegins, FollowMoreThanFiveHoursWithoutACall) {
  EXPECT_THAT(Begins({{0, 5}, {1000, 1000}}), ElementsAre(0, 960));
  EXPECT_THAT(Begins({{-61, -61}, {130, 130}}), ElementsAre(-120, -120));
}

UsageReport ReportOf(std::initializer_list<std::pair<int64_t, int64_t>> blocks) {
  UsageReport report;
  for (const auto& [first, last] : blocks) {
    UsageRow row;
    row.total_tokens = 6000;
    row.cost_nano_usd = 3'000'000'000;
    const int64_t begin = first / 60 * 60;
    row.block =
        UsageBlock{UsageBlock::State::kDone, At(begin), At(begin + 300), At(first), At(last)};
    report.rows.push_back(row);
  }
  return report;
}

std::vector<std::string> States(const UsageReport& report) {
  std::vector<std::string> states;
  for (const UsageRow& row : report.rows) {
    states.push_back(row.block->state == UsageBlock::State::kActive ? "active"
                     : row.block->state == UsageBlock::State::kGap  ? "gap"
                                                                    : "done");
  }
  return states;
}

TEST(TellActiveBlock, ProjectsWhatTheNewestBlockWillCome) {
  UsageReport report = ReportOf({{0, 120}});
  TellActiveBlock(report, TimeZone(), At(180));
  EXPECT_THAT(States(report), ElementsAre("active"));
  ASSERT_TRUE(report.burn_rate);
  EXPECT_EQ(report.burn_rate->minutes_left, 120);
  EXPECT_EQ(report.burn_rate->tokens_per_minute, 50);
  EXPECT_EQ(report.burn_rate->nano_usd_per_hour, 1'500'000'000);
  EXPECT_EQ(report.burn_rate->projected_tokens, 12'000);
  EXPECT_EQ(report.burn_rate->projected_nano_usd, 6'000'000'000);
}

TEST(TellActiveBlock, LetsItEndAfterFiveHours) {
  UsageReport report = ReportOf({{0, 290}});
  TellActiveBlock(report, TimeZone(), At(300));
  EXPECT_THAT(States(report), ElementsAre("done"));
  EXPECT_FALSE(report.burn_rate);
}

TEST(TellActiveBlock, SaysNothingOfTheRateOfOneCall) {
  UsageReport report = ReportOf({{30, 30}});
  TellActiveBlock(report, TimeZone(), At(60));
  EXPECT_THAT(States(report), ElementsAre("active"));
  EXPECT_FALSE(report.burn_rate);
}

TEST(TellActiveBlock, PutsGapsBetweenBlocksThatAreFarApart) {
  UsageReport report = ReportOf({{0, 200}, {310, 400}, {1000, 1010}});
  TellActiveBlock(report, TimeZone(), At(5000));
  EXPECT_THAT(States(report), ElementsAre("done", "done", "gap", "done"));
  EXPECT_EQ(report.rows[2].key, "2025-11-05 21:40");
  EXPECT_EQ(report.rows[2].block->end, At(1000));
}

}  // namespace
}  // namespace firn::lakehouse
