// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/table_storage.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/cli/invocation.h"
#include "firn/lakehouse/storage_reports.h"

namespace firn::cli {
namespace {

const Positional kTable = {"TABLE", "namespace.table", Positional::Count::kOne, {}};

// A share, as a number in JSON and in percent on screen.
Field Share(int64_t part, int64_t whole) {
  if (whole == 0) return Field::None();
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return {Json(share), text.data(), "DOUBLE"};
}

Field SizeIfKnown(const std::optional<int64_t>& bytes) {
  return bytes ? Field::Size(*bytes) : Field::None();
}

// "'a b'" where a shell would not take it as one word.
std::string Quoted(const std::string& word) {
  const bool plain = word.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                         "_-.=/,:") == std::string::npos;
  if (plain && !word.empty()) return word;
  std::string quoted = "'";
  for (const char c : word)
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

// The words that do what is advised.
std::vector<std::string> CommandOf(const lakehouse::AdviceReport& report) {
  std::vector<std::string> words;
  for (const lakehouse::Advice& advice : report.advice) {
    for (const lakehouse::NamedValue& property : advice.properties)
      words.push_back("--set " + Quoted(property.name + "=" + property.value));
  }
  if (!report.sort_by.empty()) words.push_back("--sort-by " + Quoted(report.sort_by));
  return words;
}

Result<int> Advise(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::AdviceReport advised, lake->Advise(arguments.Get("TABLE")));
  Report report;
  report.schema = "firn.table.advise/1";
  report.columns = {{"subject", "SUBJECT", false, 0, kWhole},
                    {"column", "COLUMN", false, 0, 16, Cut::kMiddle},
                    {"change", "CHANGE", false, 0, kWhole},
                    {"bytes_now", "NOW", true, 0},
                    {"bytes_then", "THEN", true, 0},
                    {"saved", "SAVED", true, 0},
                    {"note", "ALSO", false, 1, 24}};
  for (const lakehouse::Advice& advice : advised.advice) {
    report.rows.push_back(
        {Field::Text(advice.subject),
         advice.column.empty() ? Field::None() : Field::Text(advice.column),
         Field::Text(advice.change), Field::Size(advice.bytes_now), Field::Size(advice.bytes_then),
         Share(advice.bytes_now - advice.bytes_then, advice.bytes_now), Field::Text(advice.note)});
  }
  const std::vector<std::string> words = CommandOf(advised);
  std::string command = words.empty() ? "" : "firn table alter " + advised.table;
  for (const std::string& word : words)
    command += " " + word;
  report.meta.Set("table", advised.table);
  report.meta.Set("sample_rows", advised.sample_rows);
  report.meta.Set("sample_bytes", advised.sample_bytes);
  report.meta.Set("command", command);
  report.empty_message = advised.sample_rows == 0 ? "The table has no rows to try."
                                                  : "Nothing that was tried is worth a change.";
  FIRN_TRY(invocation.Print(report));
  if (invocation.ChosenFormat() != Format::kTable || words.empty()) return 0;
  invocation.PrintRaw(
      "\nTried on " + Counted(advised.sample_rows, "row") + ", " +
      Field::Size(advised.sample_bytes).shown +
      " as files. To write new files so, and then old ones:\n\n  firn table alter " +
      advised.table);
  for (const std::string& word : words)
    invocation.PrintRaw(" \\\n    " + word);
  invocation.PrintRaw("\n  firn maintain " + advised.table + " --rewrite-data-files\n");
  return 0;
}

// "a, b desc" as its columns; none for "none".
std::vector<std::string> SortColumns(std::string_view text) {
  std::vector<std::string> columns;
  while (!text.empty() && text != "none") {
    std::string_view column = text.substr(0, text.find(','));
    text.remove_prefix(std::min(column.size() + 1, text.size()));
    column.remove_prefix(std::min(column.find_first_not_of(' '), column.size()));
    column.remove_suffix(column.size() - (column.find_last_not_of(' ') + 1));
    columns.emplace_back(column);
  }
  return columns;
}

Result<int> Alter(Invocation& invocation, const Arguments& arguments) {
  lakehouse::AlterRequest request;
  request.table = arguments.Get("TABLE");
  for (const std::string& text : arguments.All("--set")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("not a property", text).WithHint("say --set NAME=VALUE");
    }
    request.set.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  request.unset = arguments.All("--unset");
  if (arguments.Has("--sort-by")) request.sort_by = SortColumns(arguments.Get("--sort-by"));
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_TRY(lake->Alter(request));
  invocation.Hint("New files of " + request.table +
                  " are written so; 'firn maintain --rewrite-data-files' takes up old ones.");
  return 0;
}

}  // namespace

Result<int> PrintColumnSizes(Invocation& invocation, lakehouse::Lakehouse& lake,
                             const std::string& table) {
  FIRN_ASSIGN(const lakehouse::ColumnSizeReport sizes, lake.ColumnSizes(table));
  Report report;
  report.schema = "firn.table.columns/1";
  report.columns = {{"id", "ID", true, 4},
                    {"name", "COLUMN", false, 0, 20, Cut::kMiddle},
                    {"type", "TYPE", false, 5, 16},
                    {"values", "VALUES", true, 3},
                    {"plain_bytes", "PLAIN", true, 0},
                    {"encoded_bytes", "ENCODED", true, 0},
                    {"compressed_bytes", "COMPRESSED", true, 0},
                    {"ratio", "RATIO", true, 0},
                    {"share", "SHARE", true, 1},
                    {"codec", "CODEC", false, 1, kWhole},
                    {"encodings", "ENCODINGS", false, 2, 24},
                    {"bloom_filter", "BLOOM", false, 6}};
  std::optional<int64_t> plain = 0;
  int64_t encoded = 0, compressed = 0;
  for (const lakehouse::ColumnSizeRow& column : sizes.columns) {
    plain =
        plain && column.plain_bytes ? std::optional(*plain + *column.plain_bytes) : std::nullopt;
    encoded += column.encoded_bytes;
    compressed += column.compressed_bytes;
  }
  for (const lakehouse::ColumnSizeRow& column : sizes.columns) {
    report.rows.push_back(
        {Field::Count(column.id),
         Field::Text(column.name),
         Field::Text(column.type),
         Field::Count(column.values),
         SizeIfKnown(column.plain_bytes),
         Field::Size(column.encoded_bytes),
         Field::Size(column.compressed_bytes),
         Share(column.compressed_bytes, column.encoded_bytes),
         Share(column.compressed_bytes, compressed),
         Field::Text(column.codecs),
         Field::Text(column.encodings),
         {Json(column.bloom_filter), column.bloom_filter ? "yes" : "", "BOOLEAN"}});
  }
  report.totals = {
      Field::None(),      Field::Text("all"),   Field::None(),           Field::None(),
      SizeIfKnown(plain), Field::Size(encoded), Field::Size(compressed), Share(compressed, encoded),
      Field::None(),      Field::None(),        Field::None(),           Field::None()};
  report.meta.Set("table", sizes.table);
  report.meta.Set("files", sizes.files);
  report.meta.Set("files_read", sizes.files_read);
  report.meta.Set("rows", sizes.rows);
  report.empty_message = "The table has no data files.";
  if (sizes.columns.empty()) report.totals.reset();
  FIRN_TRY(invocation.Print(report));
  if (sizes.files_read < sizes.files) {
    invocation.Hint("These are the footers of " + std::to_string(sizes.files_read) + " of " +
                    Counted(sizes.files, "file") + ".");
  }
  return 0;
}

Verb AdviseVerb() {
  return {.name = "advise",
          .summary = "Try codecs, encodings and orders on a sample",
          .description =
              "Writes a sample of the table's own rows into memory with one thing changed at\n"
              "a time, and recommends what is worth it, with what was measured and the\n"
              "command that does it. Changes nothing.\n\n"
              "  firn table advise silver.messages",
          .positionals = {kTable},
          .options = {},
          .subverbs = {},
          .run = Advise};
}

Verb AlterVerb() {
  return {.name = "alter",
          .summary = "Change how a table is written from now on",
          .description =
              "A value that no writer could use is refused.\n\n"
              "  firn table alter silver.messages --set write.parquet.compression-level=12\n"
              "  firn table alter silver.events --sort-by 'customer, at desc'",
          .positionals = {kTable},
          .options = {{"--set", "NAME=VALUE", "Set a property; may be repeated", {}},
                      {"--unset", "NAME", "Remove a property; may be repeated", {}},
                      {"--sort-by", "COLUMNS", "Sort order: 'a, b desc', or none", {}}},
          .subverbs = {},
          .run = Alter};
}

}  // namespace firn::cli
