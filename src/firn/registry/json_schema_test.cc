// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/json_schema.h"

#include <gtest/gtest.h>

#include "firn/table/nested_field.h"
#include "firn/table/type.h"

namespace firn::registry {
namespace {

using table::NestedField;
using table::Type;

table::Schema Sample() {
  std::vector<NestedField> fields = {
      NestedField::Required(1, "id", Type::String()),
      NestedField::Optional(2, "at", Type::TimestampTz()),
      NestedField::Optional(3, "cost", Type::Decimal(18, 9)),
      NestedField::Optional(4, "files",
                            Type::List(NestedField::Required(5, "element", Type::String()))),
      NestedField::Optional(6, "context",
                            Type::Struct({NestedField::Required(7, "path", Type::String())}))};
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

TEST(JsonSchema, IsDraft7WithTitleAndVersion) {
  const Json schema = JsonSchemaOf(Sample(), "silver.x", "1.2.0");
  EXPECT_EQ(schema.GetString("$schema").value(), "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(schema.GetString("title").value(), "silver.x");
  EXPECT_EQ(schema.GetString("version").value(), "1.2.0");
  EXPECT_EQ(schema.Find("required")->Dump(), R"(["id"])");
}

TEST(JsonSchema, LetsOptionalColumnsBeNullAndRequiredOnesNot) {
  const Json schema = JsonSchemaOf(Sample(), "t", "1.0.0");
  const Json& columns = *schema.Find("properties");
  EXPECT_EQ(columns.Find("id")->Dump(), R"({"type":"string"})");
  EXPECT_EQ(columns.Find("at")->Dump(),
            R"({"type":["string","null"],"format":"date-time","x-iceberg-type":"timestamptz"})");
}

TEST(JsonSchema, DescribesNestedColumns) {
  const Json schema = JsonSchemaOf(Sample(), "t", "1.0.0");
  const Json& columns = *schema.Find("properties");
  EXPECT_EQ(columns.Find("files")->Dump(),
            R"({"type":["array","null"],"items":{"type":"string"}})");
  EXPECT_EQ(columns.Find("context")->Find("required")->Dump(), R"(["path"])");
}

TEST(JsonSchema, KeepsDecimalsExact) {
  const Json schema = JsonSchemaOf(Sample(), "t", "1.0.0");
  EXPECT_EQ(schema.Find("properties")->Find("cost")->GetString("x-iceberg-type").value(),
            "decimal(18, 9)");
}

TEST(TableSchema, IsThatOfTheDocument) {
  const Json document = JsonSchemaOf(Sample(), "t", "1.0.0");
  const auto read = TableSchemaOf(document);
  ASSERT_TRUE(read.has_value()) << read.error().ToString();
  EXPECT_EQ(JsonSchemaOf(*read, "t", "1.0.0"), document);
}

TEST(TableSchema, IsMadeOfWhatAPersonWrote) {
  const auto read = TableSchemaOf(
      Json::Parse(R"({"properties":{"id":{"type":"string","format":"uuid"},"n":{"type":"integer"},
                      "day":{"type":["null","string"],"format":"date"},"x":{"type":"number"},
                      "tags":{"type":"object","additionalProperties":{"type":"string"}}},
                      "required":["id","day"]})")
          .value());
  ASSERT_TRUE(read.has_value()) << read.error().ToString();
  const auto& fields = read->fields();
  EXPECT_EQ(fields[0].type, Type::Uuid());
  EXPECT_TRUE(fields[0].required);
  EXPECT_EQ(fields[1].type, Type::Long());
  EXPECT_FALSE(fields[1].required);
  EXPECT_EQ(fields[2].type, Type::Date());
  EXPECT_FALSE(fields[2].required);  // It may be null.
  EXPECT_EQ(fields[3].type, Type::Double());
  EXPECT_EQ(fields[4].type.id(), table::TypeId::kMap);
}

TEST(TableSchema, RefusesMembersOfNoOneType) {
  for (const char* wrong :
       {"{}", R"({"properties":{"a":{}}})", R"({"properties":{"a":{"type":["string","integer"]}}})",
        R"({"properties":{"a":{"type":"array"}}})",
        R"({"properties":{"a":{"x-iceberg-type":"text"}}})"}) {
    EXPECT_FALSE(TableSchemaOf(Json::Parse(wrong).value()).has_value()) << wrong;
  }
  std::string deep = R"({"type":"string"})";
  for (int i = 0; i < 40; ++i)
    deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_FALSE(
      TableSchemaOf(Json::Parse(R"({"properties":{"a":)" + deep + "}}").value()).has_value());
}

}  // namespace
}  // namespace firn::registry
