// SPDX-License-Identifier: Apache-2.0

#include <unistd.h>

#include "firn/cli/ingest_report.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

lakehouse::TextReading ReadingOf(const Arguments& arguments) {
  lakehouse::TextReading reading;
  reading.delimiter = arguments.Get("--delimiter");
  reading.quote = arguments.Get("--quote", reading.quote);
  reading.escape = arguments.Get("--escape");
  if (arguments.Has("--header")) reading.header = arguments.Get("--header") == "yes";
  if (arguments.Has("--null")) reading.null_text = arguments.Get("--null");
  reading.records = arguments.Get("--records");
  reading.flatten = arguments.Has("--flatten");
  return reading;
}

lakehouse::IngestRequest RequestOf(const Arguments& arguments) {
  lakehouse::IngestRequest request;
  request.input = STDIN_FILENO;
  request.text = ReadingOf(arguments);
  request.source = arguments.Get("SOURCE");
  request.paths = arguments.All("PATH");
  request.into = arguments.Get("--into");
  request.create = arguments.Has("--create");
  request.append_rewritten = arguments.Has("--append-rewritten");
  request.dry_run = arguments.Has("--dry-run");
  request.date = arguments.Get("--date");
  request.historical = arguments.Has("--historical");
  request.codec = arguments.Get("--codec");
  request.files = arguments.Get("--files");
  return request;
}

Status CheckReportOptions(const Arguments& arguments) {
  for (const char* option : {"--date", "--historical", "--codec", "--files"}) {
    if (!arguments.Has(option)) continue;
    return InvalidArgument(std::string(option) + " goes with the source query_perf");
  }
  return Ok();
}

Result<lakehouse::IngestReport> Ingest(Invocation& invocation, const Arguments& arguments) {
  const lakehouse::IngestRequest request = RequestOf(arguments);
  if (request.source != "query_perf") {
    FIRN_TRY(CheckReportOptions(arguments));
  } else {
    invocation.log_least = obs::LogLevel::kInfo;  // A line a report.
  }
  if (!request.files.empty()) {
    return lakehouse::Lakehouse::ExportFiles(invocation.LakeOptionsFor(false), request);
  }
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  return lake->Ingest(request);
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const lakehouse::IngestReport report, Ingest(invocation, arguments));
  if (!report.created_schema.empty()) invocation.Hint(report.created_schema);
  TellReports(invocation, report);
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
      .summary = "Read new files into bronze or a table of your own",
      .description =
          "Conversations go to bronze.conversations: SOURCE is claude_code, chatgpt,\n"
          "claude_ai, roo_code, cline, kilo_code, github_copilot, continue, codex,\n"
          "gemini_cli, azure_openai or openai_api; so does what otel, OpenTelemetry, tells\n"
          "of them.\n\n"
          "Reports, csv, json, jsonl or parquet, go where --into says: every row is checked\n"
          "against the table, and what does not fit is kept in NS.TABLE_rejected. The same\n"
          "file is never read in twice. Reports of query performance, query_perf, have\n"
          "tables of their own: silver.query_perf, silver.index_advisor and\n"
          "silver.optimization_summary.\n\n"
          "Text may be gzip, zstd, bzip2 or UTF-16. A folder called day=2025-11-05 gives\n"
          "the column day. '-' is standard input; the same bytes again are the same file.\n\n"
          "  firn ingest claude_code ~/.claude/projects\n"
          "  firn ingest csv 'reports/*.csv' --into silver.reports --create\n"
          "  firn ingest jsonl events.jsonl --into bronze.events --dry-run\n"
          "  curl -s URL | firn ingest json - --records '$.data.items' --into bronze.items\n"
          "  firn ingest query_perf reports --historical\n"
          "  firn ingest query_perf reports --date 2025-10-28 --files parquet",
      .positionals = {{"SOURCE",
                       "What the files are",
                       Positional::Count::kOne,
                       {"claude_code", "chatgpt", "roo_code", "cline", "kilo_code",
                        "github_copilot", "continue", "azure_openai", "openai_api", "codex",
                        "gemini_cli", "claude_ai", "otel", "csv", "json", "jsonl", "parquet",
                        "query_perf"}},
                      {"PATH",
                       "Files, folders, patterns, '-'; else the usual places",
                       Positional::Count::kMany,
                       {}}},
      .options = {{"--into", "NS.TABLE", "The table for csv, json, jsonl and parquet", {}},
                  {"--create", "", "Make the table with a schema inferred from the data", {}},
                  {"--append-rewritten", "", "Add the rows of a file that was rewritten since", {}},
                  {"--delimiter", "CHAR", "Of csv: what is between fields; else found out", {}},
                  {"--quote", "CHAR", "Of csv: what is around fields, \"\" for none; else \"", {}},
                  {"--escape", "CHAR", "Of csv: takes the next character within quotes as is", {}},
                  {"--header", "WHETHER", "Of csv: the first record has the names", {"yes", "no"}},
                  {"--null", "TEXT", "Of csv: an unquoted field that reads so is null", {}},
                  {"--records", "PATH", "Of json: where a document has them: $.data.items", {}},
                  {"--flatten", "", "With --create: members as columns (address_city)", {}},
                  {"--date", "DATE", "Of query_perf: that day's reports, not the latest", {}},
                  {"--historical", "", "Of query_perf: all reports there are", {}},
                  {"--codec",
                   "CODEC",
                   "Of query_perf: compression of Parquet; else zstd",
                   {"zstd", "snappy", "gzip", "brotli", "lz4", "none"}},
                  {"--files", "DIR", "Of query_perf: plain Parquet files there, no tables", {}},
                  {"--dry-run", "", "Say what would be read, and change nothing", {}},
                  {"--strict", "", "End with code 3 when a row was rejected", {}}},
      .subverbs = {},
      .run = Run};
}

}  // namespace firn::cli
