// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/type_guess.h"

#include <vector>

#include "firn/base/testing.h"
#include "firn/table/nested_field.h"

namespace firn::ingest {
namespace {

std::string GuessText(const std::vector<std::string>& values) {
  TypeGuess guess;
  for (const std::string& value : values)
    guess.SeeText(value);
  int32_t next_id = 1;
  return guess.ToType(next_id).ToString();
}

TEST(TypeGuess, FindsTheNarrowestTypeThatHoldsAllTexts) {
  EXPECT_EQ(GuessText({"1", "-20"}), "long");
  EXPECT_EQ(GuessText({"1", "2.5", "1e3"}), "double");
  EXPECT_EQ(GuessText({"1.", ".5", "-0.123456789012345678901"}), "double");
  EXPECT_EQ(GuessText({"true", "FALSE"}), "boolean");
  EXPECT_EQ(GuessText({"2025-11-05", "2024-02-29"}), "date");
  EXPECT_EQ(GuessText({"2025-11-05", "2025-11-05T10:00:00"}), "timestamp");
  EXPECT_EQ(GuessText({"2025-11-05T10:00:00Z", "2025-11-05T10:00:00+02:00"}), "timestamptz");
}

TEST(TypeGuess, IsTextWhereValuesDoNotGoTogether) {
  EXPECT_EQ(GuessText({"1", "x"}), "string");
  EXPECT_EQ(GuessText({"1", "+1"}), "string");
  EXPECT_EQ(GuessText({"1.5", "."}), "string");
  EXPECT_EQ(GuessText({"1", "true"}), "string");
  EXPECT_EQ(GuessText({"2025-11-05T10:00:00Z", "2025-11-05T10:00:00"}), "string");
  EXPECT_EQ(GuessText({"2025-02-30"}), "string");
}

TEST(TypeGuess, KeepsWhatANumberWouldLose) {
  EXPECT_EQ(GuessText({"00123", "55"}), "string");
  EXPECT_EQ(GuessText({"12345678901234567890"}), "string");
}

TEST(TypeGuess, IsTextWithoutAnyValue) {
  EXPECT_EQ(GuessText({}), "string");
}

TEST(TypeGuess, NestsObjectsAndArrays) {
  TypeGuess guess;
  guess.SeeObject();
  guess.Member("n").SeeWhole();
  guess.Member("n").SeeFraction();
  TypeGuess& item = guess.Member("tags").SeeArray();
  item.SeeString("a");
  int32_t next_id = 1;
  EXPECT_EQ(guess.ToType(next_id).ToString(),
            "struct<1: n: optional double, 2: tags: optional list<string>>");
}

TEST(SchemaOf, RefusesDataWithoutColumns) {
  EXPECT_THAT(SchemaOf(TypeGuess()), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::ingest
