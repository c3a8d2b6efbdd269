// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/schema_diff.h"

#include "firn/base/testing.h"

namespace firn::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Changes(std::string_view before, std::string_view after) {
  std::vector<std::string> lines;
  const auto changes = DiffSchemas(Json::Parse(before).value(), Json::Parse(after).value());
  for (const SchemaChange& change : changes)
    lines.push_back(std::string(LevelWord(change.level)) + " " + change.path + ": " + change.what);
  return lines;
}

TEST(DiffSchemas, SaysNothingOfEqualOnes) {
  EXPECT_THAT(Changes(R"({"type":["string","null"],"version":"1.0.0"})",
                      R"({"version":"1.1.0","type":["null","string"]})"),
              IsEmpty());
}

TEST(DiffSchemas, CallsNewMembersMinorUnlessTheyMustBeThere) {
  EXPECT_THAT(Changes(R"({"properties":{"a":{}},"required":["a"]})",
                      R"({"properties":{"a":{},"b":{},"c":{}},"required":["a","c"]})"),
              ElementsAre("minor b: added, optional", "major c: added, required"));
}

TEST(DiffSchemas, CallsWhatGoesMajor) {
  EXPECT_THAT(Changes(R"({"properties":{"a":{},"b":{}}})", R"({"properties":{"b":{}}})"),
              ElementsAre("major a: removed"));
}

TEST(DiffSchemas, CallsWiderTypesMinorAndOthersMajor) {
  EXPECT_THAT(Changes(R"({"properties":{"a":{"type":"string"}}})",
                      R"({"properties":{"a":{"type":["string","null"]}}})"),
              ElementsAre("minor a: type: string -> [\"string\",\"null\"]"));
  EXPECT_THAT(Changes(R"({"type":"integer"})", R"({"type":"number"})"),
              ElementsAre("minor : type: integer -> number"));
  EXPECT_THAT(Changes(R"({"type":"number"})", R"({"type":"integer"})"),
              ElementsAre("major : type: number -> integer"));
  EXPECT_THAT(Changes(R"({"x-iceberg-type":"int"})", R"({"x-iceberg-type":"long"})"),
              ElementsAre("minor : x-iceberg-type: int -> long"));
  EXPECT_THAT(Changes(R"({"x-iceberg-type":"long"})", R"({"x-iceberg-type":"int"})"),
              ElementsAre("major : x-iceberg-type: long -> int"));
  EXPECT_THAT(Changes(R"({"x-iceberg-type":"date"})", R"({"x-iceberg-type":"struct<"})"),
              ElementsAre("major : x-iceberg-type: date -> struct<"));
}

TEST(DiffSchemas, LooksAtBoundsByTheirDirection) {
  EXPECT_THAT(Changes(R"({"minimum":0,"maximum":9})", R"({"minimum":-1,"maximum":10})"),
              ElementsAre("minor : maximum: 9 -> 10", "minor : minimum: 0 -> -1"));
  EXPECT_THAT(Changes(R"({"minimum":0})", R"({"minimum":1,"maxLength":5})"),
              ElementsAre("major : maxLength: none -> 5", "major : minimum: 0 -> 1"));
  EXPECT_THAT(Changes(R"({"maxItems":5})", R"({})"), ElementsAre("minor : maxItems: 5 -> none"));
}

TEST(DiffSchemas, LooksAtChoices) {
  EXPECT_THAT(Changes(R"({"enum":["a"]})", R"({"enum":["b","a"]})"),
              ElementsAre("minor : enum: [\"a\"] -> [\"b\",\"a\"]"));
  EXPECT_THAT(Changes(R"({"enum":["a","b"]})", R"({"enum":["a"]})"),
              ElementsAre("major : enum: [\"a\",\"b\"] -> [\"a\"]"));
}

TEST(DiffSchemas, LooksIntoItemsAndOtherMembers) {
  EXPECT_THAT(Changes(R"({"properties":{"a":{"items":{"properties":{}}}}})",
                      R"({"properties":{"a":{"items":{"properties":{"b":{}}}}}})"),
              ElementsAre("minor a[].b: added, optional"));
  EXPECT_THAT(Changes(R"({})", R"({"additionalProperties":false})"),
              ElementsAre("major *: additionalProperties allows less"));
  EXPECT_THAT(Changes(R"({"additionalProperties":false})", R"({"additionalProperties":true})"),
              ElementsAre("minor *: additionalProperties allows more"));
  EXPECT_THAT(Changes(R"({"additionalProperties":{"type":"integer"}})",
                      R"({"additionalProperties":{"type":"number"}})"),
              ElementsAre("minor *: type: integer -> number"));
}

TEST(DiffSchemas, CallsWordsAPatchAndWhatItDoesNotKnowMajor) {
  EXPECT_THAT(Changes(R"({"description":"a"})", R"({"description":"b","x-owner":"ada"})"),
              ElementsAre("patch : description: a -> b", "patch : x-owner: none -> ada"));
  EXPECT_THAT(Changes(R"({"anyOf":[{}]})", R"({"anyOf":[{},{}]})"),
              ElementsAre("major : anyOf: [{}] -> [{},{}]"));
  EXPECT_THAT(Changes(R"({"title":"silver.a"})", R"({"title":"silver.b"})"),
              ElementsAre("major : title: silver.a -> silver.b"));
  EXPECT_THAT(Changes(R"({"properties":{"a":true}})", R"({"properties":{"a":{}}})"),
              ElementsAre("major a: another schema"));
}

TEST(DiffSchemas, EndsInDeepOnes) {
  std::string deep = "{}";
  for (int i = 0; i < 100; ++i)
    deep = R"({"items":)" + deep + "}";
  EXPECT_EQ(Changes(deep, R"({"items":)" + deep + "}").size(), 1U);
}

}  // namespace
}  // namespace firn::registry
