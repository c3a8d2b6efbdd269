// SPDX-License-Identifier: Apache-2.0

#include <map>

#include "firn/cli/invocation.h"
#include "firn/cli/usage_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

using lakehouse::UsagePeriod;

const std::map<std::string, UsagePeriod>& Periods() {
  static const std::map<std::string, UsagePeriod> periods = {
      {"daily", UsagePeriod::kDaily},     {"weekly", UsagePeriod::kWeekly},
      {"monthly", UsagePeriod::kMonthly}, {"session", UsagePeriod::kSession},
      {"model", UsagePeriod::kModel},     {"project", UsagePeriod::kProject}};
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
  if (calls == 0) return;
  invocation.Hint(Counted(calls, "call") + (calls == 1 ? " does" : " do") +
                  " not say how many tokens were used: no sum above counts any.");
}

void TellExplained(Invocation& invocation, const lakehouse::UsageExplanation& explanation) {
  if (explanation.dropped.empty()) return;  // The report says it.
  invocation.Hint(Counted(explanation.records, "record") + " on " + explanation.day + ": " +
                  Counted(explanation.calls, "call") + " counted, each once.");
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  lakehouse::UsageRequest request;
  request.period = Periods().at(arguments.Get("PERIOD", "daily"));
  request.since = arguments.Get("--since");
  request.until = arguments.Get("--until");
  request.platform = arguments.Get("--platform");
  request.timezone = arguments.Get("--timezone");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  if (arguments.Has("--explain")) {
    FIRN_ASSIGN(const lakehouse::UsageExplanation explanation,
                lake->ExplainUsage(request, arguments.Get("--explain")));
    FIRN_TRY(invocation.Print(ExplanationTable(explanation)));
    TellExplained(invocation, explanation);
    return 0;
  }
  FIRN_ASSIGN(const lakehouse::UsageReport usage, lake->Usage(request));
  FIRN_TRY(invocation.Print(UsageTable(usage)));
  TellUnmeasured(invocation, usage);
  TellUnpriced(invocation, usage);
  return 0;
}

}  // namespace

Verb UsageVerb() {
  return {.name = "usage",
          .summary = "Tokens and cost by day, session, model or project",
          .description =
              "Each response of a model is counted once, however many files and records\n"
              "repeat it. "
              "Costs are list prices; days are those of your time zone.\n\n"
              "  firn usage\n"
              "  firn usage model --since 2025-11-01\n"
              "  firn usage --explain 2025-11-05",
          .positionals = {{"PERIOD",
                           "How to group",
                           Positional::Count::kOptional,
                           {"daily", "weekly", "monthly", "session", "model", "project"}}},
          .options = {{"--since", "DATE", "From this day on (YYYY-MM-DD)", {}},
                      {"--until", "DATE", "Up to and including this day", {}},
                      {"--platform", "NAME", "Only this platform", {}},
                      {"--timezone", "ZONE", "Days of this zone, e.g. Europe/Berlin", {}},
                      {"--explain", "DAY", "List what was left out as a repetition that day", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
