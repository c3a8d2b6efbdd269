// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/table_names.h"

#include <string>

#include "firn/cli/invocation.h"
#include "firn/lakehouse/table_reports.h"

namespace firn::cli {
namespace {

const Positional kTable = {"TABLE", "namespace.table", Positional::Count::kOne, {}};

Report DropReportOf(const lakehouse::DropReport& dropped) {
  Report report;
  report.schema = "firn.table.drop/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"rows", "ROWS", true, 0},
                    {"snapshots", "SNAPSHOTS", true, 0},
                    {"files_deleted", "FILES DELETED", true, 0},
                    {"bytes_deleted", "SIZE", true, 1}};
  report.rows.push_back({Field::Text(dropped.table), Field::Count(dropped.rows),
                         Field::Count(dropped.snapshots), Field::Count(dropped.files),
                         Field::Size(dropped.bytes)});
  report.meta.Set("dry_run", dropped.dry_run);
  report.meta.Set("metadata_location", dropped.metadata_location);
  report.meta.Set("files_kept", Json(Json::Array(dropped.kept.begin(), dropped.kept.end())));
  return report;
}

Result<int> Drop(Invocation& invocation, const Arguments& arguments) {
  lakehouse::DropRequest request;
  request.table = arguments.Get("TABLE");
  request.purge = arguments.Has("--purge");
  request.sure = arguments.Has("--yes");
  request.dry_run = arguments.Has("--dry-run");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::DropReport dropped, lake->DropTable(request));
  FIRN_TRY(invocation.Print(DropReportOf(dropped)));
  if (!dropped.kept.empty()) {
    invocation.Hint(Counted(static_cast<int64_t>(dropped.kept.size()), "file") +
                    " outside of the table's folder: not its own to delete.");
  }
  if (dropped.dry_run) {
    invocation.Hint("A dry run: nothing was changed.");
  } else if (!dropped.purged) {
    invocation.Hint("Its files stay. To have it again:\n  firn table register " + dropped.table +
                    " " + Printable(dropped.metadata_location));
  }
  for (const std::string& failure : dropped.failures)
    invocation.Hint("not deleted: " + Printable(failure));
  return dropped.failures.empty() ? 0 : 1;
}

Result<int> Rename(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_TRY(lake->RenameTable(arguments.Get("TABLE"), arguments.Get("NEW_NAME")));
  return 0;
}

Result<int> Register(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  FIRN_ASSIGN(const lakehouse::TableDetails table,
              lake->RegisterTable(arguments.Get("TABLE"), arguments.Get("METADATA")));
  Report report;
  report.schema = "firn.table.register/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"rows", "ROWS", true, 0},
                    {"files", "FILES", true, 0},
                    {"snapshots", "SNAPSHOTS", true, 0}};
  report.rows.push_back({Field::Text(table.summary.name), Field::Count(table.summary.rows),
                         Field::Count(table.summary.files), Field::Count(table.summary.snapshots)});
  report.meta.Set("metadata_location", table.metadata_location);
  FIRN_TRY(invocation.Print(report));
  return 0;
}

Result<int> AddFiles(Invocation& invocation, const Arguments& arguments) {
  lakehouse::AddFilesRequest request;
  request.table = arguments.Get("TABLE");
  request.paths = arguments.All("PATH");
  request.create = arguments.Has("--create");
  request.skip_existing = arguments.Has("--skip-existing");
  request.dry_run = arguments.Has("--dry-run");
  if (request.paths.empty()) return InvalidArgument("no PATH to add");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(request.create));
  FIRN_ASSIGN(const lakehouse::AddFilesReport added, lake->AddFiles(request));
  Report report;
  report.schema = "firn.table.add-files/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"files", "FILES", true, 0},
                    {"rows", "ROWS", true, 0},
                    {"bytes", "SIZE", true, 0},
                    {"skipped", "SKIPPED", true, 1}};
  report.rows.push_back({Field::Text(added.table), Field::Count(added.files),
                         Field::Count(added.rows), Field::Size(added.bytes),
                         Field::Count(added.skipped)});
  report.meta.Set("created", added.created);
  report.meta.Set("dry_run", added.dry_run);
  FIRN_TRY(invocation.Print(report));
  if (added.dry_run) {
    invocation.Hint("A dry run: nothing was changed.");
  } else if (added.files > 0) {
    invocation.Hint(
        "The files stay where they are: whoever moves or deletes them breaks the table.");
  }
  return 0;
}

}  // namespace

Verb DropVerb() {
  return {.name = "drop",
          .summary = "Take a table out of the lake",
          .description =
              "The table's files stay, and 'firn table register' brings it back; with --purge\n"
              "they go as well, as far as they are its own, and nothing brings it back. Files\n"
              "that were ingested into it are new to a table of that name. The histories of\n"
              "assistants are never dropped.\n\n"
              "  firn table drop silver.orders --dry-run\n"
              "  firn table drop silver.orders --purge",
          .positionals = {kTable},
          .options = {{"--purge", "", "Delete its files, too", {}},
                      {"--yes", "", "Also a table that a model makes", {}},
                      {"--dry-run", "", "Say what would go, and change nothing", {}}},
          .subverbs = {},
          .run = Drop};
}

Verb RenameVerb() {
  return {.name = "rename",
          .summary = "Give a table another name",
          .description =
              "No file moves. What was ingested into it stays known by the new name.\n\n"
              "  firn table rename silver.orders silver.orders_2025",
          .positionals = {kTable, {"NEW_NAME", "namespace.table", Positional::Count::kOne, {}}},
          .options = {},
          .subverbs = {},
          .run = Rename};
}

Verb RegisterVerb() {
  return {.name = "register",
          .summary = "Bring a table into the lake by its metadata",
          .description =
              "Nothing is copied: the table stays where it is, whoever wrote it. From then on\n"
              "this catalog says which metadata file is its newest: nobody else may write it\n"
              "by another one.\n\n"
              "  firn table register silver.orders orders/metadata/v12.metadata.json",
          .positionals = {kTable,
                          {"METADATA",
                           "Its newest metadata file, a path or s3://...",
                           Positional::Count::kOne,
                           {}}},
          .options = {},
          .subverbs = {},
          .run = Register};
}

Verb AddFilesVerb() {
  return {.name = "add-files",
          .summary = "Add Parquet files to a table as they are",
          .description =
              "Nothing is copied and nothing is read but the footers. Every file must have the\n"
              "table's columns, in its types or such as may be promoted to them, and be of one\n"
              "partition: by its folders (day=2025-11-05/), or by the statistics it has. Files\n"
              "without field ids are read by the names of columns. With --create the table\n"
              "gets the columns of the files and is partitioned by their folders. 'firn ingest\n"
              "parquet' copies rows instead, and converts them.\n\n"
              "  firn table add-files silver.orders /data/orders/day=2025-11-05 --dry-run\n"
              "  firn table add-files silver.archive /data/archive --create",
          .positionals = {kTable,
                          {"PATH", "Files, folders, or s3://...", Positional::Count::kMany, {}}},
          .options = {{"--create", "", "Make the table, if it is absent", {}},
                      {"--skip-existing", "", "Pass over files that the table has", {}},
                      {"--dry-run", "", "Check everything, and change nothing", {}}},
          .subverbs = {},
          .run = AddFiles};
}

}  // namespace firn::cli
