// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/usage_report.h"

namespace firn::cli {
namespace {

using lakehouse::UsagePeriod;

// How a row is called. Of a session's id the first 8 digits are enough for `firn show`; a model's
// name is needed whole; of a project's path the end says most.
ReportColumn KeyColumn(UsagePeriod period) {
  switch (period) {
    case UsagePeriod::kDaily:
      return {"date", "DATE", false, 0, kWhole};
    case UsagePeriod::kWeekly:
      return {"week", "WEEK OF", false, 0, kWhole};
    case UsagePeriod::kMonthly:
      return {"month", "MONTH", false, 0, kWhole};
    case UsagePeriod::kSession:
      return {"conversation_id", "SESSION", false, 0, 9};
    case UsagePeriod::kModel:
      return {"model", "MODEL", false, 0, kWhole, Cut::kMiddle};
    case UsagePeriod::kProject:
      return {"project_path", "PROJECT", false, 0, 24, Cut::kMiddle};
  }
  return {"key", "KEY", false, 0};
}

// Calls that do not say how many tokens they took count none; where no call does, nobody knows.
std::vector<Field> Fields(const lakehouse::UsageRow& row, UsagePeriod period) {
  const bool known = row.measured_calls > 0 || row.calls == 0;
  const auto tokens = [&](int64_t count) { return known ? Field::Count(count) : Field::Unknown(); };
  const bool has_cost = known || row.cost_nano_usd != 0;
  std::vector<Field> fields = {Field::Text(row.key)};
  if (period == UsagePeriod::kSession) fields.push_back(Field::Text(row.label));
  if (period != UsagePeriod::kModel) fields.push_back(Field::List(row.models));
  const std::vector<Field> figures = {
      tokens(row.input_tokens),
      tokens(row.output_tokens),
      tokens(row.cache_write_5m_tokens),
      tokens(row.cache_write_1h_tokens),
      tokens(row.cache_read_tokens),
      tokens(row.total_tokens),
      Field::Count(row.calls),
      has_cost ? Field::Money(row.cost_nano_usd) : Field::Unknown()};
  fields.insert(fields.end(), figures.begin(), figures.end());
  return fields;
}

}  // namespace

Report UsageTable(const lakehouse::UsageReport& usage) {
  const UsagePeriod period = usage.request.period;
  Report report;
  report.schema = "firn.usage/1";
  report.columns = {KeyColumn(period)};
  if (period == UsagePeriod::kSession) {
    report.columns.push_back({"title", "TITLE", false, 3, 16});
  }
  if (period != UsagePeriod::kModel) report.columns.push_back({"models", "MODELS", false, 7});
  const std::vector<ReportColumn> figures = {{"input_tokens", "INPUT", true, 0},
                                             {"output_tokens", "OUTPUT", true, 0},
                                             {"cache_write_5m_tokens", "WRITE 5M", true, 3},
                                             {"cache_write_1h_tokens", "WRITE 1H", true, 3},
                                             {"cache_read_tokens", "CACHE READ", true, 2},
                                             {"total_tokens", "TOTAL", true, 4},
                                             {"calls", "CALLS", true, 5},
                                             {"cost_usd", "COST USD", true, 0}};
  report.columns.insert(report.columns.end(), figures.begin(), figures.end());
  for (const lakehouse::UsageRow& row : usage.rows)
    report.rows.push_back(Fields(row, period));
  lakehouse::UsageRow totals = usage.totals;
  totals.key = "Total";
  totals.models.clear();
  report.totals = Fields(totals, period);
  report.may_shorten_counts = true;
  report.meta.Set("timezone", usage.request.timezone);
  report.meta.Set("price_version", usage.price_version);
  Json::Array unpriced;
  for (const std::string& model : usage.unpriced_models)
    unpriced.emplace_back(model);
  report.meta.Set("unpriced_models", Json(std::move(unpriced)));
  report.meta.Set("copies_left_out", usage.totals.copies);
  report.empty_message = "No usage recorded in this range.";
  return report;
}

Report ExplanationTable(const lakehouse::UsageExplanation& explanation) {
  Report report;
  report.schema = "firn.usage.explain/1";
  report.columns = {{"timestamp", "TIME (UTC)", false, 2},
                    {"api_call_id", "API CALL", false, 0, 14, Cut::kMiddle},
                    {"model", "MODEL", false, 4, kWhole},
                    {"conversation_id", "IN CONVERSATION", false, 1, 9},
                    {"owner", "COUNTED IN", false, 3, 9},
                    {"records", "RECORDS", true, 0},
                    {"output_tokens", "OUTPUT", true, 0},
                    {"reason", "WHY LEFT OUT", false, 0, kWhole}};
  for (const lakehouse::DroppedCopy& copy : explanation.dropped) {
    report.rows.push_back({Field::Time(copy.timestamp.ToString()), Field::Text(copy.api_call_id),
                           Field::Text(copy.model), Field::Text(copy.conversation_id),
                           Field::Text(copy.owner_conversation_id), Field::Count(copy.records),
                           Field::Count(copy.output_tokens), Field::Text(copy.reason)});
  }
  report.meta.Set("day", explanation.day);
  report.meta.Set("calls_counted", explanation.calls);
  report.meta.Set("records_seen", explanation.records);
  report.empty_message = "Nothing was left out on " + explanation.day + ": " +
                         std::to_string(explanation.calls) + " calls, " +
                         std::to_string(explanation.records) + " records.";
  return report;
}

}  // namespace firn::cli
