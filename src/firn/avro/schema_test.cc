// SPDX-License-Identifier: Apache-2.0

#include "firn/avro/schema.h"

#include "firn/base/testing.h"

namespace firn::avro {
namespace {

TEST(ParseSchema, ReadsIdsOfFieldsElementsKeysAndValues) {
  const auto schema = ParseSchema(R"({"type":"record","name":"r","fields":[
    {"name":"a","type":["null",{"type":"array","items":"long","element-id":7}],"field-id":3},
    {"name":"m","type":{"type":"map","values":"int","key-id":8,"value-id":9},"field-id":4},
    {"name":"t","type":{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":true}}]})");
  ASSERT_THAT(schema, IsOk());
  const auto& fields = (*schema)->fields;
  EXPECT_EQ(fields[0].id, 3);
  EXPECT_EQ(fields[0].schema->children[1]->element_id, 7);
  EXPECT_EQ(fields[1].schema->key_id, 8);
  EXPECT_EQ(fields[1].schema->value_id, 9);
  EXPECT_EQ(fields[2].id, kNoId);
  EXPECT_TRUE(fields[2].schema->adjust_to_utc);
  EXPECT_EQ(fields[2].schema->kind, Kind::kLong);
}

TEST(ParseSchema, FindsNamedTypesAgain) {
  const auto schema = ParseSchema(R"({"type":"record","name":"r","fields":[
    {"name":"a","type":{"type":"fixed","name":"four","size":4}}, {"name":"b","type":"four"}]})");
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ((*schema)->fields[1].schema->size_bytes, 4);
}

TEST(ParseSchema, RefusesWhatIsNoSchema) {
  for (const char* text :
       {"", "{}", "[]", "\"nothing\"", R"({"type":"array"})", R"({"type":"record","name":"r"})",
        R"({"type":"fixed","name":"f"})", R"({"type":"fixed","name":"f","size":-4})", "17"}) {
    EXPECT_THAT(ParseSchema(text), IsError(ErrorKind::kCorrupt)) << text;
  }
}

TEST(ParseSchema, RefusesRecursionAndDepth) {
  EXPECT_THAT(ParseSchema(R"({"type":"record","name":"r","fields":[{"name":"a","type":"r"}]})"),
              IsError(ErrorKind::kUnsupported));
  std::string deep = "\"int\"";
  for (int depth = 0; depth < 100; ++depth)
    deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_THAT(ParseSchema(deep), IsError(ErrorKind::kResourceExhausted));
}

TEST(ParseSchemaOnce, GivesTheSameSchemaForTheSameText) {
  const std::string text = R"({"type":"array","items":"long","element-id":7})";
  const auto first = ParseSchemaOnce(text);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ((*first)->element_id, 7);
  EXPECT_EQ(*ParseSchemaOnce(text), *first);
  EXPECT_EQ((*ParseSchemaOnce(R"({"type":"array","items":"long","element-id":8})"))->element_id, 8);
  EXPECT_THAT(ParseSchemaOnce("17"), IsError(ErrorKind::kCorrupt));
}

TEST(ParseSchemaOnce, ForgetsWhatWasUsedLongestAgo) {
  const auto text = [](int number) {
    return R"({"type":"record","fields":[],"name":"r)" + std::to_string(number) + "\",\"doc\":\"" +
           std::string(100'000, 'd') + "\"}";
  };
  const auto kept = ParseSchemaOnce(text(0));
  const auto forgotten = ParseSchemaOnce(text(1));
  ASSERT_THAT(forgotten, IsOk());
  for (int number = 2; number < 20; ++number) {
    ASSERT_THAT(ParseSchemaOnce(text(number)), IsOk());
    EXPECT_EQ(*ParseSchemaOnce(text(0)), *kept);
  }
  const auto again = ParseSchemaOnce(text(1));
  ASSERT_THAT(again, IsOk());
  EXPECT_NE(*again, *forgotten);
  EXPECT_EQ((*again)->name, "r1");
}

TEST(SanitizeName, MakesNamesThatAvroAllows) {
  EXPECT_EQ(SanitizeName("plain_1"), "plain_1");
  EXPECT_EQ(SanitizeName("1st"), "_1st");
  EXPECT_EQ(SanitizeName("a.b-c"), "a_x2Eb_x2Dc");
}

}  // namespace
}  // namespace firn::avro
