// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"
#include "firn/lakehouse/tables/migrate_schema.h"

namespace firn::cli {
namespace {

Report ListReport(const std::vector<lakehouse::SchemaRow>& schemas) {
  Report report;
  report.schema = "firn.schema.list/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"version", "VERSION", false, 0, kWhole},
                    {"versions", "VERSIONS", true, 2},
                    {"source", "SOURCE", false, 1},
                    {"state", "LAKE'S TABLE", false, 0}};
  for (const lakehouse::SchemaRow& schema : schemas) {
    report.rows.push_back(
        {Field::Text(schema.table), Field::Text(schema.version), Field::Count(schema.versions),
         Field::Text(schema.is_shipped ? "firn" : "lake"), Field::Text(schema.state)});
  }
  report.empty_message = "There are no schemas.";
  return report;
}

Report FaultReport(const std::vector<lakehouse::SchemaFault>& faults) {
  Report report;
  report.schema = "firn.schema.check/1";
  report.columns = {{"path", "FILE", false, 0, 24, Cut::kMiddle}, {"message", "WRONG", false, 0}};
  for (const lakehouse::SchemaFault& fault : faults)
    report.rows.push_back({Field::Text(fault.path), Field::Text(fault.message)});
  report.empty_message = "All schemas are right.";
  return report;
}

Report DifferenceReport(const lakehouse::SchemaDifference& difference) {
  Report report;
  report.schema = "firn.schema.diff/1";
  report.columns = {{"path", "MEMBER", false, 0},
                    {"change", "CHANGE", false, 0, 40},
                    {"level", "LEVEL", false, 0, kWhole}};
  for (const lakehouse::SchemaChangeRow& change : difference.changes) {
    report.rows.push_back(
        {Field::Text(change.path), Field::Text(change.what), Field::Text(change.level)});
  }
  report.meta.Set("before", difference.before);
  report.meta.Set("after", difference.after);
  report.meta.Set("level", difference.level);
  report.meta.Set("path", difference.path.empty() ? Json() : Json(difference.path));
  report.empty_message = "Nothing changes.";
  return report;
}

std::string Verdict(const lakehouse::SchemaDifference& difference) {
  std::string text =
      "From " + difference.before + " to " + difference.after + ": " + difference.level + ".";
  if (difference.level == "major") text += " Readers or writers of the table break.";
  if (difference.level == "minor") text += " The table takes it over without rewriting a file.";
  return text;
}

Result<int> List(Invocation& invocation, const Arguments&) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto schemas, lake->ListSchemas());
  FIRN_TRY(invocation.Print(ListReport(schemas)));
  return 0;
}

Result<int> Show(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const std::string text, lake->ShowSchema(arguments.Get("SCHEMA")));
  invocation.PrintRaw(text);
  return 0;
}

Result<int> Check(Invocation& invocation, const Arguments&) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto faults, lake->CheckSchemas());
  FIRN_TRY(invocation.Print(FaultReport(faults)));
  return faults.empty() ? 0 : 1;
}

Result<int> Diff(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto difference,
              lake->DiffSchemas(arguments.Get("SCHEMA"), arguments.Get("OTHER")));
  FIRN_TRY(invocation.Print(DifferenceReport(difference)));
  invocation.Hint(Verdict(difference));
  return 0;
}

Result<int> Bump(Invocation& invocation, const Arguments& arguments) {
  const bool dry_run = arguments.Has("--dry-run");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const auto difference, lake->BumpSchema(arguments.Get("TABLE"), dry_run));
  FIRN_TRY(invocation.Print(DifferenceReport(difference)));
  if (difference.path.empty()) {
    invocation.Hint("The newest version describes the table: nothing to write.");
  } else {
    invocation.Hint((dry_run ? "Would write " : "Wrote ") + difference.path + ".");
  }
  return 0;
}

std::string_view WordOf(const lakehouse::ColumnCast& cast) {
  if (cast.from.empty()) return "new, null";
  if (cast.to.empty()) return "left out";
  return cast.is_cast() ? "cast" : "as it is";
}

Report MigrationTable(const lakehouse::MigrationReport& done) {
  Report report;
  report.schema = "firn.schema.migrate/1";
  report.columns = {{"column", "COLUMN", false, 0},
                    {"from", "FROM", false, 1},
                    {"to", "TO", false, 1},
                    {"becomes", "BECOMES", false, 0, kWhole}};
  for (const lakehouse::ColumnCast& cast : done.columns) {
    report.rows.push_back({Field::Text(cast.column), Field::Text(cast.from), Field::Text(cast.to),
                           Field::Text(std::string(WordOf(cast)))});
  }
  report.meta.Set("table", done.table);
  report.meta.Set("version", done.version);
  report.meta.Set("beside", done.beside);
  report.meta.Set("kept_as", done.kept_as);
  report.meta.Set("rows", done.rows);
  report.meta.Set("rejected", done.rejected);
  report.meta.Set("cut_over", done.cut_over);
  report.meta.Set("dry_run", done.dry_run);
  report.empty_message = "Nothing is to be done.";
  return report;
}

std::string RowsOf(const lakehouse::MigrationReport& done) {
  const std::string rows = std::to_string(done.rows) + (done.rows == 1 ? " row" : " rows");
  if (done.rejected == 0) return rows + ", none rejected";
  return rows + ", " + std::to_string(done.rejected) + " rejected into " + done.rejected_into;
}

std::string OutcomeOf(const lakehouse::MigrationReport& done) {
  if (done.is_done) return done.table + " is at " + done.version + " already: nothing to do.";
  if (done.dry_run) return "Would cast " + RowsOf(done) + ".";
  if (done.cut_over) {
    return "Cast " + RowsOf(done) + ". " + done.table + " is at " + done.version +
           "; the old table is " + done.kept_as + ".";
  }
  return "Cast " + RowsOf(done) + ". " + done.beside +
         " gets what comes; the same without --no-cut-over gives it the name.";
}

Result<int> Migrate(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  const std::string table = arguments.Get("TABLE");
  const bool dry_run = arguments.Has("--dry-run"), no_cut_over = arguments.Has("--no-cut-over");
  if (arguments.Has("--abandon")) {
    if (dry_run || no_cut_over || arguments.Has("--to")) {
      return InvalidArgument("--abandon goes with no other option of migrate");
    }
    FIRN_ASSIGN(const std::string gone, lake->AbandonSchema(table));
    invocation.Hint("Removed " + gone + "; " + table + " is as it was.");
    return 0;
  }
  FIRN_ASSIGN(const auto done,
              lake->MigrateSchema({table, arguments.Get("--to"), !no_cut_over, dry_run}));
  FIRN_TRY(invocation.Print(MigrationTable(done)));
  invocation.Hint(OutcomeOf(done));
  return 0;
}

Verb Sub(const char* name, const char* summary, std::vector<Positional> positionals,
         Result<int> (*run)(Invocation&, const Arguments&)) {
  return {.name = name,
          .summary = summary,
          .description = "",
          .positionals = std::move(positionals),
          .options = {},
          .subverbs = {},
          .run = run};
}

}  // namespace

Verb SchemaVerb() {
  const Positional schema = {
      "SCHEMA", "A table, or one version: silver.messages@1.0.0", Positional::Count::kOne, {}};
  const Positional other = {
      "OTHER", "Another; without, the table as it is", Positional::Count::kOptional, {}};
  const Positional table = {"TABLE", "NAMESPACE.TABLE", Positional::Count::kOne, {}};
  Verb bump = Sub("bump", "Write the next version of a table's schema", {table}, Bump);
  bump.description =
      "The next version is the newest one with what the table has beyond it; its number\n"
      "says how much that changes. A breaking change is refused.";
  bump.options = {{"--dry-run", "", "Say what would be written, and write nothing", {}}};
  Verb migrate = Sub("migrate", "Give a table a schema that breaks it", {table}, Migrate);
  migrate.description =
      "Makes a new table beside the old one, NAMESPACE.TABLE_next, fills it by the\n"
      "names of columns and casts that lose nothing, and lets it take the name in one\n"
      "transaction. Rows that cannot be cast, or break the schema, go to\n"
      "NAMESPACE.TABLE_rejected; the old table stays, with its history, as\n"
      "NAMESPACE.TABLE_before_VERSION. Until the cut-over each ingest writes both. A\n"
      "call that was cut short is finished by the same call.";
  migrate.options = {
      {"--to", "VERSION", "Which of the table's schemas; without, the newest", {}},
      {"--no-cut-over", "", "Make and fill the new table; ingests write both", {}},
      {"--abandon", "", "Remove the new table, if it has not the name yet", {}},
      {"--dry-run", "", "Say what becomes of columns and rows, change nothing", {}}};
  return {.name = "schema",
          .summary = "JSON Schemas of tables, and their versions",
          .description =
              "A schema is a file schemas/LAYER/TABLE/vMAJOR.MINOR.PATCH.json (draft-07),\n"
              "shipped with firn or in the lake. A patch changes words, a minor version\n"
              "allows more, anything else is a major one.\n\n"
              "  firn schema list\n"
              "  firn schema diff silver.orders@1.0.0 silver.orders@1.1.0\n"
              "  firn schema bump silver.orders\n"
              "  firn schema migrate silver.orders --dry-run",
          .positionals = {},
          .options = {},
          .subverbs = {Sub("list", "Newest versions, and whether tables agree", {}, List),
                       Sub("show", "The JSON Schema itself", {schema}, Show),
                       Sub("check", "Hold all files against each other and the tables", {}, Check),
                       Sub("diff", "What changes, and how much it asks", {schema, other}, Diff),
                       std::move(bump), std::move(migrate)},
          .run = nullptr};
}

}  // namespace firn::cli
