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

TEST(Json, RefusesWhatIsNotJsonAndSaysWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"[1,]", "at byte 4"},
      {"[1 2]", "at byte 4"},
      {R"({"a":1,})", "at byte 8"},
      {R"({"a" 1})", "at byte 6"},
      {"{a:1}", "at byte 2"},
      {"tru", "at byte 4"},
      {"[1", "unexpected end of input"},
      {"01", "at byte 2"},
      {"-", "expected digit after '-'"},
      {"1.", "expected digit after '.'"},
      {"1e+", "expected digit after exponent sign"},
      {".5", "at byte 1"},
      {"1e999", "number overflow"},
      {"\"a\nb\"", "control character U+000A"},
      {R"("\x")", "forbidden character after backslash"},
      {R"("\u12")", "must be followed by 4 hex digits"},
      {R"("\ud800")", "must be followed by U+DC00..U+DFFF"},
      {R"("\ud800\u0041")", "must be followed by U+DC00..U+DFFF"},
      {R"("\udc00")", "must follow U+D800..U+DBFF"},
      {"\"ab", "missing closing quote"},
      {"\"\xc0\xaf\"", "ill-formed UTF-8 byte"},
      {"\"\xed\xa0\x80\"", "ill-formed UTF-8 byte"},
      {"\"\xf4\x90\x80\x80\"", "ill-formed UTF-8 byte"},
      {"\"\xe2\x82\"", "ill-formed UTF-8 byte"},
      {"1 1", "at byte 3"},
  };
  for (const auto& [text, message] : cases) {
    const auto json = Json::Parse(text);
    EXPECT_THAT(json, IsError(ErrorKind::kInvalidArgument)) << text;
    EXPECT_THAT(json, HasMessage(message)) << text;
    EXPECT_THAT(json, testing::Not(HasMessage("json.exception"))) << text;
  }
}

TEST(Json, ReadsEveryFormOfTextAndNumber) {
  EXPECT_THAT(Json::Parse("\xef\xbb\xbf [ ] ")->Dump(), "[]");
  EXPECT_THAT(Json::Parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00")"),
              HasValue(Json("\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
  EXPECT_THAT(Json::Parse("\"\xe2\x82\xac\x7f\""), HasValue(Json("\xe2\x82\xac\x7f")));
  EXPECT_THAT(Json::Parse("[-0, 1.5e3, -2E-2, 1e-400, 18446744073709551616]"),
              HasValue(Json(Json::Array{Json(0), Json(1500.0), Json(-0.02), Json(0.0),
                                        Json(18446744073709551616.0)})));
}

TEST(Json, RefusesMoreValuesThanAllowed) {
  EXPECT_THAT(Json::Parse("[1,2,3]", {.values_max = 4}), IsOk());
  EXPECT_THAT(Json::Parse("[1,2,3]", {.values_max = 3}), IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(Json::Parse("[[]]", {.depth_max = 2}), IsOk());
  EXPECT_THAT(Json::Parse("[[[]]]", {.depth_max = 2}), IsError(ErrorKind::kResourceExhausted));
}

TEST(Json, EscapesWhatItWrites) {
  EXPECT_EQ(Json("a\"\\\n\x01\xc3\xa9\xff").Dump(), "\"a\\\"\\\\\\n\\u0001\xc3\xa9\xef\xbf\xbd\"");
}

TEST(Json, TakesTheLastOfEqualKeys) {
  std::string text = "{";
  for (int at = 0; at < 40; ++at)
    text += "\"k" + std::to_string(at % 20) + "\":" + std::to_string(at) + ",";
  text.back() = '}';
  EXPECT_THAT(Json::Parse(text)->as_object()->size(), 20u);
  EXPECT_THAT(Json::Parse(text)->GetInt64("k3"), HasValue(23));
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
