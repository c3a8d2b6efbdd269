// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/path_text.h"

#include <random>

#include "firn/base/bytes.h"
#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

TEST(DisplayPath, IsOneLineWhateverTheNameHolds) {
  EXPECT_EQ(DisplayPath("/a/line\nend\t\xff.jsonl"), "/a/line\\nend\\x09\\xff.jsonl");
  EXPECT_EQ(DisplayPath("/a\\b"), "/a\\\\b");
}

TEST(DisplayPath, LeavesWellFormedTextAlone) {
  EXPECT_EQ(DisplayPath("/daten/grüße 雪.csv"), "/daten/grüße 雪.csv");
}

TEST(RawText, LeavesWellFormedTextAlone) {
  EXPECT_EQ(RawText("a\\b\ngrüße"), "a\\b\ngrüße");
}

TEST(RawText, NamesEveryIllFormedByteAndDoublesBackslashes) {
  EXPECT_EQ(RawText("a\\\xff\xe2\x82z\n"), "a\\\\\\xff\\xe2\\x82z\n");
}

TEST(ColumnPath, EncodesWhatTextCannotHold) {
  EXPECT_EQ(ColumnPath("/a/b c.csv"), "/a/b c.csv");
  EXPECT_EQ(ColumnPath("/a\n\xff%.csv"), "/a%0a%ff%25.csv");
}

TEST(ColumnPath, IsReversedForAnyBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string path;
    for (size_t left = random() % 20; left > 0; --left)
      path += static_cast<char>(random());
    const std::string column = ColumnPath(path);
    EXPECT_TRUE(IsValidUtf8(column));
    EXPECT_THAT(PathFromColumn(column), HasValue(path));
  }
}

TEST(PathFromColumn, RefusesAnUnfinishedEscape) {
  EXPECT_THAT(PathFromColumn("/a%"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(PathFromColumn("/a%4"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(PathFromColumn("/a%zz"), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::ingest
