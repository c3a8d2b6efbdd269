// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/column_type.h"

#include "firn/base/testing.h"
#include "firn/pipeline/shipped.h"
#include "firn/table/nested_field.h"

namespace firn::pipeline {
namespace {

TEST(ParseColumnType, ReadsNestedTypes) {
  int32_t next_id = 1;
  const auto type = ParseColumnType("struct<a: int!, b: list<decimal(18, 9)>>", next_id);
  ASSERT_THAT(type, IsOk());
  ASSERT_EQ(type->fields().size(), 2U);
  EXPECT_TRUE(type->fields()[0].required);
  EXPECT_EQ(type->fields()[0].type, table::Type::Int());
  EXPECT_EQ(type->fields()[1].type.element().type, table::Type::Decimal(18, 9));
  EXPECT_EQ(next_id, 4);
}

TEST(ParseColumnType, RefusesWhatIsNoType) {
  int32_t next_id = 1;
  EXPECT_THAT(ParseColumnType("lost<string>", next_id), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ParseColumnType("struct<a int>", next_id), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ParseColumnType("map<string>", next_id), IsError(ErrorKind::kInvalidArgument));
}

TEST(BuildTable, DescribesEveryTableOfTheShippedPackage) {
  const auto package = ConversationsPackage();
  ASSERT_THAT(package, IsOk());
  for (const Model& model : package->models) {
    if (model.kind == ModelKind::kView || model.kind == ModelKind::kNative) continue;
    for (const std::string_view scale : {"initial", "medium", "large", "massive"}) {
      const auto table = BuildTable(model, nullptr, scale);
      EXPECT_THAT(table, IsOk()) << model.name << " at " << scale;
    }
  }
}

TEST(BuildTable, PartitionsByScale) {
  const auto package = ConversationsPackage();
  ASSERT_THAT(package, IsOk());
  const auto initial = BuildTable(*package->Find("silver.api_calls"), nullptr, "initial");
  ASSERT_THAT(initial, IsOk());
  ASSERT_EQ(initial->spec.fields.size(), 2U);
  EXPECT_EQ(initial->spec.fields[1].transform, table::Transform::Month());
  const auto massive = BuildTable(*package->Find("silver.api_calls"), nullptr, "massive");
  ASSERT_THAT(massive, IsOk());
  EXPECT_EQ(massive->spec.fields[0].transform, table::Transform::Bucket(256));
}

TEST(BuildSortOrder, RefusesUnknownColumnsAndDirections) {
  const auto schema = BuildSchema({{"a", "long", false, "", 1}});
  ASSERT_THAT(schema, IsOk());
  EXPECT_THAT(BuildSortOrder(*schema, {"b"}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(BuildSortOrder(*schema, {"a down"}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(BuildSortOrder(*schema, {"a desc"}), IsOk());
}

}  // namespace
}  // namespace firn::pipeline
