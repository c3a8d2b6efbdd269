// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/statements.h"

#include "firn/base/testing.h"

namespace firn::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitStatements, SplitsOutsideOfQuotesAndComments) {
  EXPECT_THAT(SplitStatements("a;b"), ElementsAre("a", "b"));
  EXPECT_THAT(SplitStatements("select ';';select \"x;y\""),
              ElementsAre("select ';'", "select \"x;y\""));
  EXPECT_THAT(SplitStatements("a -- ; \n;b /* ; */"), ElementsAre("a -- ; \n", "b /* ; */"));
  EXPECT_THAT(SplitStatements("select $$;$$"), ElementsAre("select $$;$$"));
}

TEST(SplitStatements, LeavesOutWhatSaysNothing) {
  EXPECT_THAT(SplitStatements(" ; -- only a comment\n; /* x */ "), IsEmpty());
}

TEST(IsUnfinished, WaitsForTheSemicolonAndTheClosingQuote) {
  EXPECT_TRUE(IsUnfinished("select 1\n"));
  EXPECT_FALSE(IsUnfinished("select 1;\n"));
  EXPECT_TRUE(IsUnfinished("select ';\n"));
  EXPECT_FALSE(IsUnfinished("\n"));
}

}  // namespace
}  // namespace firn::cli
