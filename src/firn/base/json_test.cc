// SPDX-License-Identifier: Apache-2.0

#include "firn/base/json.h"

#include "firn/base/testing.h"

namespace firn {
namespace {

TEST(Json, WritesWhatItReadInTheSameOrder) {
  const std::string text = R"({"b":1,"a":[true,null,"x"],"c":{"d":-2.5}})";
  auto json = Json::Parse(text);
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ(json->Dump(), text);
}

TEST(Json, KeepsWholeNumbersExact) {
  const std::string text = R"([9223372036854775807,-9223372036854775808,18446744073709551615])";
  auto json = Json::Parse(text);
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ(json->Dump(), text);
  EXPECT_THAT((*json->as_array())[0].ToInt64(), HasValue(9223372036854775807));
  EXPECT_THAT((*json->as_array())[2].ToInt64(), IsError(ErrorKind::kInvalidArgument));
}

TEST(Json, RefusesDepthBeyondTheLimitWithoutRecursing) {
  EXPECT_THAT(Json::Parse(std::string(100'000, '[')), IsError(ErrorKind::kResourceExhausted));
}

TEST(Json, RefusesTrailingBytesAndTruncation) {
  EXPECT_THAT(Json::Parse("{} x"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Json::Parse("{\"a\":"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Json::Parse(""), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Json::Parse("\"\xff\""), IsError(ErrorKind::kInvalidArgument));
}

TEST(Json, TakesTheLastOfEqualKeys) {
  EXPECT_THAT(Json::Parse(R"({"a":1,"b":2,"a":3})")->Dump(), R"({"b":2,"a":3})");
}

TEST(Json, NamesTheMemberThatIsMissingOrOfAnotherType) {
  auto json = Json::Parse(R"({"a":"x"})");
  EXPECT_THAT(json->GetInt64("a"), HasMessage("'a' is not a whole number"));
  EXPECT_THAT(json->GetInt64("b"), HasMessage("no member: b"));
}

TEST(Json, SetsAndTakesMembers) {
  Json json;
  json.Set("a", 1);
  json.Set("b", "text");
  EXPECT_EQ(json.Take("b"), Json("text"));
  EXPECT_TRUE(json.Find("b") == nullptr);
}

}  // namespace
}  // namespace firn
