// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/report.h"

#include <sstream>

#include "firn/base/testing.h"

namespace firn::cli {
namespace {

Report Sample() {
  Report report;
  report.schema = "firn.sample/1";
  report.columns = {{"name", "NAME", false, 0},
                    {"note", "NOTE", false, 2},
                    {"tokens", "TOKENS", true, 0},
                    {"cost", "COST", true, 1}};
  report.rows = {{Field::Text("alpha"), Field::Text("a long remark about this very row"),
                  Field::Count(1234567), Field::Money(1'234'567'891)},
                 {Field::Text("b\x1b[31m"), Field::None(), Field::Count(8), Field::Money(0)}};
  report.totals = {
      {Field::Text("Total"), Field::None(), Field::Count(1234575), Field::Money(1'234'567'891)}};
  return report;
}

int LongestLine(const std::string& text) {
  std::istringstream lines(text);
  int longest = 0;
  for (std::string line; std::getline(lines, line);)
    longest = std::max(longest, TextWidth(line));
  return longest;
}

TEST(RenderTable, FitsTheScreenAndNeverCutsANumber) {
  for (int width = 30; width <= 200; ++width) {
    const std::string table = Render(Sample(), Format::kTable, width);
    EXPECT_LE(LongestLine(table), width);
    EXPECT_THAT(table, testing::HasSubstr("1,234,567")) << width;
  }
}

TEST(RenderTable, LeavesOutTheLeastWantedColumnFirst) {
  const std::string narrow = Render(Sample(), Format::kTable, 32);
  EXPECT_THAT(narrow, testing::Not(testing::HasSubstr("NOTE")));
  EXPECT_THAT(narrow, testing::HasSubstr("COST"));
}

TEST(RenderTable, KeepsControlCharactersFromTheTerminal) {
  EXPECT_THAT(Render(Sample(), Format::kTable, 100), testing::Not(testing::HasSubstr("\x1b")));
}

TEST(RenderJson, IsOneEnvelopeWithExactFigures) {
  auto json = Json::Parse(Render(Sample(), Format::kJson, 0));
  ASSERT_THAT(json, IsOk());
  EXPECT_THAT(json->GetString("schema"), HasValue("firn.sample/1"));
  const Json& first = (**json->GetArray("data"))[0];
  EXPECT_THAT(first.GetInt64("tokens"), HasValue(1234567));
  EXPECT_THAT(first.GetString("cost"), HasValue("1.234567891"));
  EXPECT_THAT(json->Find("totals")->GetInt64("tokens"), HasValue(1234575));
}

TEST(RenderCsv, QuotesWhatNeedsIt) {
  Report report;
  report.columns = {{"a", "A", false, 0}, {"b", "B", false, 0}};
  report.rows = {{Field::Text("x,\"y\""), Field::None()}};
  EXPECT_EQ(Render(report, Format::kCsv, 0), "a,b\r\n\"x,\"\"y\"\"\",\r\n");
}

TEST(Field, ShowsMoneyToTheCentAndSmallMoneyFiner) {
  EXPECT_EQ(Field::Money(1'234'567'891'000).shown, "$1,234.57");
  EXPECT_EQ(Field::Money(1'230'000).shown, "$0.0012");
  EXPECT_EQ(Field::Money(0).shown, "$0.00");
}

TEST(FitText, CutsBetweenCharactersByTheirWidth) {
  EXPECT_EQ(FitText("日本語", 5, false), "日本…");
  EXPECT_EQ(FitText("abc", 5, true), "  abc");
  EXPECT_EQ(TextWidth(FitText("日本語", 4, false)), 4);
}

}  // namespace
}  // namespace firn::cli
