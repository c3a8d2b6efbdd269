// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/arrow_schema.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/random_rows.h"

namespace firn::datafile {
namespace {

using table::FieldId;
using table::NestedField;
using table::Type;

TEST(ArrowSchema, GivesBackEveryTypeWithItsIds) {
  const table::Schema schema = SchemaOfAllTypes();
  const auto layout = ToArrow(schema);
  ASSERT_THAT(layout, IsOk());
  EXPECT_THAT(FromArrow(**layout), HasValue(schema));
}

TEST(ArrowSchema, MarksEveryLevelWithItsFieldId) {
  const auto layout = ToArrow(SchemaOfAllTypes()).value();
  const auto messages = layout->GetFieldByName("messages");
  EXPECT_EQ(FieldIdOf(*messages), FieldId(24));
  EXPECT_EQ(FieldIdOf(*messages->type()->field(0)), FieldId(25));
  EXPECT_EQ(FieldIdOf(*messages->type()->field(0)->type()->field(0)), FieldId(26));
  const auto& labels =
      static_cast<const arrow::MapType&>(*layout->GetFieldByName("labels")->type());
  EXPECT_EQ(FieldIdOf(*labels.key_field()), FieldId(30));
  EXPECT_EQ(FieldIdOf(*labels.item_field()), FieldId(31));
}

TEST(ArrowSchema, KeepsInstantsInUtc) {
  EXPECT_EQ(ToArrow(Type::TimestampTz()).value()->ToString(), "timestamp[us, tz=UTC]");
  EXPECT_EQ(ToArrow(Type::Timestamp()).value()->ToString(), "timestamp[us]");
}

TEST(ArrowSchema, StoresNoUnknownColumns) {
  const auto schema = *table::Schema::Make(
      table::SchemaId(0),
      {NestedField::Optional(1, "a", Type::Int()), NestedField::Optional(2, "u", Type::Unknown())});
  EXPECT_EQ((*ToArrow(schema))->field(1)->type()->id(), arrow::Type::NA);
  EXPECT_EQ(StoredSchema(schema)->fields(), std::vector<NestedField>{schema.fields()[0]});
}

TEST(ArrowSchema, CountsIdsWhereAnyFieldHasNone) {
  const auto schema = FromArrow(*arrow::schema(
      {arrow::field("a", arrow::list(arrow::uint64())), arrow::field("b", arrow::int8(), false)}));
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->FindByName("a.element")->type, Type::Decimal(20, 0));
  EXPECT_EQ(schema->FindByName("b")->type, Type::Int());
  EXPECT_TRUE(schema->FindByName("b")->required);
  EXPECT_EQ(schema->FieldIds().size(), 3u);
}

TEST(ArrowSchema, SaysWhichColumnHasNoType) {
  const auto schema = FromArrow(*arrow::schema({arrow::field("gap", arrow::month_interval())}));
  EXPECT_THAT(schema, IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(schema, HasMessage("gap"));
}

TEST(ArrowSchema, IgnoresIdsThatAreNoNumbers) {
  const auto field = arrow::field("a", arrow::int32())
                         ->WithMetadata(arrow::key_value_metadata({"PARQUET:field_id"}, {"7x"}));
  EXPECT_EQ(FieldIdOf(*field), std::nullopt);
}

}  // namespace
}  // namespace firn::datafile
