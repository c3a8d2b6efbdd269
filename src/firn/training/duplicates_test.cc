// SPDX-License-Identifier: Apache-2.0

#include "firn/training/duplicates.h"

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/training/testing.h"

namespace firn::training {
namespace {

Example Saying(const std::string& words) {
  return *MakeExample(TalkOf("1", words));
}

// So many words, drawn from a thousand.
std::vector<std::string> Words(Env& env, size_t count) {
  std::vector<std::string> words;
  for (size_t at = 0; at < count; ++at)
    words.push_back("w" + std::to_string(env.Random64() % 1000));
  return words;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += word + " ";
  return text;
}

TEST(Duplicates, FindsTextsThatDifferInCaseAndBlanksAlone) {
  Duplicates duplicates(Likeness::kExact);
  EXPECT_EQ(duplicates.Add(Saying("Snow turns  into ice.")), Likeness::kNone);
  EXPECT_EQ(duplicates.Add(Saying("snow turns\ninto ICE.")), Likeness::kExact);
  EXPECT_EQ(duplicates.Add(Saying("snow turns into firn.")), Likeness::kNone);
}

TEST(Duplicates, KeepsEverythingWhereNoneIsAskedFor) {
  Duplicates duplicates(Likeness::kNone);
  EXPECT_EQ(duplicates.Add(Saying("snow")), Likeness::kNone);
  EXPECT_EQ(duplicates.Add(Saying("snow")), Likeness::kNone);
}

TEST(Duplicates, FindsLongTextsWithAFewOtherWords) {
  FixedEnv env;
  for (int round = 0; round < 20; ++round) {
    Duplicates duplicates(Likeness::kNear);
    std::vector<std::string> words = Words(env, 600);
    ASSERT_EQ(duplicates.Add(Saying(Joined(words))), Likeness::kNone);
    words[100] = "other";
    words[400] = "words";
    EXPECT_EQ(duplicates.Add(Saying(Joined(words))), Likeness::kNear);
  }
}

TEST(Duplicates, KeepsTextsOfWhichHalfIsTheSame) {
  FixedEnv env;
  for (int round = 0; round < 20; ++round) {
    Duplicates duplicates(Likeness::kNear);
    std::vector<std::string> words = Words(env, 600);
    ASSERT_EQ(duplicates.Add(Saying(Joined(words))), Likeness::kNone);
    const std::vector<std::string> others = Words(env, 300);
    std::copy(others.begin(), others.end(), words.begin());
    EXPECT_EQ(duplicates.Add(Saying(Joined(words))), Likeness::kNone);
  }
}

TEST(Duplicates, TellsShortTextsApart) {
  Duplicates duplicates(Likeness::kNear);
  EXPECT_EQ(duplicates.Add(Saying("snow")), Likeness::kNone);
  EXPECT_EQ(duplicates.Add(Saying("ice")), Likeness::kNone);
  EXPECT_EQ(duplicates.Add(Saying("Ice")), Likeness::kExact);
}

}  // namespace
}  // namespace firn::training
