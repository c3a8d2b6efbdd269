// SPDX-License-Identifier: Apache-2.0

#include "firn/training/splits.h"

#include "firn/base/testing.h"

namespace firn::training {
namespace {

TEST(Splits, DividesByTheDigestOfTheId) {
  const auto splits = Splits::Parse("train=0.5,test=0.5");
  ASSERT_THAT(splits, IsOk());
  // SHA-256 of "b" begins with 3e, of "a" with ca.
  EXPECT_EQ(splits->IndexOf("b"), 0U);
  EXPECT_EQ(splits->IndexOf("a"), 1U);
}

TEST(Splits, TakesAboutTheSharesAskedFor) {
  const auto splits = Splits::Parse("train=0.9,validation=0.05,test=0.05");
  std::vector<int> counts(3);
  for (int id = 0; id < 10'000; ++id)
    ++counts[splits->IndexOf(std::to_string(id))];
  EXPECT_NEAR(counts[0], 9'000, 100);
  EXPECT_NEAR(counts[1], 500, 70);
}

TEST(Splits, RefusesWhatDoesNotMakeOne) {
  for (const char* text : {"", "train", "train=", "train=x", "train=0.5", "train=0.5,train=0.5",
                           "a/b=1", "train=1.5,test=-0.5", "train=1,test=0", "train=nan"}) {
    EXPECT_THAT(Splits::Parse(text), IsError(ErrorKind::kInvalidArgument)) << text;
  }
  EXPECT_THAT(Splits::Parse("all=1"), IsOk());
}

}  // namespace
}  // namespace firn::training
