// SPDX-License-Identifier: Apache-2.0

#include "firn/base/text_chunks.h"

#include <random>
#include <string>

#include "firn/base/testing.h"

namespace firn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Texts(std::string_view text, const ChunkLimits& limits) {
  std::vector<std::string> texts;
  for (const TextChunk& chunk : SplitIntoChunks(text, limits))
    texts.emplace_back(chunk.text);
  return texts;
}

TEST(EstimateTokens, WeighsCharactersByTheirBytes) {
  EXPECT_EQ(EstimateTokens(""), 0);
  EXPECT_EQ(EstimateTokens("a"), 1);
  EXPECT_EQ(EstimateTokens("four"), 1);
  EXPECT_EQ(EstimateTokens("fifth"), 2);
  EXPECT_EQ(EstimateTokens("снег"), 2);
  EXPECT_EQ(EstimateTokens("雪と氷"), 3);
}

TEST(SplitIntoChunks, LeavesWhatFitsInOnePiece) {
  EXPECT_THAT(Texts("One.\n\nTwo.\n", {10, 2}), ElementsAre("One.\n\nTwo.\n"));
  EXPECT_THAT(Texts("", {10, 2}), IsEmpty());
  EXPECT_THAT(Texts(" \n\n\t\n", {10, 2}), IsEmpty());
}

TEST(SplitIntoChunks, EndsBetweenParagraphs) {
  EXPECT_THAT(Texts("First paragraph.\nOf two lines.\n\nSecond one.\n\nThird.", {10, 0}),
              ElementsAre("First paragraph.\nOf two lines.\n\n", "Second one.\n\nThird."));
}

TEST(SplitIntoChunks, KeepsFencedCodeTogether) {
  const std::string code = "```cpp\nint a;\n\nint b;\n```\n";
  EXPECT_THAT(Texts("Look at this:\n" + code + "It is short.", {7, 0}),
              ElementsAre("Look at this:\n", code, "It is short."));
  const std::string nested = "~~~~\n~~~\n\n```\n~~~~\n";
  EXPECT_THAT(Texts("Before it.\n\n" + nested + "\nAfter it.", {6, 0}),
              ElementsAre("Before it.\n\n", nested + "\n", "After it."));
}

TEST(SplitIntoChunks, CutsLinesThenWordsThenCharacters) {
  EXPECT_THAT(Texts("aaaa\nbbbb\ncccc\n", {2, 0}), ElementsAre("aaaa\n", "bbbb\n", "cccc\n"));
  EXPECT_THAT(Texts("aaaa bbbb cccc", {2, 0}), ElementsAre("aaaa ", "bbbb ", "cccc"));
  EXPECT_THAT(Texts("aaaabbbbc", {1, 0}), ElementsAre("aaaa", "bbbb", "c"));
  EXPECT_THAT(Texts("雪と氷", {1, 0}), ElementsAre("雪", "と", "氷"));
}

TEST(SplitIntoChunks, RepeatsTheEndOfTheChunkBefore) {
  EXPECT_THAT(Texts("One line.\nTwo.\n\nThree is longer.\n\nFour.", {7, 2}),
              ElementsAre("One line.\nTwo.\n\n", "Two.\n\nThree is longer.\n\n", "Four."));
  EXPECT_THAT(Texts("alpha beta gamma delta", {6, 2}),
              ElementsAre("alpha beta ", "beta gamma delta"));
}

std::string RandomText(std::mt19937& random) {
  const std::vector<std::string> parts = {"word ", "a ",    "\n",     "\n\n",
                                          "```\n", "~~~\n", "снег",   "氷",
                                          "🙂",  "  ",    "x=1;\n", "unbreakablelongword"};
  std::string text;
  for (int i = 0, count = static_cast<int>(random() % 200); i < count; ++i)
    text += parts[random() % parts.size()];
  return text;
}

bool BeginsACharacter(std::string_view text) {
  return text.empty() || (static_cast<unsigned char>(text.front()) & 0xC0) != 0x80;
}

TEST(SplitIntoChunks, CoversTheTextInOrderWithinItsLimits) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomText(random);
    ChunkLimits limits;
    limits.overlap_tokens = static_cast<int64_t>(random() % 5);
    limits.tokens_max = limits.overlap_tokens + 1 + static_cast<int64_t>(random() % 40);
    const char* at = text.data();
    for (const TextChunk& chunk : SplitIntoChunks(text, limits)) {
      const std::string_view fresh = chunk.text.substr(chunk.overlap_size);
      const std::string_view skipped(at, static_cast<size_t>(fresh.data() - at));
      EXPECT_EQ(skipped.find_first_not_of(" \n"), std::string_view::npos) << text;
      EXPECT_FALSE(fresh.empty());
      EXPECT_LE(chunk.tokens, limits.tokens_max) << text;
      EXPECT_EQ(chunk.tokens, EstimateTokens(chunk.text));
      EXPECT_LE(EstimateTokens(chunk.text.substr(0, chunk.overlap_size)), limits.overlap_tokens);
      EXPECT_TRUE(BeginsACharacter(chunk.text) && BeginsACharacter(fresh)) << text;
      at = fresh.data() + fresh.size();
    }
    EXPECT_EQ(std::string_view(at).find_first_not_of(" \n"), std::string_view::npos) << text;
  }
}

}  // namespace
}  // namespace firn
