// SPDX-License-Identifier: Apache-2.0
//
// Shapes are SVG that stretches with the page; what is written beside them is HTML, so that it
// keeps its size on a phone.

#include "firn/cli/usage_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "firn/cli/page.h"
#include "firn/cli/report.h"
#include "firn/cli/usage_plot.h"

namespace firn::cli {
namespace {

using lakehouse::UsageReport;
using lakehouse::UsageRow;

constexpr size_t kModelsMax = 6;
constexpr size_t kProjectsMax = 12;
constexpr int kDays = 7, kHours = 24;
constexpr std::array<std::string_view, kDays> kDayNames = {"Mon", "Tue", "Wed", "Thu",
                                                           "Fri", "Sat", "Sun"};

constexpr std::string_view kStyle = R"css(
:root{--p0:#1b63b5;--p1:#e08214;--p2:#1a8a5a;--p3:#b0408f;--p4:#4fa3c7;--p5:#8b9099}
@media(prefers-color-scheme:dark){:root{--p0:#6aa9f0;--p1:#f2a24b;--p2:#5cc795;--p3:#d98bc3;--p4:#8fd0e8;--p5:#a2a9b3}}
.p0{fill:var(--p0);background:var(--p0)}.p1{fill:var(--p1);background:var(--p1)}
.p2{fill:var(--p2);background:var(--p2)}.p3{fill:var(--p3);background:var(--p3)}
.p4{fill:var(--p4);background:var(--p4)}.p5{fill:var(--p5);background:var(--p5)}
section{margin-top:2.5rem}
section h2{margin-top:0}
figure{margin:0;padding:1rem 1rem .8rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
svg{display:block;width:100%}
.axis{display:flex;justify-content:space-between;gap:.5rem;font-size:.75rem;color:var(--soft);
font-variant-numeric:tabular-nums;white-space:nowrap}
.bars{position:relative;margin-top:1.2rem;border-bottom:1px solid var(--line)}
.bars svg{height:14rem}
.bars div{position:absolute;left:0;right:0;border-top:1px dashed var(--line);font-size:.75rem;color:var(--soft);
line-height:1;pointer-events:none}
.bars div span{position:absolute;bottom:.2rem;right:0;background:var(--card);padding-left:.3rem}
rect:hover{opacity:.75}
.legend{list-style:none;margin:.9rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.25rem;font-size:.85rem}
.legend i{display:inline-block;width:.75rem;height:.75rem;border-radius:.2rem;margin-right:.45rem}
.legend span{color:var(--soft)}
.ranks{list-style:none;margin:0;padding:0;font-size:.9rem}
.ranks li{margin:0 0 .7rem}
.ranks div{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}
.ranks div span:last-child{color:var(--soft);white-space:nowrap;font-variant-numeric:tabular-nums}
.ranks svg{height:.5rem;border-radius:.25rem;background:var(--shade);margin-top:.15rem}
.week{display:grid;grid-template-columns:2.4rem 1fr;gap:.3rem .3rem}
.week ul{list-style:none;margin:0;padding:0;display:grid;grid-template-rows:repeat(7,1fr);font-size:.75rem;
color:var(--soft)}
.week li{display:flex;align-items:center}
.week svg{height:11.5rem}
.week .axis{grid-column:2}
.week .axis span{flex:1}
.cell{fill:var(--p0)}.none{fill:var(--shade)}
details{margin-top:.8rem;font-size:.85rem}
details summary{color:var(--soft)}
.scroll{overflow-x:auto;max-height:24rem;margin-top:.5rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
td:first-child{white-space:normal;min-width:6rem}
th{font-weight:600;color:var(--soft)}
.note{color:var(--soft);font-size:.9rem}
)css";

// A number as SVG and CSS write it, to a hundredth.
std::string Number(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", number);
  return text.data();
}

std::string ClassOfPart(size_t part) {
  return "p" + std::to_string(std::min(part, kModelsMax - 1));
}

std::string Begin(std::string_view view, std::string_view title, std::string_view description) {
  return "<svg viewBox=\"" + std::string(view) +
         "\" preserveAspectRatio=\"none\" role=\"img\">\n<title>" + HtmlText(title) +
         "</title>\n<desc>" + HtmlText(description) + "</desc>\n";
}

std::string Rect(double x, double y, double width, double height, const std::string& attributes,
                 const std::string& title) {
  return "<rect x=\"" + Number(x) + "\" y=\"" + Number(y) + "\" width=\"" + Number(width) +
         "\" height=\"" + Number(height) + "\" " + attributes + "><title>" + HtmlText(title) +
         "</title></rect>\n";
}

// A table that says what a chart shows, folded away.
class Table {
 public:
  explicit Table(const std::vector<std::string>& head) {
    html_ = "<details><summary>As a table</summary>\n<div class=\"scroll\"><table>\n<thead>";
    Row(head, "th scope=\"col\"", "th");
    html_ += "</thead>\n<tbody>\n";
  }
  void Add(const std::vector<std::string>& cells) { Row(cells, "td", "td"); }
  std::string End() { return std::move(html_) + "</tbody></table></div></details>\n"; }

 private:
  void Row(const std::vector<std::string>& cells, const std::string& begin,
           const std::string& end) {
    html_ += "<tr>";
    for (const std::string& cell : cells)
      html_ += "<" + begin + ">" + HtmlText(cell) + "</" + end + ">";
    html_ += "</tr>\n";
  }

  std::string html_;
};

// The next of 1, 2, 5, 10, .. that is not below, so that lines stand at round amounts.
double RoundedUp(double amount) {
  const double unit = std::pow(10, std::floor(std::log10(std::max(amount, 1e-9))));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (amount <= step * unit) return step * unit;
  }
  return 10 * unit;
}

std::string Plural(const UsageReport& usage) {
  switch (usage.request.period) {
    case lakehouse::UsagePeriod::kWeekly:
      return "week";
    case lakehouse::UsagePeriod::kMonthly:
      return "month";
    default:
      return "day";
  }
}

std::string ColumnsHtml(const UsagePlot& plot, double top, const std::string& title,
                        const std::string& about) {
  const double height = 100;
  std::string html = "<div class=\"bars\">\n" +
                     Begin("0 0 " + std::to_string(plot.bars.size()) + " 100", title, about);
  for (size_t at = 0; at < plot.bars.size(); ++at) {
    double y = height;
    for (size_t part = 0; part < plot.bars[at].parts.size(); ++part) {
      const PlotPart& piece = plot.bars[at].parts[part];
      if (piece.amount <= 0) continue;
      const double tall = height * static_cast<double>(piece.amount) / top;
      y -= tall;
      html += Rect(
          static_cast<double>(at) + 0.1, y, 0.8, tall, "class=\"" + ClassOfPart(part) + "\"",
          plot.bars[at].key + ", " + piece.name + ": " + AmountText(piece.amount, plot.is_cost));
    }
  }
  html += "</svg>\n";
  for (const double share : {1.0, 0.5}) {
    const auto amount = static_cast<int64_t>(top * share);
    html += "<div style=\"bottom:" + Number(100 * share) + "%\"><span>" +
            HtmlText(AmountText(amount, plot.is_cost)) + "</span></div>\n";
  }
  return html + "</div>\n";
}

std::string AxisHtml(const UsagePlot& plot) {
  std::vector<std::string> keys = {plot.bars.front().key};
  if (plot.bars.size() > 4) keys.push_back(plot.bars[plot.bars.size() / 2].key);
  if (plot.bars.size() > 1) keys.push_back(plot.bars.back().key);
  std::string html = "<div class=\"axis\">";
  for (const std::string& key : keys)
    html += "<span>" + HtmlText(key) + "</span>";
  return html + "</div>\n";
}

std::string LegendHtml(const UsagePlot& plot) {
  std::string html = "<ul class=\"legend\">\n";
  for (size_t name = 0; name < plot.names.size(); ++name) {
    int64_t amount = 0;
    for (const PlotBar& bar : plot.bars)
      amount += name < bar.parts.size() ? bar.parts[name].amount : 0;
    html += "<li><i class=\"" + ClassOfPart(name) + "\"></i>" + HtmlText(plot.names[name]) +
            " <span>" + HtmlText(AmountText(amount, plot.is_cost)) + "</span></li>\n";
  }
  return html + "</ul>\n";
}

std::string TimeHtml(const UsageReport& usage) {
  const UsagePlot plot = PlotOf(usage, kModelsMax);
  const std::string what = plot.is_cost ? "Cost" : "Tokens";
  const std::string title = what + " by " + Plural(usage) + " and model";
  int64_t most = 0;
  const PlotBar* highest = nullptr;
  for (const PlotBar& bar : plot.bars) {
    if (highest != nullptr && bar.amount() <= most) continue;
    most = bar.amount();
    highest = &bar;
  }
  const std::string about = "Stacked columns from " + plot.bars.front().key + " to " +
                            plot.bars.back().key + "; the highest is " + highest->key + " with " +
                            AmountText(most, plot.is_cost) + ".";
  std::vector<std::string> head = {Plural(usage)};
  head.insert(head.end(), plot.names.begin(), plot.names.end());
  head.emplace_back("all");
  Table table(head);
  for (const PlotBar& bar : plot.bars) {
    if (bar.parts.empty()) continue;
    std::vector<std::string> cells = {bar.key};
    for (const PlotPart& part : bar.parts)
      cells.push_back(AmountText(part.amount, plot.is_cost));
    cells.push_back(AmountText(bar.amount(), plot.is_cost));
    table.Add(cells);
  }
  const double top = RoundedUp(static_cast<double>(most));
  return "<section>\n<h2>" + title + "</h2>\n<figure>\n" + ColumnsHtml(plot, top, title, about) +
         AxisHtml(plot) + LegendHtml(plot) + table.End() + "</figure>\n</section>\n";
}

std::string ProjectsHtml(const UsageReport& usage) {
  std::vector<const UsageRow*> rows;
  for (const UsageRow& row : usage.rows)
    rows.push_back(&row);
  std::ranges::stable_sort(rows, std::greater<>(),
                           [](const auto* row) { return row->total_tokens; });
  const int64_t most = std::max<int64_t>(1, rows.front()->total_tokens);
  std::string html = "<section>\n<h2>Tokens by project</h2>\n<figure>\n<ul class=\"ranks\">\n";
  Table table({"project", "tokens", "calls", "cost"});
  for (size_t at = 0; at < rows.size(); ++at) {
    const UsageRow& row = *rows[at];
    const std::string tokens = ShortCount(row.total_tokens);
    table.Add({row.key, Field::Count(row.total_tokens).shown, Field::Count(row.calls).shown,
               Field::Money(row.cost_nano_usd).shown});
    if (at >= kProjectsMax) continue;
    const double share = 100 * static_cast<double>(row.total_tokens) / static_cast<double>(most);
    html += "<li><div><span>" + HtmlText(row.key) + "</span><span>" + tokens + "</span></div>" +
            Begin("0 0 100 1", row.key, tokens + " tokens") +
            Rect(0, 0, share, 1, "class=\"p0\"", tokens + " tokens") + "</svg></li>\n";
  }
  html += "</ul>\n";
  if (rows.size() > kProjectsMax) {
    html += "<p class=\"note\">and " +
            Counted(static_cast<int64_t>(rows.size() - kProjectsMax), "more project") + "</p>\n";
  }
  return html + table.End() + "</figure>\n</section>\n";
}

// The rows of the report by day and hour; null where nothing was used.
using Week = std::array<std::array<const UsageRow*, kHours>, kDays>;

Week WeekOf(const UsageReport& usage) {
  Week week{};
  for (const UsageRow& row : usage.rows) {
    int day = 0, hour = 0;
    if (std::sscanf(row.key.c_str(), "%d %d", &day, &hour) != 2) continue;
    if (day < 1 || day > kDays || hour < 0 || hour >= kHours) continue;
    week[static_cast<size_t>(day - 1)][static_cast<size_t>(hour)] = &row;
  }
  return week;
}

std::string HourText(size_t hour) {
  return (hour < 10 ? "0" : "") + std::to_string(hour) + ":00";
}

std::string WeekHtml(const UsageReport& usage) {
  const Week week = WeekOf(usage);
  int64_t most = 1;
  std::string busiest = "none";
  for (size_t day = 0; day < kDays; ++day) {
    for (size_t hour = 0; hour < kHours; ++hour) {
      if (week[day][hour] == nullptr || week[day][hour]->calls <= most) continue;
      most = week[day][hour]->calls;
      busiest = std::string(kDayNames[day]) + " " + HourText(hour);
    }
  }
  Table table({"hour", "calls", "tokens", "cost"});
  std::string cells, names;
  for (size_t day = 0; day < kDays; ++day) {
    names += "<li>" + std::string(kDayNames[day]) + "</li>";
    for (size_t hour = 0; hour < kHours; ++hour) {
      const UsageRow* const row = week[day][hour];
      const std::string when = std::string(kDayNames[day]) + " " + HourText(hour);
      const double x = static_cast<double>(hour) + 0.05, y = static_cast<double>(day) + 0.06;
      if (row == nullptr) {
        cells += Rect(x, y, 0.9, 0.88, "class=\"none\"", when + ": no calls");
        continue;
      }
      // Roots, since a few hours have most of it.
      const double share = std::sqrt(static_cast<double>(row->calls) / static_cast<double>(most));
      cells += Rect(x, y, 0.9, 0.88,
                    "class=\"cell\" fill-opacity=\"" + Number(0.15 + 0.85 * share) + "\"",
                    when + ": " + Counted(row->calls, "call") + ", " +
                        ShortCount(row->total_tokens) + " tokens");
      table.Add({when, Field::Count(row->calls).shown, Field::Count(row->total_tokens).shown,
                 Field::Money(row->cost_nano_usd).shown});
    }
  }
  return "<section>\n<h2>Hours of the week</h2>\n<figure>\n<div class=\"week\">\n<ul>" + names +
         "</ul>\n" +
         Begin("0 0 24 7", "Calls by hour and day of the week",
               "A square for each hour, darker with more calls; the busiest is " + busiest + ".") +
         cells +
         "</svg>\n<div class=\"axis\"><span>0</span><span>6</span><span>12</span>"
         "<span>18</span></div>\n</div>\n<p class=\"note\">Calls of models, in the time zone " +
         HtmlText(usage.request.timezone) + ".</p>\n" + table.End() + "</figure>\n</section>\n";
}

std::string FactHtml(std::string_view name, const std::string& value) {
  return "<div><dt>" + std::string(name) + "</dt><dd>" + HtmlText(value) + "</dd></div>\n";
}

std::string FactsHtml(const UsageReport& usage) {
  const UsageRow& totals = usage.totals;
  // Calls without a time come first.
  const auto dated = std::ranges::find_if(
      usage.rows, [](const UsageRow& row) { return !row.key.starts_with('('); });
  const std::string first = dated == usage.rows.end() ? usage.rows.front().key : dated->key;
  const std::string last = usage.rows.back().key;
  std::string html = "<dl class=\"facts\">\n";
  const bool priced = totals.priced_calls > 0, measured = totals.measured_calls > 0;
  html += FactHtml("Cost", priced ? Field::Money(totals.cost_nano_usd).shown : "unknown");
  html += FactHtml("Tokens", measured ? ShortCount(totals.total_tokens) : "unknown");
  html += FactHtml("Calls", Field::Count(totals.calls).shown);
  html += FactHtml("From", first) + FactHtml("To", last);
  html += FactHtml("Time zone", usage.request.timezone);
  if (!usage.request.platform.empty()) html += FactHtml("Platform", usage.request.platform);
  html += "</dl>\n";
  if (totals.unpriced_calls > 0) {
    html += "<p class=\"note\">" + Counted(totals.unpriced_calls, "call") +
            " without a price add nothing to the cost.</p>\n";
  }
  return html;
}

}  // namespace

std::string UsageHtml(const UsageReports& reports) {
  if (reports.by_time.rows.empty()) {
    return HtmlPage("Usage", kStyle, "<h1>Usage</h1>\n<p>No usage recorded in this range.</p>\n");
  }
  return HtmlPage("Usage", kStyle,
                  "<h1>Usage</h1>\n" + FactsHtml(reports.by_time) + TimeHtml(reports.by_time) +
                      ProjectsHtml(reports.projects) + WeekHtml(reports.hours));
}

}  // namespace firn::cli
