// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <charconv>
#include <set>

#include "firn/cli/invocation.h"
#include "firn/cli/table_names.h"
#include "firn/cli/table_refs.h"
#include "firn/cli/table_storage.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

const Positional kTable = {"TABLE", "namespace.table", Positional::Count::kOne, {}};

constexpr std::string_view kComment = "comment";

std::string PairsText(const std::vector<lakehouse::NamedValue>& pairs) {
  std::string text;
  for (const lakehouse::NamedValue& pair : pairs) {
    text += (text.empty() ? "" : ", ") + pair.name + "=" + pair.value;
  }
  return text;
}

Json PairsJson(const std::vector<lakehouse::NamedValue>& pairs) {
  Json object{Json::Object()};
  for (const lakehouse::NamedValue& pair : pairs)
    object.Set(pair.name, pair.value);
  return object;
}

std::string NamespaceOf(const std::string& table) {
  return table.substr(0, table.find('.'));
}

// Namespaces without a table of their own, as the shipped ones of platforms are.
std::set<std::string> NamespacesOfViews(const std::vector<lakehouse::TableRow>& tables) {
  std::set<std::string> namespaces;
  for (const lakehouse::TableRow& table : tables) {
    if (table.is_view) namespaces.insert(NamespaceOf(table.name));
  }
  for (const lakehouse::TableRow& table : tables) {
    if (!table.is_view) namespaces.erase(NamespaceOf(table.name));
  }
  return namespaces;
}

// A person sees the tables among dozens of views; a program gets them all.
Result<int> List(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const std::vector<lakehouse::TableRow> tables, lake->Tables());
  std::set<std::string> folded;
  if (invocation.ChosenFormat() == Format::kTable && !arguments.Has("--views")) {
    folded = NamespacesOfViews(tables);
  }
  Report report;
  report.schema = "firn.table.list/1";
  report.columns = {{"table", "TABLE", false, 0, kWhole},
                    {"rows", "ROWS", true, 0},
                    {"files", "FILES", true, 2},
                    {"bytes", "SIZE", true, 0},
                    {"snapshots", "SNAPSHOTS", true, 3},
                    {"updated", "UPDATED (UTC)", false, 1, kWhole},
                    {"kind", "KIND", false, 4}};
  int code = 0;
  for (const lakehouse::TableRow& table : tables) {
    if (table.problem) {
      invocation.PrintError(*table.problem);
      code = ExitCode(table.problem->kind);
      continue;
    }
    if (folded.contains(NamespaceOf(table.name))) continue;
    const auto unless_view = [&](Field field) { return table.is_view ? Field::None() : field; };
    report.rows.push_back(
        {Field::Text(table.name), unless_view(Field::Count(table.rows)),
         unless_view(Field::Count(table.files)), unless_view(Field::Size(table.bytes)),
         unless_view(Field::Count(table.snapshots)), Field::Time(table.updated.ToString()),
         Field::Text(table.is_view ? "view" : "table")});
  }
  report.empty_message = "The lake has no tables yet: 'firn up' fills it.";
  FIRN_TRY(invocation.Print(report));
  if (!folded.empty()) {
    std::string names;
    for (const std::string& name : folded)
      names += (names.empty() ? "" : ", ") + name;
    invocation.Hint("Views of " + names + " are listed by 'firn table list --views'.");
  }
  return code;
}

// A nested type without the ids of its fields and what may be absent:
// "struct<32: prompt: optional long>" as "struct<prompt: long>".
std::string ShortType(std::string_view type) {
  std::string text;
  while (!type.empty()) {
    const bool begins_field = text.ends_with('<') || text.ends_with(", ");
    const size_t digits = std::min(type.find_first_not_of("0123456789"), type.size());
    if (begins_field && digits > 0 && type.substr(digits).starts_with(": ")) {
      type.remove_prefix(digits + 2);
    }
    for (const std::string_view word : {"optional ", "required "}) {
      if (text.ends_with(": ") && type.starts_with(word)) type.remove_prefix(word.size());
    }
    text += type.front();
    type.remove_prefix(1);
  }
  return text;
}

Report ColumnsReport(const lakehouse::TableDetails& table) {
  Report report;
  report.schema = "firn.table.show/1";
  report.columns = {{"id", "ID", true, 1},
                    {"name", "COLUMN", false, 0, kWhole},
                    {"type", "TYPE", false, 0},
                    {"required", "REQUIRED", false, 2},
                    {"doc", "MEANING", false, 3}};
  for (const lakehouse::ColumnRow& column : table.columns) {
    report.rows.push_back({Field::Count(column.id),
                           Field::Text(column.name),
                           {Json(column.type), Printable(ShortType(column.type))},
                           {Json(column.required), column.required ? "yes" : "", "BOOLEAN"},
                           Field::Text(column.doc)});
  }
  report.meta.Set("table", table.summary.name);
  report.meta.Set("uuid", table.uuid);
  report.meta.Set("location", table.location);
  report.meta.Set("metadata_location", table.metadata_location);
  report.meta.Set("format_version", table.format_version);
  report.meta.Set("partitioning", table.partitioning);
  report.meta.Set("sort_order", table.sort_order);
  report.meta.Set("rows", table.summary.rows);
  report.meta.Set("files", table.summary.files);
  report.meta.Set("bytes", table.summary.bytes);
  report.meta.Set("properties", PairsJson(table.properties));
  return report;
}

Result<int> Show(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  if (arguments.Has("--columns"))
    return PrintColumnSizes(invocation, *lake, arguments.Get("TABLE"));
  FIRN_ASSIGN(const lakehouse::TableDetails table, lake->Table(arguments.Get("TABLE")));
  if (invocation.ChosenFormat() == Format::kTable) {
    const lakehouse::TableRow& summary = table.summary;
    invocation.PrintRaw(summary.name + "  format v" + std::to_string(table.format_version) + "  " +
                        Field::Count(summary.rows).shown + " rows, " +
                        Field::Count(summary.files).shown + " files, " +
                        Field::Size(summary.bytes).shown + "\n");
    for (const lakehouse::NamedValue& property : table.properties) {
      if (property.name == kComment)
        invocation.PrintRaw(Wrapped(property.value, invocation.Width()));
    }
    invocation.PrintRaw("location     " + table.location + "\n");
    invocation.PrintRaw("partitioned  " + table.partitioning + "\n");
    invocation.PrintRaw("sorted       " + table.sort_order + "\n\n");
  }
  FIRN_TRY(invocation.Print(ColumnsReport(table)));
  if (invocation.ChosenFormat() == Format::kTable && !table.properties.empty()) {
    invocation.PrintRaw("\n");
    for (const lakehouse::NamedValue& property : table.properties) {
      if (property.name == kComment) continue;
      invocation.PrintRaw(Printable(property.name + " = " + property.value) + "\n");
    }
  }
  return 0;
}

// A counter of a snapshot's summary, which other writers may leave out.
Field Counter(const lakehouse::SnapshotRow& snapshot, std::string_view name) {
  for (const lakehouse::NamedValue& pair : snapshot.summary) {
    if (pair.name != name) continue;
    int64_t number = 0;
    const char* end = pair.value.data() + pair.value.size();
    if (std::from_chars(pair.value.data(), end, number).ec == std::errc()) {
      return Field::Count(number);
    }
  }
  return Field::None();
}

Result<int> PrintSnapshots(Invocation& invocation, const Arguments& arguments, bool history) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const std::vector<lakehouse::SnapshotRow> snapshots,
              lake->Snapshots(arguments.Get("TABLE")));
  Report report;
  report.schema = history ? "firn.table.history/1" : "firn.table.snapshots/1";
  report.columns = {{"snapshot_id", "SNAPSHOT", true, 0},
                    {"committed_at", "COMMITTED (UTC)", false, 0, kWhole},
                    {"operation", "OPERATION", false, 0, kWhole},
                    {"added_rows", "ROWS ADDED", true, 0},
                    {"removed_rows", "ROWS REMOVED", true, 0},
                    {"total_rows", "ROWS", true, 0},
                    {"parent_id", "PARENT", true, 4},
                    {"sequence_number", "SEQ", true, 3},
                    {"refs", "REFS", false, 2},
                    {"summary", "SUMMARY", false, 5, 40}};
  for (const lakehouse::SnapshotRow& snapshot : snapshots) {
    if (history && !snapshot.is_current_ancestor) continue;
    Field summary = Field::Text(PairsText(snapshot.summary));
    summary.value = PairsJson(snapshot.summary);
    report.rows.push_back(
        {Field::Id(snapshot.snapshot_id), Field::Time(snapshot.committed_at.ToString()),
         Field::Text(snapshot.operation), Counter(snapshot, "added-records"),
         Counter(snapshot, "deleted-records"), Counter(snapshot, "total-records"),
         snapshot.parent_id == 0 ? Field::None() : Field::Id(snapshot.parent_id),
         Field::Count(snapshot.sequence_number), Field::List(snapshot.refs), std::move(summary)});
  }
  report.empty_message = "The table has no snapshots yet.";
  FIRN_TRY(invocation.Print(report));
  return 0;
}

Result<int> History(Invocation& invocation, const Arguments& arguments) {
  return PrintSnapshots(invocation, arguments, true);
}

Result<int> Snapshots(Invocation& invocation, const Arguments& arguments) {
  return PrintSnapshots(invocation, arguments, false);
}

Result<int> Files(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const std::vector<lakehouse::FileRow> files, lake->Files(arguments.Get("TABLE")));
  Report report;
  report.schema = "firn.table.files/1";
  report.columns = {{"partition", "PARTITION", false, 1, 26, Cut::kMiddle},
                    {"rows", "ROWS", true, 0},
                    {"bytes", "SIZE", true, 0},
                    {"path", "FILE", false, 0, 24, Cut::kMiddle},
                    {"content", "CONTENT", false, 2}};
  for (const lakehouse::FileRow& file : files) {
    report.rows.push_back({Field::Text(file.partition),
                           Field::Count(file.rows),
                           Field::Size(file.bytes),
                           {Json(file.path), Printable(file.path.substr(file.path.rfind('/') + 1))},
                           Field::Text(file.content)});
  }
  report.empty_message = "The table has no files.";
  FIRN_TRY(invocation.Print(report));
  return 0;
}

Verb Sub(const char* name, const char* summary, Result<int> (*run)(Invocation&, const Arguments&)) {
  return {.name = name,
          .summary = summary,
          .description = "",
          .positionals = {kTable},
          .options = {},
          .subverbs = {},
          .run = run};
}

}  // namespace

Verb TableVerb() {
  Verb list = Sub("list", "All tables and views, with rows and sizes", List);
  list.positionals.clear();
  list.options = {{"--views", "", "Also namespaces that hold views alone", {}}};
  Verb show = Sub("show", "Columns, partitioning and properties", Show);
  show.options = {{"--columns", "", "What each column takes in the data files", {}}};
  return {.name = "table",
          .summary = "Look at the tables of the lake and change them",
          .description =
              "  firn table list\n  firn table show silver.messages\n"
              "  firn table history gold.conversation_summary",
          .positionals = {},
          .options = {},
          .subverbs = {std::move(list), std::move(show),
                       Sub("history", "The snapshots that led to the current one", History),
                       Sub("snapshots", "Every snapshot that is kept", Snapshots),
                       Sub("files", "The data and delete files of the current snapshot", Files),
                       AdviseVerb(), AlterVerb(), BranchVerb(), TagVerb(), RollbackVerb(),
                       CherryPickVerb(), RenameVerb(), DropVerb(), RegisterVerb(), AddFilesVerb()},
          .run = nullptr};
}

}  // namespace firn::cli
