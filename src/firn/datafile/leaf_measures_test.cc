// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/leaf_measures.h"

#include <functional>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/table/nested_field.h"

namespace firn::datafile {
namespace {

using table::FieldId;
using table::NestedField;
using table::Type;

constexpr int kRows = 1000;

std::shared_ptr<arrow::Array> Texts(const std::function<std::string(int)>& value_at) {
  arrow::StringBuilder builder;
  for (int i = 0; i < kRows; ++i)
    EXPECT_TRUE(builder.Append(value_at(i)).ok());
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> Longs(const std::function<int64_t(int)>& value_at) {
  arrow::Int64Builder builder;
  for (int i = 0; i < kRows; ++i)
    EXPECT_TRUE(builder.Append(value_at(i)).ok());
  return builder.Finish().ValueOrDie();
}

LeafMeasures Measure(const std::vector<Type>& types, const arrow::ArrayVector& columns) {
  std::vector<NestedField> fields;
  for (size_t i = 0; i < types.size(); ++i) {
    fields.push_back(
        NestedField::Optional(static_cast<int32_t>(i) + 1, "c" + std::to_string(i + 1), types[i]));
  }
  const auto schema = table::Schema::Make(table::SchemaId(0), fields).value();
  return MeasureLeaves(*arrow::Table::Make(ToArrow(schema).value(), columns, kRows));
}

TEST(MeasureLeaves, SeesWhichValuesRepeat) {
  const auto id = [](int i) { return "id-" + std::to_string(i * 7919); };
  const auto measured = Measure(
      {Type::String(), Type::String(), Type::Long(), Type::Long()},
      {Texts(id), Texts([&](int i) { return id(i / 4); }),
       Longs([](int i) { return int64_t{1} << (i % 60); }), Longs([](int i) { return i; })});
  EXPECT_FALSE(measured.at(FieldId(1)).repeats);
  EXPECT_TRUE(measured.at(FieldId(2)).repeats) << "equals side by side";
  EXPECT_TRUE(measured.at(FieldId(3)).repeats);
  EXPECT_FALSE(measured.at(FieldId(4)).repeats);
}

TEST(MeasureLeaves, TellsLongTextsFromShortOnes) {
  const auto measured =
      Measure({Type::String(), Type::String()},
              {Texts([](int i) { return std::string(600, static_cast<char>('a' + i % 26)); }),
               Texts([](int) { return std::string("short"); })});
  EXPECT_TRUE(measured.at(FieldId(1)).is_long());
  EXPECT_FALSE(measured.at(FieldId(2)).is_long());
}

TEST(MeasureLeaves, LeavesNullsOut) {
  const auto nulls = arrow::MakeArrayOfNull(arrow::int64(), kRows).ValueOrDie();
  const auto measured = Measure({Type::Long()}, {nulls});
  EXPECT_EQ(measured.at(FieldId(1)).values, 0);
  EXPECT_TRUE(measured.at(FieldId(1)).repeats);
}

TEST(MeasureLeaves, LooksIntoListsAndSlices) {
  const Type type = Type::List(NestedField::Optional(2, "element", Type::String()));
  const auto builder = arrow::MakeBuilder(ToArrow(type).value()).ValueOrDie();
  auto& lists = static_cast<arrow::ListBuilder&>(*builder);
  auto& words = static_cast<arrow::StringBuilder&>(*lists.value_builder());
  for (int i = 0; i < 2 * kRows; ++i) {
    EXPECT_TRUE(lists.Append().ok());
    EXPECT_TRUE(words.Append(i < kRows ? "same" : "word " + std::to_string(i)).ok());
  }
  const auto all = lists.Finish().ValueOrDie();
  EXPECT_TRUE(Measure({type}, {all->Slice(0, kRows)}).at(FieldId(2)).repeats);
  EXPECT_FALSE(Measure({type}, {all->Slice(kRows)}).at(FieldId(2)).repeats);
}

}  // namespace
}  // namespace firn::datafile
