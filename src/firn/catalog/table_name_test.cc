// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/table_name.h"

#include <string>

#include "firn/base/testing.h"

namespace firn::catalog {
namespace {

TEST(TableName, ReadsWhatItPrints) {
  for (const char* text : {"silver.messages", "a.b.c", "naïve.таблица", "ns.with space"}) {
    const auto parsed = TableName::Parse(text);
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(parsed->ToString(), text);
  }
  EXPECT_THAT(TableName::Parse("a.b.c"), HasValue(TableName{{"a", "b"}, "c"}));
}

TEST(TableName, RefusesWhatTheStoreCannotTellApart) {
  for (const std::string text : {"messages", "", ".", "a.", ".a", "a..b", "a.b\nc", "a.b\xff"}) {
    EXPECT_THAT(TableName::Parse(text), IsError(ErrorKind::kInvalidArgument)) << text;
  }
  EXPECT_THAT(CheckTableName({{"a.b"}, "c"}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CheckTableName({{"a"}, std::string("c\0d", 3)}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(TableName, RefusesNamesLongerThanTheColumn) {
  EXPECT_THAT(CheckTableName({{"a"}, std::string(255, 'x')}), IsOk());
  EXPECT_THAT(CheckTableName({{"a"}, std::string(256, 'x')}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CheckNamespace({std::string(128, 'x'), std::string(127, 'y')}),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::catalog
