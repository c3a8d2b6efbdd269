// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/usage.h"

#include <algorithm>
#include <map>

#include "firn/base/testing.h"
#include "firn/lakehouse/timezone.h"
#include "firn/pipeline/column_type.h"
#include "firn/pipeline/shipped.h"
#include "firn/sql/testing.h"

namespace firn::lakehouse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Calls of many days, models, prompts and platforms; some without time, model, tokens or price,
// some with a reported cost, one model with a price of its time, one with a price for long prompts.
constexpr std::string_view kCalls = R"(
SELECT 'c' || i AS api_call_id, CASE i % 7 WHEN 0 THEN 'chatgpt' ELSE 'claude_code' END AS platform,
       'conversation-' || (i % 37) AS conversation_id, NULL::VARCHAR AS message_id,
       NULL::VARCHAR AS user_id, NULL::VARCHAR AS session_id,
       CASE WHEN i % 11 > 0 THEN '/p/' || (i % 5) END AS project_path,
       CASE WHEN i % 53 > 0 THEN TIMESTAMPTZ '2025-01-01 00:00:00Z' + INTERVAL 1 MINUTE * (i * 331)
       END AS timestamp,
       CASE i % 8 WHEN 0 THEN NULL WHEN 1 THEN 'vendor/plain' WHEN 2 THEN 'timed-20250929'
                  WHEN 3 THEN 'banded' WHEN 4 THEN 'unknown' WHEN 5 THEN 'half' ELSE 'plain' END
         AS model,
       CASE WHEN i % 13 > 0 THEN (i * 7) % 1000 END AS input_tokens,
       CASE WHEN i % 17 > 0 THEN (i * 91) % 50000 END AS cache_read_tokens,
       (i * 3) % 700 AS cache_write_5m_tokens, (i % 3) * 11 AS cache_write_1h_tokens,
       CASE WHEN i % 19 > 0 THEN (i * 31) % 2000 END AS output_tokens,
       NULL::BIGINT AS reasoning_tokens,
       CASE WHEN i % 29 > 0 THEN (i * 997) % 400000 END AS prompt_tokens,
       NULL::BIGINT AS completion_tokens,
       CASE WHEN i % 31 > 0 THEN (i * 7) % 9000 END AS total_tokens, 'reported' AS tokens_source,
       CASE WHEN i % 23 = 0 THEN CAST(i * 0.000001 AS DECIMAL(18, 9)) END AS reported_cost_usd,
       CAST(1 + i % 4 AS INTEGER) AS copies
FROM range(3000) AS r(i))";

constexpr std::string_view kPrices = R"(
SELECT * FROM (VALUES
  ('plain', DATE '1970-01-01', NULL::DATE, 0.000003, 0.000015, 0.0000003, 0.00000375, 0.000006, 0),
  ('timed', DATE '1970-01-01', DATE '2025-06-01', 0.000001, 0.000002, NULL, NULL, NULL, 0),
  ('timed', DATE '2025-06-01', NULL, 0.000004, 0.000008, NULL, 0.000005, NULL, 0),
  ('banded', DATE '1970-01-01', NULL, 0.000003, 0.000015, 0.0000003, NULL, NULL, 0),
  ('banded', DATE '1970-01-01', NULL, 0.000006, 0.0000225, 0.0000006, NULL, NULL, 200000),
  ('half', DATE '1970-01-01', NULL, 0.000001, NULL, NULL, NULL, NULL, 0))
AS p(model, valid_from, valid_to, input_price, output_price, cache_read_price, cache_write_5m_price,
     cache_write_1h_price, context_above))";

class UsageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto package = pipeline::ConversationsPackage();
    ASSERT_THAT(package, IsOk());
    ASSERT_THAT(lake_.catalog().CreateNamespace({"silver"}), IsOk());
    for (const char* name : {"silver.api_calls", "silver.model_prices"}) {
      const auto table = pipeline::BuildTable(*package->Find(name), nullptr, "initial");
      ASSERT_THAT(table, IsOk());
      ASSERT_THAT(lake_.catalog().CreateTable(sql::TestLake::Name(name), *table), IsOk());
    }
    ASSERT_THAT(lake_.engine().DefineView("silver.api_call_costs",
                                          package->Find("silver.api_call_costs")->sql),
                IsOk());
  }

  void Fill() {
    ASSERT_THAT(lake_.Append("silver.api_calls", kCalls), IsOk());
    ASSERT_THAT(
        lake_.Append("silver.model_prices", "SELECT *, 'test' AS source, 'v1' AS version FROM (" +
                                                std::string(kPrices) + ")"),
        IsOk());
  }

  Result<UsageReport> Usage(UsageRequest request) {
    FIRN_ASSIGN(const TimeZone zone, LoadTimezone(request.timezone));
    return ComputeUsage(lake_.catalog(), lake_.files(), request, zone);
  }

  // The same by the view: key, calls, tokens, cost, unpriced calls, copies.
  Result<std::vector<std::string>> ByView(const std::string& key, const std::string& filter) {
    auto rows = lake_.Rows(
        "SELECT coalesce(" + key +
        ", '(unknown)') AS key, count(*), sum(input_tokens)::BIGINT, "
        "sum(output_tokens)::BIGINT, sum(cache_read_tokens)::BIGINT, "
        "sum(cache_write_5m_tokens)::BIGINT, sum(cache_write_1h_tokens)::BIGINT, "
        "coalesce(sum(total_tokens), 0)::BIGINT, coalesce(CAST(round(sum(cost_usd) * 1000000000, "
        "0) AS BIGINT), "
        "0), "
        "count(*) FILTER (cost_source = 'unknown' AND total_tokens > 0), sum(copies - 1)::BIGINT "
        "FROM silver.api_call_costs WHERE " +
        filter + " GROUP BY 1");
    if (rows.has_value()) std::sort(rows->begin(), rows->end());
    return rows;
  }

  sql::TestLake lake_;
};

std::vector<std::string> TextOf(const UsageReport& report) {
  std::vector<std::string> rows;
  for (const UsageRow& row : report.rows) {
    std::string text = row.key;
    for (const std::optional<int64_t> figure : std::initializer_list<std::optional<int64_t>>{
             row.calls, row.input_tokens, row.output_tokens, row.cache_read_tokens,
             row.cache_write_5m_tokens, row.cache_write_1h_tokens, row.total_tokens,
             row.cost_nano_usd, row.unpriced_calls, row.copies}) {
      text += "|" + (figure ? std::to_string(*figure) : "NULL");
    }
    rows.push_back(std::move(text));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string LocalDay(const std::string& zone) {
  return "CAST(local_time('" + zone + "', timestamp) AS DATE)";
}

TEST_F(UsageTest, SumsWhatTheViewSums) {
  Fill();
  for (const std::string zone : {"UTC", "America/New_York", "Asia/Kathmandu"}) {
    const std::string day = LocalDay(zone);
    const std::pair<UsagePeriod, std::string> periods[] = {
        {UsagePeriod::kDaily, "CAST(" + day + " AS VARCHAR)"},
        {UsagePeriod::kWeekly, "CAST(CAST(date_trunc('week', " + day + ") AS DATE) AS VARCHAR)"},
        {UsagePeriod::kMonthly, "left(CAST(" + day + " AS VARCHAR), 7)"},
        {UsagePeriod::kSession, "conversation_id"},
        {UsagePeriod::kModel, "model"},
        {UsagePeriod::kProject, "project_path"},
        {UsagePeriod::kHourOfWeek, "strftime(local_time('" + zone + "', timestamp), '%u %H')"}};
    for (const auto& [period, key] : periods) {
      UsageRequest request;
      request.period = period;
      request.timezone = zone;
      const auto usage = Usage(request);
      ASSERT_THAT(usage, IsOk());
      EXPECT_THAT(ByView(key, "TRUE"), HasValue(TextOf(*usage))) << zone << " " << key;
    }
  }
}

TEST_F(UsageTest, GivesEachModelARowWhereAskedTo) {
  Fill();
  UsageRequest request;
  request.timezone = "UTC";
  const auto whole = Usage(request);
  request.by_model = true;
  const auto split = Usage(request);
  ASSERT_THAT(whole, IsOk());
  ASSERT_THAT(split, IsOk());
  EXPECT_GT(split->rows.size(), whole->rows.size());
  std::map<std::string, int64_t> calls, tokens;
  for (const UsageRow& row : split->rows) {
    EXPECT_LE(row.models.size(), 1U);
    calls[row.key] += row.calls;
    tokens[row.key] += row.total_tokens;
  }
  for (const UsageRow& row : whole->rows) {
    EXPECT_EQ(calls[row.key], row.calls) << row.key;
    EXPECT_EQ(tokens[row.key], row.total_tokens) << row.key;
  }
}

TEST_F(UsageTest, CountsTheDaysAskedForInTheirZone) {
  Fill();
  UsageRequest request;
  request.timezone = "America/New_York";
  request.since = "2025-03-01";
  request.until = "2025-07-04";
  request.platform = "claude_code";
  const auto usage = Usage(request);
  ASSERT_THAT(usage, IsOk());
  const std::string day = LocalDay(request.timezone);
  EXPECT_THAT(ByView("CAST(" + day + " AS VARCHAR)",
                     "platform = 'claude_code' AND " + day +
                         " BETWEEN DATE '2025-03-01' AND DATE '2025-07-04'"),
              HasValue(TextOf(*usage)));
  EXPECT_EQ(usage->rows.front().key, "2025-03-01");
  EXPECT_EQ(usage->rows.back().key, "2025-07-04");
}

// The calls lie five and a half hours apart: each is a block of its own.
TEST_F(UsageTest, PutsCallsIntoBlocks) {
  Fill();
  UsageRequest request;
  request.period = UsagePeriod::kBlocks;
  request.timezone = "UTC";
  const auto usage = Usage(request);
  ASSERT_THAT(usage, IsOk());
  std::vector<std::string> rows;
  for (const UsageRow& row : usage->rows)
    rows.push_back(row.key + "|" + std::to_string(row.calls));
  EXPECT_THAT(lake_.Rows("SELECT coalesce(strftime(date_trunc('hour', timestamp), "
                         "'%Y-%m-%d %H:%M'), '(unknown)') AS key, count(*) "
                         "FROM silver.api_calls GROUP BY key ORDER BY key"),
              HasValue(rows));
  request.period = UsagePeriod::kModel;
  EXPECT_EQ(usage->totals.total_tokens, Usage(request)->totals.total_tokens);
  EXPECT_FALSE(usage->rows.front().block);  // Calls without a time come first.
  EXPECT_EQ(usage->rows.back().block->end.value - usage->rows.back().block->begin.value,
            int64_t{5} * 3600 * 1'000'000);
}

TEST_F(UsageTest, ComparesReportedWithComputedCost) {
  Fill();
  UsageRequest request;
  request.timezone = "UTC";
  const auto usage = Usage(request);
  ASSERT_THAT(usage, IsOk());
  const auto expected = lake_.Rows(
      "SELECT count(*), CAST(sum(reported_cost_usd) * 1000000000 AS BIGINT), "
      "CAST(round(sum(computed_cost_usd) * 1000000000, 0) AS BIGINT) FROM silver.api_call_costs "
      "WHERE reported_cost_usd IS NOT NULL AND computed_cost_usd IS NOT NULL");
  const CostCheck& check = usage->cost_check;
  EXPECT_GT(check.calls, 10);
  EXPECT_THAT(expected, HasValue(ElementsAre(std::to_string(check.calls) + "|" +
                                             std::to_string(check.reported_nano_usd) + "|" +
                                             std::to_string(check.computed_nano_usd))));
}

// Wednesday noon; calls go on for years after it.
TEST_F(UsageTest, ChecksBudgetsOfThePeriodThatIsNow) {
  Fill();
  const std::vector<Budget> budgets = {{UsagePeriod::kDaily, "", "", 1},
                                       {UsagePeriod::kWeekly, "chatgpt", "", 1},
                                       {UsagePeriod::kMonthly, "", "/p/3", 1}};
  const TimeUs now{1'750'248'000'000'000};  // 2025-06-18 12:00 UTC.
  const auto states = CheckBudgets(lake_.catalog(), lake_.files(), budgets, TimeZone(), now);
  ASSERT_THAT(states, IsOk());
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"2025-06-18", "TRUE"},
      {"2025-06-16", "platform = 'chatgpt'"},
      {"2025-06-01", "project_path = '/p/3'"}};
  ASSERT_EQ(states->size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto& [since, filter] = wanted[i];
    EXPECT_EQ((*states)[i].since, since);
    const auto spent = lake_.Rows(
        "SELECT CAST(round(sum(cost_usd) * 1000000000, 0) AS BIGINT) FROM silver.api_call_costs "
        "WHERE date >= DATE '" +
        since + "' AND " + filter);
    ASSERT_THAT(spent, IsOk());
    EXPECT_NEAR(static_cast<double>((*states)[i].spent_nano_usd), std::stod(spent->front()), 10)
        << filter;
  }
}

TEST_F(UsageTest, NamesTheModelsThatHaveNoPrice) {
  Fill();
  UsageRequest request;
  request.timezone = "UTC";
  const auto usage = Usage(request);
  ASSERT_THAT(usage, IsOk());
  EXPECT_THAT(usage->unpriced_models, ElementsAre("(none)", "half", "unknown"));
  EXPECT_EQ(usage->price_version, "v1");
  EXPECT_EQ(usage->rows.front().key, "(unknown)");  // Calls without a time come first.
}

TEST_F(UsageTest, IsEmptyWhereNothingWasCollected) {
  UsageRequest request;
  request.timezone = "UTC";
  EXPECT_THAT(Usage(request)->rows, IsEmpty());
  sql::TestLake bare;
  EXPECT_THAT(ComputeUsage(bare.catalog(), bare.files(), request, TimeZone())->rows, IsEmpty());
}

TEST_F(UsageTest, RefusesDaysAndZonesThatDoNotExist) {
  UsageRequest request;
  request.timezone = "UTC";
  request.since = "2025-02-30";
  EXPECT_THAT(Usage(request), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(LoadTimezone("Europe/Nowhere"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(LoadTimezone("../../etc/passwd"), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::lakehouse
