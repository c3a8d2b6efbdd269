// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/ingest_report.h"
#include "firn/cli/run_report.h"
#include "firn/cli/usage_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  lakehouse::IngestRequest request;
  request.paths = arguments.All("PATH");
  FIRN_ASSIGN(const lakehouse::IngestReport collected, lake->Ingest(request));
  TellTroubles(invocation, collected);
  invocation.Hint(IngestSummary(collected));
  if (collected.files_found == 0) {
    invocation.Hint("No histories found. Name a folder: firn up PATH (see 'firn doctor').");
  }
  FIRN_ASSIGN(const lakehouse::RunReport run, lake->Run({}));
  invocation.Hint(RunSummary(run));
  TellChecks(invocation, run);
  FIRN_ASSIGN(const lakehouse::UsageReport usage, lake->Usage({}));
  FIRN_TRY(invocation.Print(UsageTable(usage)));
  return collected.any_failed() ? 1 : RunExitCode(run);
}

}  // namespace

Verb UpVerb() {
  return {.name = "up",
          .summary = "Collect new histories, update all tables, show usage",
          .description =
              "Looks in the usual places of every assistant, or under the paths given.\n"
              "What is already in the lake is not read again.\n\n"
              "  firn up\n"
              "  firn up ~/exports/chatgpt ~/backup/.claude",
          .positionals = {{"PATH", "Files or folders to look in", Positional::Count::kMany, {}}},
          .options = {},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
