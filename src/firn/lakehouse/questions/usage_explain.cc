// SPDX-License-Identifier: Apache-2.0
//
// What the rule "a response is counted once" left out of a day, from silver.messages, which has
// every record.

#include "firn/lakehouse/questions/query.h"
#include "firn/lakehouse/questions/usage.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

std::string LocalTime(const UsageRequest& request, std::string_view column = "timestamp") {
  return "local_time(" + Quoted(request.timezone) + ", " + std::string(column) + ")";
}

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
