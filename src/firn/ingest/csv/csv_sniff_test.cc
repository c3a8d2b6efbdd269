// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_sniff.h"

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;

CsvLayout Sniff(std::string_view head) {
  auto layout = SniffCsv(head, true);
  EXPECT_THAT(layout, IsOk());
  return layout ? std::move(*layout) : CsvLayout{};
}

TEST(SniffCsv, FindsTheDelimiterThatAllRecordsShare) {
  EXPECT_EQ(Sniff("a;b;c\n1,5;2;3\n2,5;3;4\n").dialect.delimiter, ';');
  EXPECT_EQ(Sniff("a\tb\n1\t2\n").dialect.delimiter, '\t');
  EXPECT_EQ(Sniff("a|b\nx|\"y,z\"\n").dialect.delimiter, '|');
  EXPECT_EQ(Sniff("alone\nword\n").dialect.delimiter, ',');
}

TEST(SniffCsv, TakesTheFirstRecordAsHeaderUnlessItIsData) {
  EXPECT_THAT(Sniff("name,age\nAda,36\n").columns, ElementsAre("name", "age"));
  const CsvLayout bare = Sniff("Ada,36\nBob,4\n");
  EXPECT_FALSE(bare.has_header);
  EXPECT_THAT(bare.columns, ElementsAre("column_1", "column_2"));
  EXPECT_FALSE(Sniff("a,a\nb,c\n").has_header);
  EXPECT_FALSE(Sniff("2025-11-05,x\n2025-11-06,y\n").has_header);
}

TEST(SniffCsv, TakesWhatIsKnownAsKnown) {
  const std::string_view text = "a;'b,c';d\n1;'2,3';4\n";
  EXPECT_EQ(SniffCsv(text, true, {.quote = '\''})->columns,
            std::vector<std::string>({"a", "b,c", "d"}));
  EXPECT_EQ(SniffCsv(text, true, {.delimiter = ','})->columns.size(), 2);
  const auto bare = SniffCsv("name,age\nAda,36\n", true, {.has_header = false});
  EXPECT_THAT(bare->columns, ElementsAre("column_1", "column_2"));
}

TEST(SniffCsv, SkipsAByteOrderMark) {
  EXPECT_THAT(Sniff("\xef\xbb\xbfname,age\nAda,36\n").columns, ElementsAre("name", "age"));
}

TEST(SniffCsv, RefusesWhatItCannotRead) {
  EXPECT_THAT(SniffCsv("\xff\xfe"
                       "a",
                       true),
              IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(SniffCsv("\n\n", true), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::ingest
