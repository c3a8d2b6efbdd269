// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/run_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Report AsReport(const lakehouse::EmbedReport& embedded) {
  Report report = RunTable(embedded.run);
  report.schema = "firn.embed/1";
  report.meta.Set("model", embedded.model);
  report.meta.Set("version", embedded.version);
  report.meta.Set("fitted", embedded.fitted);
  report.meta.Set("conversations", embedded.conversations);
  return report;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  lakehouse::EmbedRequest request;
  request.full_refresh = arguments.Has("--full-refresh");
  request.dry_run = arguments.Has("--dry-run");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::EmbedReport embedded, lake->Embed(request));
  FIRN_TRY(invocation.Print(AsReport(embedded)));
  if (embedded.fitted) {
    invocation.Hint(
        std::string(request.dry_run ? "A model would be fitted" : "A model was fitted") + " on " +
        Field::Count(embedded.conversations).shown + " conversations.");
  }
  invocation.Hint(RunSummary(embedded.run));
  return RunExitCode(embedded.run);
}

}  // namespace

Verb EmbedVerb() {
  return {.name = "embed",
          .summary = "Keep a vector per conversation, to search by meaning",
          .description =
              "Brings gold.conversation_embeddings up to silver: what is new or changed\n"
              "since the last time, nothing else. The vectors are of a model that is fitted\n"
              "on the lake itself (firn-lsa), offline; again, and all of them, when the lake\n"
              "has twice the conversations. With [embeddings] endpoint in firn.toml, texts\n"
              "go to that server instead.\n\n"
              "  firn embed\n"
              "  firn embed --dry-run",
          .positionals = {},
          .options = {{"--full-refresh", "", "Fit the model and make all vectors anew", {}},
                      {"--dry-run", "", "Say what would be done, and do nothing", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
