// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/ingest_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  lakehouse::IngestRequest request;
  request.source = arguments.Get("SOURCE");
  request.paths = arguments.All("PATH");
  request.into = arguments.Get("--into");
  request.create = arguments.Has("--create");
  request.append_rewritten = arguments.Has("--append-rewritten");
  request.dry_run = arguments.Has("--dry-run");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  FIRN_ASSIGN(const lakehouse::IngestReport report, lake->Ingest(request));
  if (!report.created_schema.empty()) invocation.Hint(report.created_schema);
  FIRN_TRY(invocation.Print(IngestTable(report)));
  TellTroubles(invocation, report);
  invocation.Hint(IngestSummary(report));
  if (report.any_failed()) return 1;
  return arguments.Has("--strict") && report.rejected > 0 ? 3 : 0;
}

}  // namespace

Verb IngestVerb() {
  return {
      .name = "ingest",
      .summary = "Read new files into bronze, or into a table of your own",
      .description =
          "Conversations go to bronze.conversations. Reports go where --into says: every row is\n"
          "checked against the table, and what does not fit is kept in NS.TABLE_rejected.\n"
          "The same file is never read in twice.\n\n"
          "  firn ingest claude_code ~/.claude/projects\n"
          "  firn ingest csv 'reports/*.csv' --into silver.reports --create\n"
          "  firn ingest jsonl events.jsonl --into bronze.events --dry-run",
      .positionals = {{"SOURCE",
                       "What the files are",
                       Positional::Count::kOne,
                       {"claude_code", "chatgpt", "csv", "json", "jsonl", "parquet"}},
                      {"PATH",
                       "Files, folders or patterns; without: the usual places",
                       Positional::Count::kMany,
                       {}}},
      .options = {{"--into", "NS.TABLE", "The table for csv, json, jsonl and parquet", {}},
                  {"--create", "", "Make the table with a schema inferred from the data", {}},
                  {"--append-rewritten", "", "Add the rows of a file that was rewritten since", {}},
                  {"--dry-run", "", "Say what would be read, and change nothing", {}},
                  {"--strict", "", "End with code 3 when a row was rejected", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
