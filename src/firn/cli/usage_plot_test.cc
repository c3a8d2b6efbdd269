// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/usage_plot.h"

#include <sstream>

#include "firn/base/testing.h"
#include "firn/cli/report.h"
#include "firn/cli/usage_page.h"

namespace firn::cli {
namespace {

using lakehouse::UsageReport;
using lakehouse::UsageRow;
using testing::ElementsAre;

constexpr int64_t kDollar = 1'000'000'000;

UsageRow RowOf(const std::string& key, const std::string& model, int64_t dollars) {
  UsageRow row;
  row.key = key;
  if (!model.empty()) row.models = {model};
  row.cost_nano_usd = dollars * kDollar;
  row.total_tokens = dollars * 1'000'000;
  row.calls = dollars;
  return row;
}

UsageReport ReportOf(std::vector<UsageRow> rows) {
  UsageReport usage;
  usage.rows = std::move(rows);
  for (const UsageRow& row : usage.rows)
    usage.totals.cost_nano_usd += row.cost_nano_usd;
  return usage;
}

UsageReport ThreeDays() {
  return ReportOf({RowOf("2025-11-05", "ice", 6), RowOf("2025-11-05", "snow", 2),
                   RowOf("2025-11-07", "ice", 4), RowOf("2025-11-07", "rime", 1)});
}

std::string Text(const UsageReport& usage, const PlotScreen& screen) {
  return PlotText(PlotOf(usage, 6), screen);
}

TEST(PlotOf, NamesModelsByWhatTheyTookAndTheRestTogether) {
  EXPECT_THAT(PlotOf(ThreeDays(), 6).names, ElementsAre("ice", "snow", "rime"));
  const UsagePlot plot = PlotOf(ThreeDays(), 2);
  EXPECT_THAT(plot.names, ElementsAre("ice", "others"));
  EXPECT_EQ(plot.bars.front().parts[1].amount, 2 * kDollar);
}

TEST(PlotOf, HasAPlaceForDaysWithoutUsage) {
  const UsagePlot plot = PlotOf(ThreeDays(), 6);
  ASSERT_EQ(plot.bars.size(), 3U);
  EXPECT_EQ(plot.bars[1].key, "2025-11-06");
  EXPECT_EQ(plot.bars[1].amount(), 0);
}

TEST(PlotOf, CountsTokensWhereNothingHasAPrice) {
  UsageReport usage = ThreeDays();
  usage.totals.cost_nano_usd = 0;
  const UsagePlot plot = PlotOf(usage, 6);
  EXPECT_FALSE(plot.is_cost);
  EXPECT_EQ(plot.bars.front().amount(), 8'000'000);
}

TEST(PlotText, DrawsBarsAsLongAsTheirAmounts) {
  EXPECT_EQ(Text(ThreeDays(), {42, false, false}),
            "2025-11-05  $8.00  #################======\n"
            "2025-11-06  $0.00\n"
            "2025-11-07  $5.00  ############++\n"
            "\n"
            "  ## ice $10.00\n"
            "  == snow $2.00\n"
            "  ++ rime $1.00\n");
}

TEST(PlotText, FitsTheScreen) {
  UsageReport usage = ThreeDays();
  usage.rows.push_back(RowOf("2025-11-07", std::string(200, 'x'), 900));
  for (const int width : {40, 80, 132}) {
    for (const bool unicode : {false, true}) {
      std::istringstream lines(Text(usage, {width, false, unicode}));
      for (std::string line; std::getline(lines, line);)
        EXPECT_LE(TextWidth(line), width) << line;
    }
  }
}

TEST(PlotText, IsAsciiWhereTheScreenIs) {
  const std::string text = Text(ThreeDays(), {80, false, false});
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c < 127); }));
}

TEST(PlotText, HasColoursOnlyWhereAskedFor) {
  EXPECT_EQ(Text(ThreeDays(), {80, false, true}).find('\033'), std::string::npos);
  EXPECT_NE(Text(ThreeDays(), {80, true, true}).find("\033[34m█"), std::string::npos);
}

TEST(PlotText, ShowsThatALittleIsNotNothing) {
  const UsageReport usage = ReportOf({RowOf("a", "ice", 1), RowOf("b", "ice", 100'000)});
  EXPECT_NE(Text(usage, {80, false, false}).find("$1.00  #\n"), std::string::npos);
}

TEST(UsageHtml, EscapesNamesAndLoadsNothing) {
  UsageReports reports;
  reports.by_time = ReportOf({RowOf("2025-11-05", "<script>alert(1)</script>", 6)});
  reports.projects = ReportOf({RowOf("\"><img src=x onerror=alert(1)>", "", 6)});
  reports.hours = ReportOf({RowOf("3 14", "", 6)});
  const std::string html = UsageHtml(reports);
  for (const char* part : {"<script", "<img", "src=\"", "url(", "href="})
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  EXPECT_NE(html.find("Wed 14:00: 6 calls"), std::string::npos);
  EXPECT_NE(html.find("<desc>"), std::string::npos);
  EXPECT_NE(html.find("<table>"), std::string::npos);
}

TEST(UsageHtml, SaysWhereThereIsNothing) {
  EXPECT_NE(UsageHtml({}).find("No usage recorded"), std::string::npos);
}

}  // namespace
}  // namespace firn::cli
