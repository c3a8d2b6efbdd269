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

TEST(RenderTable, LeavesOutColumnsOfOneRankTogether) {
  Report report;
  report.columns = {
      {"name", "NAME", false, 0}, {"a", "A COLUMN", true, 2}, {"b", "B COLUMN", true, 2}};
  report.rows = {{Field::Text("x"), Field::Count(1), Field::Count(2)}};
  EXPECT_THAT(Render(report, Format::kTable, 20), testing::HasSubstr("COLUMN  COLUMN"));
  const std::string narrow = Render(report, Format::kTable, 19);
  EXPECT_THAT(narrow, testing::Not(testing::HasSubstr("COLUMN")));
}

TEST(RenderTable, GivesTextTheRoomThatColumnsLeftOut) {
  Report report;
  report.columns = {{"name", "NAME", false, 0}, {"more", "MORE", false, kKeptRank + 1}};
  const std::string name = "thirty characters of plain text";
  report.rows = {{Field::Text(name), Field::Text("thirty characters of other text")}};
  EXPECT_THAT(Render(report, Format::kTable, 40), testing::HasSubstr(name));
}

TEST(RenderTable, ShortensCountsBeforeAColumnIsMissedWhereItMay) {
  Report report = Sample();
  report.columns[1].rank = kKeptRank + 1;
  const std::string exact = Render(report, Format::kTable, 22);
  EXPECT_THAT(exact, testing::Not(testing::HasSubstr("COST")));
  report.may_shorten_counts = true;
  const std::string shortened = Render(report, Format::kTable, 22);
  EXPECT_THAT(shortened, testing::AllOf(testing::HasSubstr("COST"), testing::HasSubstr("1.2M")));
}

TEST(RenderTable, BreaksHeadsWhereThatSavesAColumn) {
  Report report;
  report.columns = {{"name", "NAME", false, 0}, {"read", "CACHE READ", true, 2}};
  report.rows = {{Field::Text("x"), Field::Count(7)}};
  EXPECT_THAT(Render(report, Format::kTable, 16), testing::HasSubstr("NAME  CACHE READ"));
  EXPECT_THAT(Render(report, Format::kTable, 15), testing::HasSubstr("      CACHE\nNAME   READ"));
}

TEST(RenderTable, LeavesOutAColumnThatNoRowHasAValueFor) {
  Report report;
  report.columns = {{"name", "NAME", false, 0}, {"note", "NOTE", false, 2}};
  report.rows = {{Field::Text("x"), Field::None()}};
  EXPECT_THAT(Render(report, Format::kTable, 80), testing::Not(testing::HasSubstr("NOTE")));
  EXPECT_THAT(Render(report, Format::kCsv, 80), testing::HasSubstr("note"));
}

TEST(RenderTable, KeepsBothEndsOfAPathThatIsTooLong) {
  Report report;
  report.columns = {{"path", "PATH", false, 0, 24, Cut::kMiddle}};
  report.rows = {{Field::Text("/home/ada/projects/snowfall/src")}};
  EXPECT_THAT(Render(report, Format::kTable, 16), testing::HasSubstr("/home…owfall/src\n"));
}

TEST(RenderTable, LeavesOutColumnsBeforeItCutsATextThatIsNeededWhole) {
  Report report;
  report.columns = {{"name", "NAME", false, 0, kWhole}, {"files", "FILES", true, 1}};
  const std::string name = "silver.a_table_with_quite_a_long_name";
  report.rows = {{Field::Text(name), Field::Count(7)}};
  const std::string table = Render(report, Format::kTable, 38);
  EXPECT_THAT(table, testing::HasSubstr(name));
  EXPECT_THAT(table, testing::Not(testing::HasSubstr("FILES")));
}

TEST(ShortCount, KeepsSmallNumbersAndRoundsLargeOnes) {
  EXPECT_EQ(ShortCount(9'999), "9,999");
  EXPECT_EQ(ShortCount(136'564), "136.6k");
  EXPECT_EQ(ShortCount(999'960), "1.0M");
  EXPECT_EQ(ShortCount(-26'119'183), "-26.1M");
  EXPECT_EQ(ShortCount(2'166'555'748), "2.2B");
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

TEST(WriteParquet, MakesAFileOfTheTypesOfItsFields) {
  std::string bytes;
  ASSERT_THAT(WriteParquet(Sample(),
                           [&](std::string_view part) {
                             bytes += part;
                             return Ok();
                           }),
              IsOk());
  EXPECT_THAT(bytes, testing::AllOf(testing::StartsWith("PAR1"), testing::EndsWith("PAR1")));
}

TEST(Field, ShowsMoneyToTheCentAndSmallMoneyFiner) {
  EXPECT_EQ(Field::Money(1'234'567'891'000).shown, "$1,234.57");
  EXPECT_EQ(Field::Money(1'230'000).shown, "$0.0012");
  EXPECT_EQ(Field::Money(0).shown, "$0.00");
  EXPECT_EQ(Field::Money(50'000).shown, "$0.0001");
  EXPECT_EQ(Field::Money(49'999).shown, "<$0.0001");
  EXPECT_EQ(Field::Money(1).shown, "<$0.0001");
  EXPECT_EQ(Field::Money(1).value.Dump(), "\"0.000000001\"");
}

TEST(Wrapped, BreaksBetweenWords) {
  EXPECT_EQ(Wrapped("one two  three\nfour", 9), "one two\nthree\nfour\n");
  EXPECT_EQ(Wrapped("a-very-long-word b", 5), "a-very-long-word\nb\n");
  EXPECT_EQ(Wrapped("", 9), "");
  EXPECT_EQ(Wrapped("one two three", 9, 2), "one two\n  three\n");
}

TEST(FitText, CutsBetweenCharactersByTheirWidth) {
  EXPECT_EQ(FitText("日本語", 5, false), "日本…");
  EXPECT_EQ(FitText("abc", 5, true), "  abc");
  EXPECT_EQ(TextWidth(FitText("日本語", 4, false)), 4);
  EXPECT_EQ(FitText("日本語日本語", 8, false, Cut::kMiddle), "日…本語 ");
}

}  // namespace
}  // namespace firn::cli
