// SPDX-License-Identifier: Apache-2.0

#include "firn/search/match_query.h"

#include "firn/base/testing.h"

namespace firn::search {
namespace {

TEST(ParseMatchQuery, WantsAllWords) {
  EXPECT_THAT(ParseMatchQuery("glacier  ice"), HasValue(R"q(("glacier") AND ("ice"))q"));
}

TEST(ParseMatchQuery, KnowsPhrasesBeginningsChoicesAndExclusions) {
  EXPECT_THAT(ParseMatchQuery(R"q("glacier ice" firn*)q"),
              HasValue(R"q(("glacier ice") AND ("firn"*))q"));
  EXPECT_THAT(ParseMatchQuery("snow OR ice water"),
              HasValue(R"q(("snow" OR "ice") AND ("water"))q"));
  EXPECT_THAT(ParseMatchQuery("ice -water"), HasValue(R"q(("ice") NOT "water")q"));
  EXPECT_THAT(ParseMatchQuery(R"q("glac ic"*)q"), HasValue(R"q(("glac ic"*))q"));
}

TEST(ParseMatchQuery, TakesOperatorsOfFts5AsLetters) {
  EXPECT_THAT(ParseMatchQuery("NEAR(a) text:b AND ^c"),
              HasValue(R"q(("NEAR(a)") AND ("text:b") AND ("AND") AND ("^c"))q"));
  EXPECT_THAT(ParseMatchQuery(R"q(say"hi)q"), HasValue(R"q(("say") AND ("hi"))q"));
}

TEST(ParseMatchQuery, PassesOverWhatHoldsNoWord) {
  EXPECT_THAT(ParseMatchQuery("ice ... && - OR"), HasValue(R"q(("ice"))q"));
  EXPECT_THAT(ParseMatchQuery("OR ice"), HasValue(R"q(("ice"))q"));
}

TEST(ParseMatchQuery, RefusesNothing) {
  EXPECT_THAT(ParseMatchQuery(""), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ParseMatchQuery("-ice"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ParseMatchQuery("*"), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::search
