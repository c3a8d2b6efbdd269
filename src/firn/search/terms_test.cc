// SPDX-License-Identifier: Apache-2.0

#include "firn/search/terms.h"

#include "firn/base/testing.h"

namespace firn::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Terms, AreWordsInSmallLettersWithoutAccents) {
  EXPECT_THAT(TermsOf("The Glacier, über NACHT"), ElementsAre("the", "glacier", "uber", "nacht"));
  EXPECT_THAT(TermsOf("ЛЁД"), ElementsAre("лёд"));
}

TEST(Terms, SplitNamesOfCode) {
  EXPECT_THAT(TermsOf("parse_config parseConfig src/parse.cc"),
              ElementsAre("pars", "config", "pars", "config", "src", "pars", "cc"));
}

TEST(Terms, CutEnglishEndings) {
  EXPECT_THAT(TermsOf("crash crashes crashed crashing"),
              ElementsAre("crash", "crash", "crash", "crash"));
  EXPECT_THAT(TermsOf("plan planning planned plans"), ElementsAre("plan", "plan", "plan", "plan"));
  EXPECT_THAT(TermsOf("query queries"), ElementsAre("queri", "queri"));
  EXPECT_THAT(TermsOf("class red is"), ElementsAre("class", "red", "is"));
}

TEST(Terms, ArePairsOfCharactersWhereNoSpacesAre) {
  EXPECT_THAT(TermsOf("冰川冰。雪"), ElementsAre("冰川", "川冰"));
}

TEST(Terms, PassOverWhatNamesThings) {
  EXPECT_THAT(TermsOf("d627d2b8 20251105 a 0123456789abcdef0123456789abcdef x86 2025"),
              ElementsAre("x86", "2025"));
  EXPECT_THAT(TermsOf("... → \xFF"), testing::Each(testing::Not(testing::HasSubstr("."))));
  EXPECT_THAT(TermsOf(""), IsEmpty());
}

TEST(Terms, AreCountedByTheirHash) {
  const TermCounts counts = CountTerms("ice and ice");
  EXPECT_EQ(counts.at(HashOfTerm("ice")), 2U);
  EXPECT_EQ(HashOfTerm("ice"), HashOfTerm("ice"));
  EXPECT_NE(HashOfTerm("ice"), HashOfTerm("and"));
}

}  // namespace
}  // namespace firn::search
