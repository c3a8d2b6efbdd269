// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/result_printer.h"

#include <algorithm>

namespace firn::cli {
namespace {

using lakehouse::Cell;

// Numbers keep their exact digits: a cell's text is JSON already where it is no plain text.
std::string CellJson(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return "null";
    case Cell::Kind::kText:
      return Json(cell.text).Dump();
    default:
      return cell.text;
  }
}

std::string RowJson(const std::vector<std::string>& keys, const lakehouse::Row& row) {
  std::string line = "{";
  for (size_t at = 0; at < row.size(); ++at) {
    line += (at > 0 ? "," : "") + keys[at] + ":" + CellJson(row[at]);
  }
  return line + "}";
}

Status PrintJson(Invocation& invocation, lakehouse::RowStream& rows, bool as_array) {
  std::vector<std::string> keys;
  for (const lakehouse::Column& column : rows.columns())
    keys.push_back(Json(column.name).Dump());
  lakehouse::Row row;
  bool first = true;
  if (as_array) invocation.PrintRaw("[");
  while (true) {
    FIRN_ASSIGN(const bool more, rows.Next(row));
    if (!more) break;
    const std::string before = !as_array ? "" : first ? "\n" : ",\n";
    FIRN_TRY(invocation.Put(before + RowJson(keys, row) + (as_array ? "" : "\n")));
    first = false;
  }
  return as_array ? invocation.Put("\n]\n") : Ok();
}

Field ToField(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return Field::None();
  return Field::Text(cell.text);
}

// On a screen too narrow the last columns go first.
Report EmptyReport(const lakehouse::RowStream& rows) {
  Report report;
  report.schema = "firn.sql/1";
  for (const lakehouse::Column& column : rows.columns()) {
    const int rank = static_cast<int>(report.columns.size());
    report.columns.push_back({column.name, column.name, column.numeric, rank});
  }
  return report;
}

// CSV and Markdown: a head, then a line a row.
Status PrintLines(Invocation& invocation, lakehouse::RowStream& rows, Format format) {
  Report report = EmptyReport(rows);
  const std::string head = Render(report, format, 0);
  FIRN_TRY(invocation.Put(head));
  lakehouse::Row row;
  while (true) {
    FIRN_ASSIGN(const bool more, rows.Next(row));
    if (!more) return Ok();
    report.rows.assign(1, {});
    for (const Cell& cell : row)
      report.rows[0].push_back(ToField(cell));
    FIRN_TRY(invocation.Put(Render(report, format, 0).substr(head.size())));
  }
}

// Shows the instants of a column, "2026-08-01T00:00:00.000000Z", to the second; where one of them
// has more to say, all of them to the thousandth or the millionth.
void ShowTimes(Report& report, size_t column) {
  constexpr size_t kFraction = 6;
  size_t digits = 0;
  for (const std::vector<Field>& row : report.rows) {
    const std::string& text = row[column].shown;
    const size_t point = text.find('.'), last = text.find_last_of("123456789");
    if (point < last && last != text.npos) digits = std::max(digits, (last - point + 2) / 3 * 3);
  }
  for (std::vector<Field>& row : report.rows) {
    std::string& text = row[column].shown;
    const size_t point = text.find('.');
    if (point == text.npos) continue;  // NULL
    const size_t kept = digits > 0 ? 1 + digits : 0;
    text.erase(point + kept, 1 + kFraction - kept);
    text[text.find('T')] = ' ';
  }
}

Status PrintTable(Invocation& invocation, lakehouse::RowStream& rows, int64_t rows_max) {
  Report report = EmptyReport(rows);
  lakehouse::Row row;
  int64_t count = 0;
  while (true) {
    FIRN_ASSIGN(const bool more, rows.Next(row));
    if (!more) break;
    if (++count > rows_max) continue;
    report.rows.emplace_back();
    for (const Cell& cell : row)
      report.rows.back().push_back(ToField(cell));
    for (size_t at = 0; at < row.size(); ++at) {
      if (row[at].kind == Cell::Kind::kNull) report.rows.back()[at].shown = "NULL";
    }
  }
  for (size_t at = 0; at < rows.columns().size(); ++at) {
    if (rows.columns()[at].type.starts_with("timestamp")) ShowTimes(report, at);
  }
  FIRN_TRY(invocation.Print(report));
  std::string summary = Counted(count, "row");
  if (count > rows_max) summary += ", the first " + Field::Count(rows_max).shown + " shown";
  const size_t shown = ColumnsShown(report, invocation.Width());
  if (shown < report.columns.size()) {
    summary += "; the first " + std::to_string(shown) + " of " +
               std::to_string(report.columns.size()) + " columns fit the screen";
  }
  invocation.Hint(summary);
  return Ok();
}

}  // namespace

Status PrintRows(Invocation& invocation, lakehouse::RowStream& rows, int64_t rows_max) {
  switch (invocation.ChosenFormat()) {
    case Format::kJson:
      return PrintJson(invocation, rows, true);
    case Format::kJsonLines:
      return PrintJson(invocation, rows, false);
    case Format::kCsv:
    case Format::kMarkdown:
      return PrintLines(invocation, rows, invocation.ChosenFormat());
    case Format::kParquet:
      return rows.WriteParquet([&](std::string_view bytes) { return invocation.Put(bytes); });
    case Format::kTable:
      return PrintTable(invocation, rows, rows_max);
  }
  return Ok();
}

}  // namespace firn::cli
