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
    case UsagePeriod::kBlocks:
      return {"block", "BLOCK FROM", false, 0, kWhole};
    case UsagePeriod::kHourOfWeek:
      return {"hour", "HOUR", false, 0, kWhole};
  }
  return {"key", "KEY", false, 0};
}

std::string_view WordOf(lakehouse::UsageBlock::State state) {
  switch (state) {
    case lakehouse::UsageBlock::State::kActive:
      return "active";
    case lakehouse::UsageBlock::State::kGap:
      return "gap";
    case lakehouse::UsageBlock::State::kDone:
      break;
  }
  return "done";
}

// When a block begins and ends, and what it is.
std::vector<Field> BlockFields(const lakehouse::UsageRow& row) {
  if (!row.block) return {Field::Unknown(), Field::Unknown(), Field::Unknown()};
  return {Field::Text(std::string(WordOf(row.block->state))),
          Field::Time(row.block->begin.ToString()), Field::Time(row.block->end.ToString())};
}

// Calls that do not say a figure count none; where no call does, nobody knows.
std::vector<Field> Fields(const lakehouse::UsageRow& row, UsagePeriod period) {
  const bool gap = row.block && row.block->state == lakehouse::UsageBlock::State::kGap;
  const bool none = row.calls == 0 && !gap;  // Then there is nothing to be unknown.
  const auto tokens = [&](std::optional<int64_t> count) {
    return count || none ? Field::Count(count.value_or(0)) : Field::Unknown();
  };
  const std::optional<int64_t> total =
      row.measured_calls > 0 ? std::optional(row.total_tokens) : std::nullopt;
  std::vector<Field> fields = {Field::Text(row.key)};
  if (period == UsagePeriod::kSession) fields.push_back(Field::Text(row.label));
  if (period == UsagePeriod::kBlocks) {
    for (Field& field : BlockFields(row))
      fields.push_back(std::move(field));
  }
  if (period != UsagePeriod::kModel) fields.push_back(Field::List(row.models));
  const std::vector<Field> figures = {
      tokens(row.input_tokens),
      tokens(row.output_tokens),
      tokens(row.cache_write_5m_tokens),
      tokens(row.cache_write_1h_tokens),
      tokens(row.cache_read_tokens),
      tokens(total),
      Field::Count(row.calls),
      row.priced_calls > 0 || none ? Field::Money(row.cost_nano_usd) : Field::Unknown()};
  fields.insert(fields.end(), figures.begin(), figures.end());
  return fields;
}

Json CostCheckJson(const lakehouse::CostCheck& check) {
  Json json{Json::Object()};
  json.Set("calls", check.calls);
  json.Set("reported_usd", Field::Money(check.reported_nano_usd).value);
  json.Set("computed_usd", Field::Money(check.computed_nano_usd).value);
  return json;
}

Json BurnRateJson(const lakehouse::BurnRate& rate) {
  Json json{Json::Object()};
  json.Set("minutes_left", rate.minutes_left);
  json.Set("tokens_per_minute", rate.tokens_per_minute);
  json.Set("usd_per_hour", Field::Money(rate.nano_usd_per_hour).value);
  json.Set("projected_tokens", rate.projected_tokens);
  json.Set("projected_usd", Field::Money(rate.projected_nano_usd).value);
  return json;
}

std::string_view PeriodWord(UsagePeriod period) {
  return period == UsagePeriod::kDaily    ? "daily"
         : period == UsagePeriod::kWeekly ? "weekly"
                                          : "monthly";
}

Json BudgetsJson(const std::vector<lakehouse::BudgetState>& budgets) {
  Json::Array array;
  for (const lakehouse::BudgetState& state : budgets) {
    Json json{Json::Object()};
    json.Set("period", std::string(PeriodWord(state.budget.period)));
    if (!state.budget.platform.empty()) json.Set("platform", state.budget.platform);
    if (!state.budget.project.empty()) json.Set("project", state.budget.project);
    json.Set("since", state.since);
    json.Set("budget_usd", Field::Money(state.budget.nano_usd).value);
    json.Set("spent_usd", Field::Money(state.spent_nano_usd).value);
    json.Set("state", std::string(BudgetWord(state)));
    array.push_back(std::move(json));
  }
  return Json(std::move(array));
}

}  // namespace

std::string_view BudgetWord(const lakehouse::BudgetState& state) {
  if (state.spent_nano_usd > state.budget.nano_usd) return "exceeded";
  return state.spent_nano_usd / 4 >= state.budget.nano_usd / 5 ? "near" : "within";
}

Report UsageTable(const lakehouse::UsageReport& usage) {
  const UsagePeriod period = usage.request.period;
  Report report;
  report.schema = "firn.usage/1";
  report.columns = {KeyColumn(period)};
  if (period == UsagePeriod::kSession) {
    report.columns.push_back({"title", "TITLE", false, 3, 16});
  }
  if (period == UsagePeriod::kBlocks) {
    report.columns.push_back({"state", "STATE", false, 0, kWhole});
    report.columns.push_back({"block_start", "FROM (UTC)", false, 8, kWhole});
    report.columns.push_back({"block_end", "TO (UTC)", false, 8, kWhole});
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
  report.meta.Set("calls_without_tokens", usage.totals.calls - usage.totals.measured_calls);
  report.meta.Set("calls_with_part_of_tokens", usage.totals.partly_measured_calls);
  if (usage.cost_check.calls > 0) report.meta.Set("cost_check", CostCheckJson(usage.cost_check));
  if (usage.burn_rate) report.meta.Set("active_block", BurnRateJson(*usage.burn_rate));
  if (!usage.budgets.empty()) report.meta.Set("budgets", BudgetsJson(usage.budgets));
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
