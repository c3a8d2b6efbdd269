// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/privacy/forget.h"

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Report AsReport(const lakehouse::ForgetReport& forgotten) {
  Report report;
  report.schema = "firn.forget/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"rows", "ROWS", true, 0},
                    {"files", "FILES", true, 0},
                    {"bytes", "SIZE", true, 1},
                    {"snapshots", "SNAPSHOTS", true, 0}};
  lakehouse::ForgetRow all;
  for (const lakehouse::ForgetRow& row : forgotten.tables) {
    report.rows.push_back({Field::Text(row.table), Field::Count(row.rows), Field::Count(row.files),
                           Field::Size(row.bytes), Field::Count(row.snapshots)});
    all.rows += row.rows;
    all.files += row.files;
    all.bytes += row.bytes;
    all.snapshots += row.snapshots;
  }
  report.totals = {Field::Text("all"), Field::Count(all.rows), Field::Count(all.files),
                   Field::Size(all.bytes), Field::Count(all.snapshots)};
  report.meta.Set("dry_run", forgotten.dry_run);
  report.meta.Set("is_user", forgotten.is_user);
  report.meta.Set("conversations", forgotten.conversations);
  report.meta.Set("files_searched", forgotten.files_searched);
  Json::Array left(forgotten.left.begin(), forgotten.left.end());
  report.meta.Set("left", Json(std::move(left)));
  report.empty_message = "There was nothing left to forget.";
  return report;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  lakehouse::ForgetRequest request;
  request.who = arguments.Get("WHO");
  request.dry_run = arguments.Has("--dry-run");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::ForgetReport done, lake->Forget(request));
  FIRN_TRY(invocation.Print(AsReport(done)));
  if (done.dry_run) {
    invocation.Hint("A dry run: " + Counted(done.conversations, "conversation") +
                    " would go; nothing was changed.");
    return 0;
  }
  for (const std::string& file : done.left)
    invocation.Hint("still holds something of it: " + Printable(file));
  if (!done.left.empty()) return 1;
  invocation.Hint(Counted(done.conversations, "conversation") + " forgotten: none of " +
                  Counted(done.files_searched, "file") + " of the lake holds anything of " +
                  (done.conversations == 1 ? "it." : "them."));
  return 0;
}

}  // namespace

Verb ForgetVerb() {
  return {.name = "forget",
          .summary = "Remove a user or a conversation, and from history",
          .description =
              "Removes the rows of a user, or of a conversation and those it started, from\n"
              "all tables, from what was rejected and from the search index; models compute\n"
              "anew what was made of them. Tables that tell of people keep no history: older\n"
              "snapshots, branches and tags go, since they would still show it. Then all\n"
              "files of the lake are searched for it. A keyed digest stays, so that no ingest\n"
              "of the same histories brings it back. Nothing can be undone.\n\n"
              "  firn forget 3f1c9d2a-7c41-4f0a-9d0e-2b6f5a1e8c77 --dry-run\n"
              "  firn forget ada",
          .positionals = {{"WHO",
                           "A user, or a conversation by its id or its beginning",
                           Positional::Count::kOne,
                           {}}},
          .options = {{"--dry-run", "", "Say what would go, and change nothing", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
