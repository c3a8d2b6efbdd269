// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/result_printer.h"

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
    if (as_array) invocation.PrintRaw(first ? "\n" : ",\n");
    invocation.PrintRaw(RowJson(keys, row));
    if (!as_array) invocation.PrintRaw("\n");
    first = false;
  }
  if (as_array) invocation.PrintRaw("\n]\n");
  return Ok();
}

Field ToField(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return Field::None();
  return Field::Text(cell.text);
}

Report EmptyReport(const lakehouse::RowStream& rows) {
  Report report;
  report.schema = "firn.sql/1";
  for (const lakehouse::Column& column : rows.columns()) {
    report.columns.push_back({column.name, column.name, column.numeric, 0});
  }
  return report;
}

Status PrintCsv(Invocation& invocation, lakehouse::RowStream& rows) {
  Report report = EmptyReport(rows);
  invocation.PrintRaw(Render(report, Format::kCsv, 0));
  const size_t header = Render(report, Format::kCsv, 0).size();
  lakehouse::Row row;
  while (true) {
    FIRN_ASSIGN(const bool more, rows.Next(row));
    if (!more) return Ok();
    report.rows.assign(1, {});
    for (const Cell& cell : row)
      report.rows[0].push_back(ToField(cell));
    invocation.PrintRaw(Render(report, Format::kCsv, 0).substr(header));
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
  invocation.Print(report);
  std::string summary = Field::Count(count).shown + (count == 1 ? " row" : " rows");
  if (count > rows_max) summary += ", the first " + Field::Count(rows_max).shown + " shown";
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
      return PrintCsv(invocation, rows);
    case Format::kTable:
    case Format::kMarkdown:
      return PrintTable(invocation, rows, rows_max);
  }
  return Ok();
}

}  // namespace firn::cli
