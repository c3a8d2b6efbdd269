// SPDX-License-Identifier: Apache-2.0

#include <cstdlib>
#include <map>

#include "firn/cli/invocation.h"
#include "firn/cli/usage_page.h"
#include "firn/cli/usage_plot.h"
#include "firn/cli/usage_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

using lakehouse::UsagePeriod;

const std::map<std::string, UsagePeriod>& Periods() {
  static const std::map<std::string, UsagePeriod> periods = {
      {"daily", UsagePeriod::kDaily},     {"weekly", UsagePeriod::kWeekly},
      {"monthly", UsagePeriod::kMonthly}, {"session", UsagePeriod::kSession},
      {"model", UsagePeriod::kModel},     {"project", UsagePeriod::kProject},
      {"blocks", UsagePeriod::kBlocks}};
  return periods;
}

void TellUnpriced(Invocation& invocation, const lakehouse::UsageReport& usage) {
  std::string names;
  bool some_nameless = false;
  for (const std::string& model : usage.unpriced_models) {
    some_nameless = some_nameless || model == lakehouse::kNoModel;
    if (model != lakehouse::kNoModel) names += (names.empty() ? "" : ", ") + model;
  }
  const std::string calls = Counted(usage.totals.unpriced_calls, "call");
  if (!names.empty()) {
    const std::string others = some_nameless ? " and calls that name no model" : "";
    invocation.Hint("No price is known for: " + names + others + ". " + calls +
                    " without a price add nothing to the cost above.");
  } else if (some_nameless) {
    invocation.Hint(calls + " without the name of a model add nothing to the cost above.");
  }
}

void TellUnmeasured(Invocation& invocation, const lakehouse::UsageReport& usage) {
  const int64_t calls = usage.totals.calls - usage.totals.measured_calls;
  if (calls > 0) {
    invocation.Hint(Counted(calls, "call") + (calls == 1 ? " does" : " do") +
                    " not say how many tokens were used: no sum above counts any.");
  }
  const int64_t partly = usage.totals.partly_measured_calls;
  if (partly > 0) {
    invocation.Hint(Counted(partly, "call") + (partly == 1 ? " says" : " say") +
                    " how many tokens went in or came out, not both: sums and cost above lack the "
                    "other.");
  }
}

void TellExplained(Invocation& invocation, const lakehouse::UsageExplanation& explanation) {
  if (explanation.dropped.empty()) return;  // The report says it.
  invocation.Hint(Counted(explanation.records, "record") + " on " + explanation.day + ": " +
                  Counted(explanation.calls, "call") + " counted, each once.");
}

// What platforms report counts; told where the price list says something else.
void TellCostCheck(Invocation& invocation, const lakehouse::CostCheck& check) {
  constexpr int64_t kPerCent = 100;
  const int64_t apart = std::llabs(check.reported_nano_usd - check.computed_nano_usd);
  if (apart <= check.computed_nano_usd / kPerCent) return;
  invocation.Hint(Counted(check.calls, "call") + (check.calls == 1 ? " says" : " say") +
                  " what it cost: " + Field::Money(check.reported_nano_usd).shown +
                  ", counted above; by list prices " + Field::Money(check.computed_nano_usd).shown +
                  ".");
}

void TellBurnRate(Invocation& invocation, const lakehouse::UsageReport& usage) {
  if (!usage.burn_rate) return;
  const lakehouse::BurnRate& rate = *usage.burn_rate;
  invocation.Hint("The active block ends in " + Counted(rate.minutes_left, "minute") + ": " +
                  Counted(rate.tokens_per_minute, "token") + " a minute, " +
                  Field::Money(rate.nano_usd_per_hour).shown + " an hour; at this rate " +
                  Counted(rate.projected_tokens, "token") + " and " +
                  Field::Money(rate.projected_nano_usd).shown + " in the end.");
}

void TellBudgets(Invocation& invocation, const lakehouse::UsageReport& usage) {
  for (const lakehouse::BudgetState& state : usage.budgets) {
    const std::string_view word = BudgetWord(state);
    if (word == "within") continue;
    const lakehouse::Budget& budget = state.budget;
    const std::string of = budget.platform + budget.project;
    const std::string period = budget.period == UsagePeriod::kDaily    ? "today"
                               : budget.period == UsagePeriod::kWeekly ? "this week"
                                                                       : "this month";
    invocation.Hint("warning: budget " + std::string(word == "near" ? "nearly spent" : "exceeded") +
                    " " + period + (of.empty() ? "" : ", " + of) + ": " +
                    Field::Money(state.spent_nano_usd).shown + " of " +
                    Field::Money(budget.nano_usd).shown + ".");
  }
}

Status CheckDrawing(const Arguments& arguments, UsagePeriod period) {
  const bool plot = arguments.Has("--plot"), html = arguments.Has("--html");
  if (plot && html) return InvalidArgument("--plot or --html, not both");
  const bool by_time = period == UsagePeriod::kDaily || period == UsagePeriod::kWeekly ||
                       period == UsagePeriod::kMonthly;
  if (by_time || !(plot || html)) return Ok();
  return InvalidArgument("what is drawn goes by time, not by", arguments.Get("PERIOD"))
      .WithHint("daily, weekly or monthly");
}

Status PrintPlot(Invocation& invocation, const lakehouse::UsageReport& usage) {
  constexpr size_t kModelsMax = 6;
  const PlotScreen screen{invocation.Width(), invocation.Colours(), invocation.Unicode()};
  if (usage.rows.empty()) return invocation.Put("No usage recorded in this range.\n");
  return invocation.Put(PlotText(PlotOf(usage, kModelsMax), screen));
}

Status PrintPage(Invocation& invocation, lakehouse::Lakehouse& lake,
                 lakehouse::UsageRequest request) {
  UsageReports reports;
  FIRN_ASSIGN(reports.by_time, lake.Usage(request));
  request.by_model = false;
  request.period = UsagePeriod::kProject;
  FIRN_ASSIGN(reports.projects, lake.Usage(request));
  request.period = UsagePeriod::kHourOfWeek;
  FIRN_ASSIGN(reports.hours, lake.Usage(request));
  return invocation.Put(UsageHtml(reports));
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  lakehouse::UsageRequest request;
  request.period = Periods().at(arguments.Get("PERIOD", "daily"));
  request.since = arguments.Get("--since");
  request.until = arguments.Get("--until");
  const bool blocks = request.period == UsagePeriod::kBlocks;  // A matter of Claude's plans.
  request.platform = arguments.Get("--platform", blocks ? "claude_code" : "");
  request.timezone = arguments.Get("--timezone");
  request.by_model = arguments.Has("--plot") || arguments.Has("--html");
  FIRN_TRY(CheckDrawing(arguments, request.period));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  if (arguments.Has("--explain")) {
    FIRN_ASSIGN(const lakehouse::UsageExplanation explanation,
                lake->ExplainUsage(request, arguments.Get("--explain")));
    FIRN_TRY(invocation.Print(ExplanationTable(explanation)));
    TellExplained(invocation, explanation);
    return 0;
  }
  if (arguments.Has("--html")) {
    FIRN_TRY(PrintPage(invocation, *lake, request));
    return 0;
  }
  FIRN_ASSIGN(const lakehouse::UsageReport usage, lake->Usage(request));
  FIRN_TRY(arguments.Has("--plot") ? PrintPlot(invocation, usage)
                                   : invocation.Print(UsageTable(usage)));
  TellUnmeasured(invocation, usage);
  TellUnpriced(invocation, usage);
  TellCostCheck(invocation, usage.cost_check);
  TellBurnRate(invocation, usage);
  TellBudgets(invocation, usage);
  return 0;
}

}  // namespace

Verb UsageVerb() {
  return {
      .name = "usage",
      .summary = "Tokens and cost by day, session, model or project",
      .description =
          "Each response of a model is counted once, however many files and records\n"
          "repeat it. "
          "Costs are list prices; days are those of your time zone.\n"
          "blocks are the five-hour windows of Claude's plans, of claude_code unless\n"
          "--platform names another. [budget] in firn.toml sets what it warns of.\n\n"
          "  firn usage\n"
          "  firn usage model --since 2025-11-01\n"
          "  firn usage weekly --plot\n"
          "  firn usage --html > usage.html          a page of its own, for any browser\n"
          "  firn usage --explain 2025-11-05",
      .positionals = {{"PERIOD",
                       "How to group",
                       Positional::Count::kOptional,
                       {"daily", "weekly", "monthly", "session", "model", "project", "blocks"}}},
      .options = {{"--since", "DATE", "From this day on (YYYY-MM-DD)", {}},
                  {"--until", "DATE", "Up to and including this day", {}},
                  {"--platform", "NAME", "Only this platform", {}},
                  {"--timezone", "ZONE", "Days of this zone, e.g. Europe/Berlin", {}},
                  {"--plot", "", "Bars by day, week or month, and by model", {}},
                  {"--html", "", "One HTML page with charts that needs nothing else", {}},
                  {"--explain", "DAY", "List what was left out as a repetition that day", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
