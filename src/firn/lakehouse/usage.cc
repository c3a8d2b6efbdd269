// SPDX-License-Identifier: Apache-2.0
//
// Sums of silver.api_call_costs. A call is in that table once, whatever files repeat it, so adding
// up is all there is to do. Days are those of the request's time zone; money stays decimal until
// it is whole billionths of a dollar.

#include "firn/lakehouse/usage.h"

#include <algorithm>
#include <map>

#include "firn/lakehouse/query.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

std::string LocalTime(const UsageRequest& request, std::string_view column = "timestamp") {
  return "local_time(" + Quoted(request.timezone) + ", " + std::string(column) + ")";
}

std::string KeyOf(const UsageRequest& request) {
  const std::string local = LocalTime(request);
  switch (request.period) {
    case UsagePeriod::kDaily:
      return "CAST(CAST(" + local + " AS DATE) AS VARCHAR)";
    case UsagePeriod::kWeekly:
      return "CAST(CAST(date_trunc('week', " + local + ") AS DATE) AS VARCHAR)";
    case UsagePeriod::kMonthly:
      return "left(CAST(CAST(" + local + " AS DATE) AS VARCHAR), 7)";
    case UsagePeriod::kSession:
      return "conversation_id";
    case UsagePeriod::kModel:
      return "model";
    case UsagePeriod::kProject:
      return "project_path";
  }
  return "''";
}

Result<std::string> Filter(const UsageRequest& request) {
  std::string filter = "TRUE";
  if (!request.since.empty()) {
    FIRN_ASSIGN(const int32_t day, ParseDate(request.since));
    filter += " AND " + LocalTime(request) + " >= TIMESTAMP '" + FormatDate(day) + "'";
  }
  if (!request.until.empty()) {
    FIRN_ASSIGN(const int32_t day, ParseDate(request.until));
    filter += " AND " + LocalTime(request) + " < TIMESTAMP '" + FormatDate(day + 1) + "'";
  }
  if (!request.platform.empty()) filter += " AND platform = " + Quoted(request.platform);
  return filter;
}

// Undated calls belong to no day, week or month, but must not vanish from the totals.
constexpr std::string_view kSums = R"(
       list(DISTINCT model) FILTER (model IS NOT NULL) AS models, count(*) AS calls,
       sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_read_tokens) AS cache_read_tokens,
       sum(cache_write_5m_tokens) AS cache_write_5m_tokens,
       sum(cache_write_1h_tokens) AS cache_write_1h_tokens, sum(total_tokens) AS total_tokens,
       CAST(round(sum(cost_usd) * 1000000000, 0) AS BIGINT) AS cost_nano_usd,
       count(*) FILTER (cost_source = 'unknown' AND total_tokens > 0) AS unpriced_calls,
       sum(copies - 1) AS copies, max(price_version) AS price_version,
       min(timestamp) AS first_timestamp)";

UsageRow RowOf(const Row& row) {
  UsageRow usage;
  usage.key = row[0].kind == Cell::Kind::kNull ? "(unknown)" : row[0].text;
  usage.models = TextsOf(row[1]);
  usage.calls = IntOf(row[2]);
  usage.input_tokens = IntOf(row[3]);
  usage.output_tokens = IntOf(row[4]);
  usage.cache_read_tokens = IntOf(row[5]);
  usage.cache_write_5m_tokens = IntOf(row[6]);
  usage.cache_write_1h_tokens = IntOf(row[7]);
  usage.total_tokens = IntOf(row[8]);
  usage.cost_nano_usd = IntOf(row[9]);
  usage.unpriced_calls = IntOf(row[10]);
  usage.copies = IntOf(row[11]);
  return usage;
}

void AddTo(UsageRow& totals, const UsageRow& row) {
  totals.calls += row.calls;
  totals.input_tokens += row.input_tokens;
  totals.output_tokens += row.output_tokens;
  totals.cache_read_tokens += row.cache_read_tokens;
  totals.cache_write_5m_tokens += row.cache_write_5m_tokens;
  totals.cache_write_1h_tokens += row.cache_write_1h_tokens;
  totals.total_tokens += row.total_tokens;
  totals.cost_nano_usd += row.cost_nano_usd;
  totals.unpriced_calls += row.unpriced_calls;
  totals.copies += row.copies;
}

Status AddTitles(sql::Engine& engine, UsageReport& report) {
  FIRN_ASSIGN(const std::vector<Row> rows,
              QueryRows(engine,
                        "SELECT conversation_id, coalesce(title, '') FROM "
                        "silver.conversations ORDER BY conversation_id"));
  std::map<std::string, std::string> titles;
  for (const Row& row : rows)
    titles[row[0].text] = row[1].text;
  for (UsageRow& row : report.rows)
    row.label = titles[row.key];
  return Ok();
}

Status AddUnpricedModels(sql::Engine& engine, const std::string& filter, UsageReport& report) {
  if (report.totals.unpriced_calls == 0) return Ok();
  FIRN_ASSIGN(const std::vector<Row> rows,
              QueryRows(engine,
                        "SELECT DISTINCT coalesce(model, '(none)') FROM silver.api_call_costs "
                        "WHERE cost_source = 'unknown' AND total_tokens > 0 AND " +
                            filter + " ORDER BY 1"));
  for (const Row& row : rows)
    report.unpriced_models.push_back(row[0].text);
  return Ok();
}

}  // namespace

Result<UsageReport> ComputeUsage(sql::Engine& engine, const UsageRequest& request) {
  FIRN_ASSIGN(const std::string filter, Filter(request));
  const bool by_time = request.period == UsagePeriod::kDaily ||
                       request.period == UsagePeriod::kWeekly ||
                       request.period == UsagePeriod::kMonthly;
  const std::string order = by_time                                   ? "1 NULLS FIRST"
                            : request.period == UsagePeriod::kSession ? "first_timestamp, 1"
                                                                      : "cost_nano_usd, 1";
  FIRN_ASSIGN(const std::vector<Row> rows,
              QueryRows(engine, "SELECT " + KeyOf(request) + " AS key," + std::string(kSums) +
                                    " FROM silver.api_call_costs WHERE " + filter +
                                    " GROUP BY 1 ORDER BY " + order));
  UsageReport report;
  report.request = request;
  for (const Row& row : rows) {
    report.rows.push_back(RowOf(row));
    AddTo(report.totals, report.rows.back());
    report.price_version = std::max(report.price_version, row[12].text);
  }
  if (request.period == UsagePeriod::kSession) FIRN_TRY(AddTitles(engine, report));
  FIRN_TRY(AddUnpricedModels(engine, filter, report));
  return report;
}

namespace {

std::string DroppedQuery(const UsageRequest& request, const std::string& day) {
  return R"(
WITH calls AS (
  SELECT * FROM silver.api_calls
  WHERE )" +
         LocalTime(request) + " >= TIMESTAMP '" + day + "' AND " + LocalTime(request) +
         " < TIMESTAMP '" + day + R"(' + INTERVAL 1 DAY
)
SELECT m.timestamp, c.api_call_id, coalesce(c.model, ''), m.conversation_id, c.conversation_id,
       CASE WHEN m.conversation_id = c.conversation_id THEN m.records - 1 ELSE m.records END,
       coalesce(m.output_tokens, 0),
       CASE WHEN m.conversation_id = c.conversation_id
            THEN 'one response in ' || m.records || ' records: counted once'
            ELSE 'repeated in a fork or resumed session' END
FROM calls AS c JOIN silver.messages AS m
  ON m.platform = c.platform AND m.api_call_id = c.api_call_id
WHERE m.conversation_id <> c.conversation_id OR m.records > 1
ORDER BY 1, 2, 4)";
}

std::string CountQuery(const UsageRequest& request, const std::string& day) {
  return "SELECT count(DISTINCT c.api_call_id), sum(m.records) FROM silver.api_calls AS c "
         "JOIN silver.messages AS m ON m.platform = c.platform AND m.api_call_id = c.api_call_id "
         "WHERE " +
         LocalTime(request, "c.timestamp") + " >= TIMESTAMP '" + day + "' AND " +
         LocalTime(request, "c.timestamp") + " < TIMESTAMP '" + day + "' + INTERVAL 1 DAY";
}

}  // namespace

Result<UsageExplanation> ExplainUsageOf(sql::Engine& engine, const UsageRequest& request,
                                        std::string_view day) {
  FIRN_ASSIGN(const int32_t date, ParseDate(day));
  UsageExplanation explanation;
  explanation.day = FormatDate(date);
  FIRN_ASSIGN(const std::vector<Row> rows,
              QueryRows(engine, DroppedQuery(request, explanation.day)));
  for (const Row& row : rows) {
    explanation.dropped.push_back({row[1].text, row[3].text, row[4].text, row[2].text,
                                   OptionalTimeOf(row[0]).value_or(TimeUs{}), IntOf(row[5]),
                                   IntOf(row[6]), row[7].text});
  }
  FIRN_ASSIGN(const std::vector<Row> counts,
              QueryRows(engine, CountQuery(request, explanation.day)));
  explanation.calls = IntOf(counts[0][0]);
  explanation.records = IntOf(counts[0][1]);
  return explanation;
}

}  // namespace firn::lakehouse
