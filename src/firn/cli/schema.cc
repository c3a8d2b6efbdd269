// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

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
  return {.name = "schema",
          .summary = "JSON Schemas of tables, and their versions",
          .description =
              "A schema is a file schemas/LAYER/TABLE/vMAJOR.MINOR.PATCH.json (draft-07),\n"
              "shipped with firn or in the lake. A patch changes words, a minor version\n"
              "allows more, anything else is a major one.\n\n"
              "  firn schema list\n"
              "  firn schema diff silver.orders@1.0.0 silver.orders@1.1.0\n"
              "  firn schema bump silver.orders",
          .positionals = {},
          .options = {},
          .subverbs = {Sub("list", "Newest versions, and whether tables agree", {}, List),
                       Sub("show", "The JSON Schema itself", {schema}, Show),
                       Sub("check", "Hold all files against each other and the tables", {}, Check),
                       Sub("diff", "What changes, and how much it asks", {schema, other}, Diff),
                       std::move(bump)},
          .run = nullptr};
}

}  // namespace firn::cli
