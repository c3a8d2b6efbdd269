// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/table_refs.h"

#include <optional>
#include <string>
#include <utility>

#include "firn/cli/invocation.h"
#include "firn/lakehouse/config.h"
#include "firn/lakehouse/table_reports.h"

namespace firn::cli {
namespace {

constexpr char kMain[] = "main";

Positional One(const char* name, const char* help) {
  return {name, help, Positional::Count::kOne, {}};
}

const Positional kTable = One("TABLE", "namespace.table");
const Positional kVersion = One("VERSION", "A snapshot's id, a tag, a branch; or 2h, 2025-11-05");

Field AgeField(const std::optional<Millis>& age) {
  if (!age) return Field::None();
  constexpr int64_t kUnits[] = {86'400'000, 3'600'000, 60'000, 1000};
  constexpr const char* kNames[] = {"d", "h", "m", "s"};
  for (size_t at = 0; at < 4; ++at) {
    if (age->value % kUnits[at] != 0) continue;
    return {Json(age->value), std::to_string(age->value / kUnits[at]) + kNames[at], "BIGINT"};
  }
  return {Json(age->value), std::to_string(age->value) + "ms", "BIGINT"};
}

Report RefsReport(const std::vector<lakehouse::RefRow>& refs) {
  Report report;
  report.schema = "firn.table.refs/1";
  report.columns = {{"name", "NAME", false, 0, kWhole},
                    {"kind", "KIND", false, 1},
                    {"snapshot_id", "SNAPSHOT", true, 0},
                    {"committed_at", "COMMITTED (UTC)", false, 0, kWhole},
                    {"min_snapshots", "KEEPS AT LEAST", true, 1},
                    {"max_snapshot_age_ms", "KEEPS FOR", true, 1},
                    {"max_ref_age_ms", "GOES AFTER", true, 1}};
  for (const lakehouse::RefRow& ref : refs) {
    report.rows.push_back(
        {Field::Text(ref.name), Field::Text(ref.is_branch ? "branch" : "tag"),
         Field::Id(ref.snapshot_id),
         ref.committed_at ? Field::Time(ref.committed_at->ToString()) : Field::Unknown(),
         ref.min_snapshots ? Field::Count(*ref.min_snapshots) : Field::None(),
         AgeField(ref.max_snapshot_age), AgeField(ref.max_ref_age)});
  }
  return report;
}

Status PrintMove(Invocation& invocation, const lakehouse::MoveReport& moved) {
  Report report;
  report.schema = "firn.table.move/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"branch", "BRANCH", false, 0, kWhole},
                    {"before", "BEFORE", true, 0},
                    {"after", "NOW", true, 0}};
  const auto id = [](const std::optional<int64_t>& snapshot) {
    return snapshot ? Field::Id(*snapshot) : Field::None();
  };
  report.rows.push_back(
      {Field::Text(moved.table), Field::Text(moved.branch), id(moved.before), id(moved.after)});
  FIRN_TRY(invocation.Print(report));
  if (moved.before == moved.after) invocation.Hint("It was there already: nothing was changed.");
  return Ok();
}

template <bool is_branch>
Result<int> List(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto refs, lake->Refs(arguments.Get("TABLE"), is_branch));
  Report report = RefsReport(refs);
  report.empty_message = is_branch ? "The table has no snapshots yet." : "The table has no tags.";
  FIRN_TRY(invocation.Print(report));
  return 0;
}

Result<std::optional<Millis>> AgeOf(const Arguments& arguments, const char* option) {
  std::optional<Millis> age;
  if (!arguments.Has(option)) return age;
  FIRN_ASSIGN(age, lakehouse::ParseDuration(arguments.Get(option)));
  return age;
}

template <bool is_branch>
Result<int> Create(Invocation& invocation, const Arguments& arguments) {
  lakehouse::RefRequest request;
  request.table = arguments.Get("TABLE");
  request.name = arguments.Get("NAME");
  request.is_branch = is_branch;
  request.at = arguments.Get("--at");
  request.replace = arguments.Has("--replace");
  FIRN_ASSIGN(request.min_snapshots, arguments.Number("--min-snapshots"));
  FIRN_ASSIGN(request.max_snapshot_age, AgeOf(arguments, "--max-snapshot-age"));
  FIRN_ASSIGN(request.max_ref_age, AgeOf(arguments, "--max-ref-age"));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::RefRow made, lake->MakeRef(request));
  FIRN_TRY(invocation.Print(RefsReport({made})));
  return 0;
}

template <bool is_branch>
Result<int> Drop(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_TRY(lake->DropRef(arguments.Get("TABLE"), arguments.Get("NAME"), is_branch));
  invocation.Hint("Snapshots that only '" + arguments.Get("NAME") +
                  "' kept go with the next 'firn maintain'.");
  return 0;
}

template <bool is_branch>
Result<int> Rename(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_TRY(lake->RenameRef(arguments.Get("TABLE"), arguments.Get("NAME"), arguments.Get("NEW_NAME"),
                           is_branch));
  return 0;
}

Result<int> FastForward(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto moved, lake->FastForward(arguments.Get("TABLE"), arguments.Get("NAME"),
                                                  arguments.Get("TO")));
  FIRN_TRY(PrintMove(invocation, moved));
  return 0;
}

Result<int> Rollback(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto moved, lake->RollBack(arguments.Get("TABLE"), arguments.Get("VERSION"),
                                               arguments.Get("--branch", kMain)));
  FIRN_TRY(PrintMove(invocation, moved));
  return 0;
}

Result<int> CherryPick(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto moved, lake->CherryPick(arguments.Get("TABLE"), arguments.Get("SNAPSHOT"),
                                                 arguments.Get("--branch", kMain)));
  FIRN_TRY(PrintMove(invocation, moved));
  return 0;
}

using RunVerb = Result<int> (*)(Invocation&, const Arguments&);

Verb Sub(const char* name, const char* summary, std::vector<Positional> positionals,
         std::vector<Option> options, RunVerb run) {
  return {.name = name,
          .summary = summary,
          .description = "",
          .positionals = std::move(positionals),
          .options = std::move(options),
          .subverbs = {},
          .run = run};
}

const Option kAt = {"--at", "VERSION", "Where it begins; without: the current snapshot", {}};
const Option kReplace = {"--replace", "", "Move it there, if it exists", {}};
const Option kBranch = {"--branch", "NAME", "Another branch than main", {}};

}  // namespace

Verb BranchVerb() {
  const Positional name = One("NAME", "The branch");
  const std::vector<Option> options = {
      kAt,
      kReplace,
      {"--min-snapshots", "N", "Snapshots it keeps whatever their age", {}},
      {"--max-snapshot-age", "AGE", "Older snapshots of it expire, such as 7d", {}},
      {"--max-ref-age", "AGE", "It goes itself when its newest is older", {}}};
  return {.name = "branch",
          .summary = "List, make, move and drop the branches of a table",
          .description =
              "A branch is read by its name: SELECT * FROM t AT (VERSION => 'audit'), or\n"
              "t.branch_audit. Limits a branch does not have are those of the table's\n"
              "properties history.expire.*; 'firn maintain' applies them.\n\n"
              "  firn table branch list silver.orders\n"
              "  firn table branch create silver.orders audit --max-ref-age 30d\n"
              "  firn table branch fast-forward silver.orders main audit",
          .positionals = {},
          .options = {},
          .subverbs = {Sub("list", "The branches of a table", {kTable}, {}, List<true>),
                       Sub("create", "Make a branch", {kTable, name}, options, Create<true>),
                       Sub("drop", "Remove a branch", {kTable, name}, {}, Drop<true>),
                       Sub("rename", "Give a branch another name",
                           {kTable, name, One("NEW_NAME", "Its new name")}, {}, Rename<true>),
                       Sub("fast-forward", "Move a branch to one that continues it",
                           {kTable, name, One("TO", "A branch or tag that descends from it")}, {},
                           FastForward)},
          .run = nullptr};
}

Verb TagVerb() {
  const Positional name = One("NAME", "The tag");
  const std::vector<Option> options = {
      kAt, kReplace, {"--max-ref-age", "AGE", "It goes after this, such as 90d", {}}};
  return {.name = "tag",
          .summary = "List, make and drop the tags of a table",
          .description =
              "A tag keeps a snapshot and what it needs for as long as the tag is there: it\n"
              "is read by SELECT * FROM t AT (VERSION => 'q4'), or t.tag_q4.\n\n"
              "  firn table tag list silver.orders\n"
              "  firn table tag create silver.orders q4 --at 2025-12-31",
          .positionals = {},
          .options = {},
          .subverbs = {Sub("list", "The tags of a table", {kTable}, {}, List<false>),
                       Sub("create", "Make a tag", {kTable, name}, options, Create<false>),
                       Sub("drop", "Remove a tag", {kTable, name}, {}, Drop<false>),
                       Sub("rename", "Give a tag another name",
                           {kTable, name, One("NEW_NAME", "Its new name")}, {}, Rename<false>)},
          .run = nullptr};
}

Verb RollbackVerb() {
  Verb verb = Sub("rollback", "Take a table back to an earlier snapshot", {kTable, kVersion},
                  {kBranch}, Rollback);
  verb.description =
      "Nothing is deleted: what came since stays until it expires, and 'CALL\n"
      "set_current_snapshot' in 'firn sql' goes there again. Source files whose rows\n"
      "are taken back so count as ingested still.\n\n"
      "  firn table rollback silver.orders 2h\n"
      "  firn table rollback silver.orders 8270633197658268308";
  return verb;
}

Verb CherryPickVerb() {
  Verb verb = Sub("cherry-pick", "Take a staged snapshot's changes into a table",
                  {kTable, One("SNAPSHOT", "The id of a snapshot, a branch or a tag")}, {kBranch},
                  CherryPick);
  verb.description =
      "Publishes what was staged to be looked at first (write-audit-publish), or takes\n"
      "one commit over from another branch.\n\n"
      "  firn table cherry-pick silver.orders 8270633197658268308";
  return verb;
}

}  // namespace firn::cli
