// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"
#include "firn/lakehouse/tables/past_time.h"

namespace firn::cli {
namespace {

Result<TimeMs> ParseLimit(const std::string& option, const std::string& text, TimeMs now) {
  auto limit = lakehouse::ParsePast(text, now);
  if (limit) return limit;
  Error error = std::move(limit).error();
  error.message = option + " is " + error.message;
  return error;
}

Result<lakehouse::MaintainRequest> RequestOf(const Arguments& arguments, TimeMs now) {
  lakehouse::MaintainRequest request;
  request.tables = arguments.All("TABLE");
  request.dry_run = arguments.Has("--dry-run");
  request.rewrite_data_files = arguments.Has("--rewrite-data-files");
  request.compute_statistics = arguments.Has("--compute-statistics");
  if (const std::string text = arguments.Get("--expire-older-than"); !text.empty()) {
    FIRN_ASSIGN(request.expire_older_than, ParseLimit("--expire-older-than", text, now));
  }
  if (const std::string text = arguments.Get("--orphans-older-than"); !text.empty()) {
    FIRN_ASSIGN(request.orphans_older_than, ParseLimit("--orphans-older-than", text, now));
  }
  FIRN_ASSIGN(request.retain_last, arguments.Number("--retain-last"));
  return request;
}

std::vector<Field> RowOf(const lakehouse::MaintainRow& row) {
  return {Field::Text(row.table),
          Field::Count(row.snapshots),
          Field::List(row.refs),
          Field::Count(row.files),
          Field::Size(row.bytes),
          Field::Count(row.orphan_files),
          Field::Size(row.orphan_bytes),
          Field::Count(row.data_files_rewritten),
          Field::Count(row.data_files_added),
          Field::Count(row.statistics_files),
          Field::Text(row.note)};
}

Report TableOf(const lakehouse::MaintainReport& maintained) {
  Report report;
  report.schema = "firn.maintain/1";
  report.columns = {{"table", "TABLE", false, 0},
                    {"snapshots_expired", "SNAPSHOTS", true, 0},
                    {"refs_dropped", "REFS", false, 2},
                    {"files_deleted", "FILES", true, 0},
                    {"bytes_deleted", "SIZE", true, 0},
                    {"orphan_files_deleted", "ORPHANS", true, 0},
                    {"orphan_bytes_deleted", "ORPHAN SIZE", true, 1},
                    {"data_files_rewritten", "REWRITTEN", true, 1},
                    {"data_files_added", "INTO", true, 1},
                    {"statistics_files_added", "STATISTICS", true, 1},
                    {"note", "NOTE", false, 1}};
  lakehouse::MaintainRow all;
  for (const lakehouse::MaintainRow& row : maintained.tables) {
    report.rows.push_back(RowOf(row));
    all.snapshots += row.snapshots;
    all.files += row.files;
    all.bytes += row.bytes;
    all.orphan_files += row.orphan_files;
    all.orphan_bytes += row.orphan_bytes;
    all.data_files_rewritten += row.data_files_rewritten;
    all.data_files_added += row.data_files_added;
    all.statistics_files += row.statistics_files;
  }
  all.table = "all";
  report.totals = RowOf(all);
  report.meta.Set("dry_run", maintained.dry_run);
  report.empty_message = "The lake has no tables yet: 'firn up' fills it.";
  return report;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto request, RequestOf(arguments, invocation.env().NowMs()));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::MaintainReport report, lake->Maintain(request));
  FIRN_TRY(invocation.Print(TableOf(report)));
  if (report.dry_run) invocation.Hint("A dry run: nothing was changed.");
  return report.any_failed() ? 1 : 0;
}

}  // namespace

Verb MaintainVerb() {
  return {.name = "maintain",
          .summary = "Expire snapshots, delete and rewrite files",
          .description =
              "Snapshots go by the table's properties history.expire.* (five days where they\n"
              "say nothing); what a branch or tag names stays. Files go that only expired\n"
              "snapshots used, and those in the table's folder that nothing has referred to\n"
              "for three days. --rewrite-data-files comes before that: data files far from\n"
              "the table's property write.target-file-size-bytes, or much deleted, become new\n"
              "ones, commit by commit. Models that read the table take the rows of new files\n"
              "for changed ones once. --compute-statistics counts the distinct values of the\n"
              "columns and adds up the partitions of the current snapshot, for the planners\n"
              "of query engines.\n\n"
              "  firn maintain --dry-run\n"
              "  firn maintain silver.api_calls --rewrite-data-files\n"
              "  firn maintain silver.messages --expire-older-than 7d --retain-last 10",
          .positionals = {{"TABLE", "namespace.table; without: all", Positional::Count::kMany, {}}},
          .options =
              {{"--dry-run", "", "Say what would go, and change nothing", {}},
               {"--rewrite-data-files", "", "Join small data files, leave deleted rows out", {}},
               {"--compute-statistics", "", "Count distinct values, add up partitions", {}},
               {"--expire-older-than", "AGE", "Expire snapshots older than 7d, or than a time", {}},
               {"--retain-last", "N", "Keep the newest N snapshots of each branch", {}},
               {"--orphans-older-than",
                "AGE",
                "Delete unreferenced files older than this (>= 24h)",
                {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
