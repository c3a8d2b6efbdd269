// SPDX-License-Identifier: Apache-2.0
//
// A report as a table, JSON, CSV or Markdown. Tables fit the screen: texts are narrowed, heads are
// broken, columns are left out by rank, then texts are cut further; numbers are never cut or
// wrapped.

#include "firn/cli/report.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <utility>

#include "firn/lakehouse/questions/parquet_rows.h"

namespace firn::cli {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 6> kFormats = {
    {{"table", Format::kTable},
     {"json", Format::kJson},
     {"jsonl", Format::kJsonLines},
     {"csv", Format::kCsv},
     {"markdown", Format::kMarkdown},
     {"parquet", Format::kParquet}}};

constexpr int kGap = 2;
constexpr int kTextMin = 8;

Json RowObject(const Report& report, const std::vector<Field>& row) {
  Json object{Json::Object()};
  for (size_t at = 0; at < row.size(); ++at)
    object.Set(report.columns[at].key, row[at].value);
  return object;
}

std::string AsJson(const Report& report) {
  Json::Array data;
  for (const auto& row : report.rows)
    data.push_back(RowObject(report, row));
  Json envelope{Json::Object()};
  envelope.Set("schema", report.schema);
  envelope.Set("data", Json(std::move(data)));
  envelope.Set("totals", report.totals ? RowObject(report, *report.totals) : Json());
  envelope.Set("meta", report.meta);
  return envelope.Dump(2) + "\n";
}

std::string AsJsonLines(const Report& report) {
  std::string out;
  for (const auto& row : report.rows)
    out += RowObject(report, row).Dump() + "\n";
  return out;
}

std::string PlainText(const Field& field) {
  if (field.value.is_null()) return "";
  if (field.value.as_string() != nullptr) return *field.value.as_string();
  return field.value.Dump();
}

// RFC 4180.
std::string CsvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text)
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string AsCsv(const Report& report) {
  std::string out;
  for (size_t at = 0; at < report.columns.size(); ++at) {
    out += (at > 0 ? "," : "") + CsvCell(report.columns[at].key);
  }
  out += "\r\n";
  for (const auto& row : report.rows) {
    for (size_t at = 0; at < row.size(); ++at)
      out += (at > 0 ? "," : "") + CsvCell(PlainText(row[at]));
    out += "\r\n";
  }
  return out;
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) {
    line += ' ';
    for (const char c : cell)
      line += c == '|' ? std::string("\\|") : std::string(1, c);
    line += " |";
  }
  return line + "\n";
}

std::string AsMarkdown(const Report& report) {
  std::vector<std::string> titles;
  std::string rule = "|";
  for (const ReportColumn& column : report.columns) {
    titles.push_back(column.title);
    rule += column.right ? "---:|" : "---|";
  }
  std::string out = MarkdownRow(titles) + rule + "\n";
  const auto add = [&](const std::vector<Field>& row) {
    std::vector<std::string> cells;
    for (const Field& field : row)
      cells.push_back(field.shown);
    out += MarkdownRow(cells);
  };
  for (const auto& row : report.rows)
    add(row);
  if (report.totals) add(*report.totals);
  return out;
}

// Which columns are shown, and how wide.
struct Layout {
  std::vector<size_t> columns;
  std::vector<int> widths;
  bool broken_heads = false;  // Titles take two lines.

  int Total() const {
    int total = 0;
    for (const int width : widths)
      total += width + kGap;
    return total - kGap;
  }
};

// The two lines of a title, broken at the blank nearest to its middle.
std::pair<std::string, std::string> BrokenTitle(const std::string& title) {
  size_t best = std::string::npos;
  const auto lines_width = [&](size_t at) { return std::max(at, title.size() - at - 1); };
  for (size_t at = title.find(' '); at != std::string::npos; at = title.find(' ', at + 1)) {
    if (best == std::string::npos || lines_width(at) < lines_width(best)) best = at;
  }
  if (best == std::string::npos) return {"", title};
  return {title.substr(0, best), title.substr(best + 1)};
}

int TitleWidth(const std::string& title, bool broken) {
  if (!broken) return TextWidth(title);
  const auto [first, second] = BrokenTitle(title);
  return std::max(TextWidth(first), TextWidth(second));
}

int NaturalWidth(const Report& report, size_t column, bool broken_heads) {
  int width = TitleWidth(report.columns[column].title, broken_heads);
  for (const auto& row : report.rows)
    width = std::max(width, TextWidth(row[column].shown));
  if (report.totals) width = std::max(width, TextWidth((*report.totals)[column].shown));
  return width;
}

bool HasText(const Report& report, size_t column) {
  return std::ranges::any_of(report.rows,
                             [&](const auto& row) { return !row[column].shown.empty(); });
}

// Leaves out the columns of the largest rank.
bool DropLeastWanted(const Report& report, Layout& layout) {
  int rank = 0;
  for (const size_t column : layout.columns)
    rank = std::max(rank, report.columns[column].rank);
  if (rank == 0) return false;
  for (size_t at = layout.columns.size(); at > 0; --at) {
    if (report.columns[layout.columns[at - 1]].rank != rank) continue;
    layout.columns.erase(layout.columns.begin() + static_cast<std::ptrdiff_t>(at - 1));
    layout.widths.erase(layout.widths.begin() + static_cast<std::ptrdiff_t>(at - 1));
  }
  return true;
}

// Gives text columns back what the screen has to spare; those that say most when cut, last.
void WidenTexts(const Report& report, Layout& layout, int screen_width) {
  std::vector<size_t> order(layout.columns.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](size_t at) { return report.columns[layout.columns[at]].narrow_to; });
  for (const size_t at : order) {
    const int spare = screen_width - layout.Total();
    const int natural = NaturalWidth(report, layout.columns[at], layout.broken_heads);
    layout.widths[at] += std::clamp(natural - layout.widths[at], 0, std::max(0, spare));
  }
}

bool NarrowWidestText(const Report& report, Layout& layout, int over) {
  size_t widest = layout.columns.size();
  for (size_t at = 0; at < layout.columns.size(); ++at) {
    if (report.columns[layout.columns[at]].right || layout.widths[at] <= kTextMin) continue;
    if (widest == layout.columns.size() || layout.widths[at] > layout.widths[widest]) widest = at;
  }
  if (widest == layout.columns.size()) return false;
  layout.widths[widest] = std::max(kTextMin, layout.widths[widest] - over);
  return true;
}

// A long text column gives way to a readable width before a column is left out.
Layout FitColumns(const Report& report, int screen_width, bool broken_heads) {
  Layout layout;
  layout.broken_heads = broken_heads;
  for (size_t at = 0; at < report.columns.size(); ++at) {
    if (report.columns[at].rank > 0 && !HasText(report, at)) continue;
    layout.columns.push_back(at);
    layout.widths.push_back(NaturalWidth(report, at, broken_heads));
  }
  for (size_t at = 0; at < layout.columns.size() && layout.Total() > screen_width; ++at) {
    const ReportColumn& column = report.columns[layout.columns[at]];
    if (column.right) continue;
    const int spare = std::max(0, layout.widths[at] - column.narrow_to);
    layout.widths[at] -= std::min(spare, layout.Total() - screen_width);
  }
  while (layout.Total() > screen_width && DropLeastWanted(report, layout)) {
  }
  while (layout.Total() > screen_width &&
         NarrowWidestText(report, layout, layout.Total() - screen_width)) {
  }
  WidenTexts(report, layout, screen_width);
  return layout;
}

bool LacksKeptColumn(const Report& report, const Layout& layout) {
  const auto kept = [&](size_t column) { return report.columns[column].rank <= kKeptRank; };
  int64_t wanted = 0;
  for (size_t at = 0; at < report.columns.size(); ++at)
    wanted += kept(at) && (report.columns[at].rank == 0 || HasText(report, at)) ? 1 : 0;
  return std::ranges::count_if(layout.columns, kept) < wanted;
}

// Heads of two lines only where they save a column.
Layout BestLayout(const Report& report, int screen_width) {
  Layout plain = FitColumns(report, screen_width, false);
  Layout broken = FitColumns(report, screen_width, true);
  return broken.columns.size() > plain.columns.size() ? std::move(broken) : std::move(plain);
}

Report WithShortCounts(Report report) {
  const auto shorten = [](std::vector<Field>& row) {
    for (Field& field : row) {
      if (const auto number = field.value.ToInt64(); number.has_value())
        field.shown = ShortCount(*number);
    }
  };
  std::ranges::for_each(report.rows, shorten);
  if (report.totals) shorten(*report.totals);
  report.may_shorten_counts = false;
  return report;
}

void AppendLine(std::string& out, const Report& report, const Layout& layout,
                const std::vector<std::string>& cells) {
  std::string line;
  for (size_t at = 0; at < layout.columns.size(); ++at) {
    const ReportColumn& column = report.columns[layout.columns[at]];
    if (at > 0) line.append(kGap, ' ');
    line += FitText(cells[layout.columns[at]], layout.widths[at], column.right, column.cut);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

void AppendHead(std::string& out, const Report& report, const Layout& layout) {
  std::vector<std::string> upper, lower;
  for (const ReportColumn& column : report.columns) {
    auto [first, second] = layout.broken_heads
                               ? BrokenTitle(column.title)
                               : std::pair<std::string, std::string>("", column.title);
    upper.push_back(std::move(first));
    lower.push_back(std::move(second));
  }
  if (layout.broken_heads) AppendLine(out, report, layout, upper);
  AppendLine(out, report, layout, lower);
}

std::vector<std::string> Shown(const std::vector<Field>& row) {
  std::vector<std::string> cells;
  for (const Field& field : row)
    cells.push_back(field.shown);
  return cells;
}

std::string AsTable(const Report& report, int width) {
  if (report.rows.empty() && !report.empty_message.empty()) return report.empty_message + "\n";
  const Layout layout = BestLayout(report, width);
  if (report.may_shorten_counts && LacksKeptColumn(report, layout)) {
    return AsTable(WithShortCounts(report), width);
  }
  std::string out;
  AppendHead(out, report, layout);
  std::string rule;
  for (int at = 0; at < std::min(layout.Total(), width); ++at)
    rule += "─";
  out += rule + "\n";
  for (const auto& row : report.rows)
    AppendLine(out, report, layout, Shown(row));
  if (report.totals) {
    out += rule + "\n";
    AppendLine(out, report, layout, Shown(*report.totals));
  }
  return out;
}

lakehouse::Cell CellOf(const Field& field) {
  using Kind = lakehouse::Cell::Kind;
  if (field.value.is_null()) return {};
  if (field.value.as_string() != nullptr) return {Kind::kText, *field.value.as_string()};
  return {field.value.is_number() ? Kind::kNumber : Kind::kJson, field.value.Dump()};
}

// What its first value is; a column without values is of text.
std::string TypeOf(const Report& report, size_t column) {
  for (const auto& row : report.rows) {
    if (!row[column].value.is_null()) return row[column].type;
  }
  return "VARCHAR";
}

}  // namespace

std::optional<Format> FormatNamed(std::string_view name) {
  for (const auto& [known, format] : kFormats) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::vector<std::string> FormatNameList() {
  std::vector<std::string> names;
  for (const auto& [name, format] : kFormats)
    names.emplace_back(name);
  return names;
}

std::string FormatNames() {
  std::string text;
  for (const std::string& name : FormatNameList())
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

size_t ColumnsShown(const Report& report, int width) {
  return BestLayout(report, width).columns.size();
}

Status WriteParquet(const Report& report, const lakehouse::ByteSink& sink) {
  std::vector<lakehouse::Column> columns;
  for (size_t at = 0; at < report.columns.size(); ++at)
    columns.push_back({report.columns[at].key, TypeOf(report, at), false});
  std::vector<lakehouse::Row> rows;
  for (const auto& fields : report.rows) {
    rows.emplace_back();
    for (const Field& field : fields)
      rows.back().push_back(CellOf(field));
  }
  return lakehouse::WriteParquetRows(columns, rows, sink);
}

std::string Render(const Report& report, Format format, int width) {
  switch (format) {
    case Format::kTable:
      return AsTable(report, width);
    case Format::kJson:
      return AsJson(report);
    case Format::kJsonLines:
      return AsJsonLines(report);
    case Format::kCsv:
      return AsCsv(report);
    case Format::kMarkdown:
      return AsMarkdown(report);
    case Format::kParquet:
      break;
  }
  return {};
}

}  // namespace firn::cli
