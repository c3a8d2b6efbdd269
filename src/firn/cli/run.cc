// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/run_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Result<int> RunModels(Invocation& invocation, const Arguments& arguments, bool dry_run) {
  lakehouse::RunRequest request;
  request.models = arguments.All("MODEL");
  request.full_refresh = arguments.Has("--full-refresh");
  request.dry_run = dry_run || arguments.Has("--dry-run");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::RunReport report, lake->Run(request));
  FIRN_TRY(invocation.Print(RunTable(report)));
  invocation.Hint(RunSummary(report));
  TellChecks(invocation, report);
  return RunExitCode(report);
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  return RunModels(invocation, arguments, false);
}

Result<int> Plan(Invocation& invocation, const Arguments& arguments) {
  return RunModels(invocation, arguments, true);
}

const Positional kModels = {
    "MODEL", "Tables to build (with what they need); without: all", Positional::Count::kMany, {}};
const Option kFullRefresh = {
    "--full-refresh", "", "Build from all of bronze, not from what is new", {}};

}  // namespace

Verb PlanVerb() {
  return {.name = "plan",
          .summary = "Show what 'run' would do",
          .description = "  firn plan\n  firn plan gold.daily_conversation_metrics",
          .positionals = {kModels},
          .options = {kFullRefresh},
          .subverbs = {},
          .run = Plan};
}

Verb RunVerb() {
  return {
      .name = "run",
      .summary = "Bring the tables of all models up to date",
      .description =
          "All tables of a run become visible together, or none does.\n\n"
          "  firn run\n  firn run --full-refresh silver.messages",
      .positionals = {kModels},
      .options = {kFullRefresh, {"--dry-run", "", "Say what would run, and change nothing", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
