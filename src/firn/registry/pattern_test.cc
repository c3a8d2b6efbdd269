// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/pattern.h"

#include <string>

#include "firn/base/testing.h"

namespace firn::registry {
namespace {

TEST(Pattern, IsFoundAnywhereUnlessItIsAnchored) {
  const Pattern pattern = Pattern::Compile("b+").value();
  EXPECT_THAT(pattern.OccursIn("abbc"), HasValue(true));
  EXPECT_THAT(pattern.OccursIn("ac"), HasValue(false));
  const Pattern anchored = Pattern::Compile("^[a-z]{2,3}$").value();
  EXPECT_THAT(anchored.OccursIn("abc"), HasValue(true));
  EXPECT_THAT(anchored.OccursIn("abcd"), HasValue(false));
  EXPECT_THAT(Pattern::Compile("^.$")->OccursIn("ü"), HasValue(true));
  EXPECT_THAT(Pattern::Compile("")->OccursIn("a"), HasValue(true));
}

TEST(Pattern, TakesNoLongerForWhatIsHardForOthers) {
  const Pattern pattern = Pattern::Compile("^(a+)+$").value();
  EXPECT_THAT(pattern.OccursIn(std::string(100'000, 'a') + "b"), HasValue(false));
}

TEST(Pattern, RefusesWhatItCannotDo) {
  for (const std::string& wrong :
       {std::string("("), std::string("a(?=b)"), std::string(R"((a)\1)"), std::string(2000, 'a')}) {
    EXPECT_THAT(Pattern::Compile(wrong), IsError(ErrorKind::kInvalidArgument)) << wrong;
  }
}

}  // namespace
}  // namespace firn::registry
