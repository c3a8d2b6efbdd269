// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/conform.h"

#include <string>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/leaf_cast.h"

namespace firn::datafile {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using table::NestedField;
using table::Type;

template <typename Builder, typename Value>
ArrayPtr ArrayOf(const std::shared_ptr<arrow::DataType>& type, const std::vector<Value>& values) {
  Builder builder(type, arrow::default_memory_pool());
  for (const Value& value : values)
    EXPECT_TRUE(builder.Append(value).ok());
  return builder.Finish().ValueOrDie();
}

ArrayPtr Longs(const std::vector<int64_t>& values) {
  return ArrayOf<arrow::Int64Builder>(arrow::int64(), values);
}

BatchPtr BatchOf(arrow::FieldVector fields, arrow::ArrayVector columns) {
  const int64_t rows = columns[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(columns));
}

std::shared_ptr<arrow::Schema> Layout(std::vector<NestedField> fields) {
  return ToArrow(table::Schema::Make(table::SchemaId(0), std::move(fields)).value()).value();
}

Result<BatchPtr> ConformTo(const BatchPtr& batch, std::vector<NestedField> fields) {
  return Conform(*batch, Layout(std::move(fields)), WriteRules());
}

TEST(Conform, PrefersNamesToIdsOfAnotherTable) {
  const auto other = Layout(
      {NestedField::Required(2, "a", Type::Long()), NestedField::Required(1, "b", Type::Long())});
  const auto batch = arrow::RecordBatch::Make(other, 1, {Longs({10}), Longs({20})});
  const auto rows = ConformTo(batch, {NestedField::Required(1, "a", Type::Long()),
                                      NestedField::Required(2, "b", Type::Long())});
  ASSERT_THAT(rows, IsOk());
  EXPECT_TRUE((*rows)->column(0)->Equals(Longs({10})));
}

TEST(Conform, FindsRenamedColumnsByTheirIds) {
  const auto before = Layout({NestedField::Required(1, "old", Type::Long())});
  const auto batch = arrow::RecordBatch::Make(before, 1, {Longs({10})});
  EXPECT_THAT(ConformTo(batch, {NestedField::Required(1, "new", Type::Long())}), IsOk());
}

TEST(Conform, FillsOptionalColumnsWithNulls) {
  const auto rows =
      ConformTo(BatchOf({arrow::field("a", arrow::int64())}, {Longs({1, 2})}),
                {NestedField::Required(1, "a", Type::Long()),
                 NestedField::Optional(
                     2, "b", Type::List(NestedField::Optional(3, "element", Type::Uuid())))});
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->column(1)->null_count(), 2);
}

TEST(Conform, TakesNumbersThatFitAndRefusesOthers) {
  const auto batch = [](int64_t value) {
    return BatchOf({arrow::field("a", arrow::int64())}, {Longs({value})});
  };
  EXPECT_THAT(ConformTo(batch(7), {NestedField::Required(1, "a", Type::Int())}), IsOk());
  EXPECT_THAT(ConformTo(batch(int64_t{1} << 40), {NestedField::Required(1, "a", Type::Int())}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ConformTo(batch(7), {NestedField::Required(1, "a", Type::Decimal(3, 2))}), IsOk());
  EXPECT_THAT(ConformTo(batch(70), {NestedField::Required(1, "a", Type::Decimal(3, 2))}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(Conform, RefusesAnotherKindOfTypeAndNamesTheColumn) {
  const auto batch = BatchOf({arrow::field("a", arrow::int64())}, {Longs({1})});
  const auto rows = ConformTo(batch, {NestedField::Required(1, "a", Type::String())});
  EXPECT_THAT(rows, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(rows, HasMessage("a: the column holds another type: int64 instead of string"));
}

// The rule that one column of a batch breaks.
std::string RuleBroken(const ArrayPtr& column, const Type& type) {
  const auto rows = ConformTo(BatchOf({arrow::field("a", column->type())}, {column}),
                              {NestedField::Optional(1, "a", type)});
  EXPECT_THAT(rows, IsError(ErrorKind::kInvalidArgument));
  return rows ? "" : rows.error().message;
}

TEST(Validation, NamesRowColumnValueAndRuleForEachType) {
  const auto strings = [](const std::vector<std::string>& values) {
    return ArrayOf<arrow::StringBuilder>(arrow::utf8(), values);
  };
  const auto at = [](const std::string& row, const std::string& rest) {
    return "a: the value in row " + row + " of the batch does not fit, " + rest;
  };
  EXPECT_EQ(RuleBroken(Longs({1, 2, int64_t{1} << 40}), Type::Int()),
            at("3", "int holds -2147483648 to 2147483647: 1099511627776"));
  const auto large =
      ArrayOf<arrow::UInt64Builder>(arrow::uint64(), std::vector<uint64_t>{UINT64_MAX});
  EXPECT_EQ(
      RuleBroken(large, Type::Long()),
      at("1", "long holds -9223372036854775808 to 9223372036854775807: 18446744073709551615"));
  EXPECT_EQ(RuleBroken(Longs({1, 16777217}), Type::Float()),
            at("2", "float holds whole numbers up to 16777216 exactly: 16777217"));
  EXPECT_EQ(RuleBroken(Longs({1, 70}), Type::Decimal(3, 2)),
            at("2", "decimal(3, 2) holds 3 digits, 2 of them behind the point: 70"));
  const auto day = arrow::time64(arrow::TimeUnit::MICRO);
  EXPECT_NE(RuleBroken(ArrayOf<arrow::Time64Builder, int64_t>(day, {86'400'000'000}), Type::Time())
                .find(at("1", "time is from 00:00:00 to 23:59:59.999999")),
            std::string::npos);
  const auto millis = arrow::timestamp(arrow::TimeUnit::MILLI);
  EXPECT_NE(RuleBroken(ArrayOf<arrow::TimestampBuilder, int64_t>(millis, {0, INT64_MAX}),
                       Type::Timestamp())
                .find(at("2", "the column counts whole microseconds in 64 bits")),
            std::string::npos);
  const auto nanos = arrow::timestamp(arrow::TimeUnit::NANO);
  EXPECT_NE(RuleBroken(ArrayOf<arrow::TimestampBuilder, int64_t>(nanos, {1001}), Type::Timestamp())
                .find(at("1", "the column counts whole microseconds in 64 bits")),
            std::string::npos);
  EXPECT_NE(RuleBroken(strings({"fine", "\xFF"}), Type::String()).find(at("2", "text is UTF-8")),
            std::string::npos);
  EXPECT_NE(RuleBroken(strings({"f79c"}), Type::Uuid())
                .find(at("1", "uuid has 16 bytes, as text 36 characters: f79c")),
            std::string::npos);
}

TEST(Validation, LooksAtDecimalsThatNeedNoConversion) {
  const auto type = arrow::decimal128(3, 2);
  arrow::Decimal128Builder builder(type);
  EXPECT_TRUE(builder.Append(arrow::Decimal128(999)).ok());
  EXPECT_TRUE(builder.Append(arrow::Decimal128(-1000)).ok());
  EXPECT_EQ(RuleBroken(builder.Finish().ValueOrDie(), Type::Decimal(3, 2)),
            "a: the value in row 2 of the batch does not fit, decimal(3, 2) holds 3 digits, 2 of "
            "them behind the point: -10.00");
}

TEST(Validation, FindsACharacterCutBetweenTwoTexts) {
  const auto cut = ArrayOf<arrow::StringBuilder, std::string>(arrow::utf8(), {"x\xC3", "\xA9"});
  EXPECT_NE(
      RuleBroken(cut, Type::String()).find("in row 1 of the batch does not fit, text is UTF-8"),
      std::string::npos);
}

TEST(Validation, LetsNullsAndWhatIsBehindThemPass) {
  arrow::Time64Builder builder(arrow::time64(arrow::TimeUnit::MICRO), arrow::default_memory_pool());
  const std::vector<int64_t> values = {1, -1};
  const std::vector<bool> valid = {true, false};
  ASSERT_TRUE(builder.AppendValues(values, valid).ok());
  const auto column = builder.Finish().ValueOrDie();
  EXPECT_THAT(ConformTo(BatchOf({arrow::field("a", column->type())}, {column}),
                        {NestedField::Optional(1, "a", Type::Time())}),
              IsOk());
}

// Rows of lists of structs: {}, {1, 2}, {3, `last`}; the batch is cut out of a longer one.
BatchPtr ListsOfStructs(int64_t last) {
  const auto numbers = Longs({1, 2, 3, last});
  const auto structs =
      arrow::StructArray::Make({numbers}, std::vector<std::string>{"x"}).ValueOrDie();
  const auto offsets = ArrayOf<arrow::Int32Builder, int32_t>(arrow::int32(), {0, 0, 0, 2, 4});
  const auto lists = arrow::ListArray::FromArrays(*offsets, *structs).ValueOrDie();
  return BatchOf({arrow::field("s", lists->type())}, {lists})->Slice(1);
}

std::vector<NestedField> ListOfStructOfInt() {
  return {NestedField::Optional(
      1, "s",
      Type::List(NestedField::Optional(
          2, "element", Type::Struct({NestedField::Optional(3, "x", Type::Int())}))))};
}

TEST(Validation, FindsTheRowOfANestedValue) {
  EXPECT_THAT(ConformTo(ListsOfStructs(4), ListOfStructOfInt()), IsOk());
  EXPECT_THAT(ConformTo(ListsOfStructs(int64_t{1} << 40), ListOfStructOfInt()),
              HasMessage("s.element.x: the value in row 3 of the batch does not fit, int holds"));
}

TEST(Validation, NamesTheColumnOfAnotherShape) {
  const auto batch = BatchOf({arrow::field("s", arrow::int64())}, {Longs({1})});
  EXPECT_THAT(ConformTo(batch, ListOfStructOfInt()),
              HasMessage("s: the column holds another type: int64 instead of a list"));
  const auto structs =
      arrow::StructArray::Make({Longs({1})}, std::vector<std::string>{"y"}).ValueOrDie();
  const auto rows = ConformTo(
      BatchOf({arrow::field("s", structs->type())}, {structs}),
      {NestedField::Optional(1, "s", Type::Struct({NestedField::Required(2, "x", Type::Int())}))});
  EXPECT_THAT(rows, HasMessage("s: a required column is missing: x"));
}

TEST(CastLeaf, ReadsUuidsFromText) {
  const std::string text = "f79c3e09-677c-4bbd-a479-3f349cb785e7";
  const auto uuid = ToArrow(Type::Uuid()).value();
  const auto good = ArrayOf<arrow::StringBuilder, std::string>(arrow::utf8(), {text});
  const auto cast = CastLeaf(good, uuid);
  ASSERT_THAT(cast, IsOk());
  EXPECT_TRUE((*cast)->type()->Equals(*uuid));
  const auto bad = ArrayOf<arrow::StringBuilder, std::string>(arrow::utf8(), {"f79c"});
  EXPECT_THAT(CastLeaf(bad, uuid), IsError(ErrorKind::kInvalidArgument));
}

TEST(CastLeaf, DecodesDictionariesAndViews) {
  const auto plain = ArrayOf<arrow::StringBuilder, std::string>(arrow::utf8(), {"x", "y"});
  const auto view = ArrayOf<arrow::StringViewBuilder, std::string>(arrow::utf8_view(), {"x", "y"});
  const auto large =
      ArrayOf<arrow::LargeStringBuilder, std::string>(arrow::large_utf8(), {"x", "y"});
  const auto indices = ArrayOf<arrow::Int8Builder, int8_t>(arrow::int8(), {0, 1});
  const auto dictionary = std::make_shared<arrow::DictionaryArray>(
      arrow::dictionary(arrow::int8(), arrow::utf8()), indices, plain);
  for (const ArrayPtr& given : arrow::ArrayVector{view, large, dictionary}) {
    const auto cast = CastLeaf(given, arrow::utf8());
    ASSERT_THAT(cast, IsOk()) << given->type()->ToString();
    EXPECT_TRUE((*cast)->Equals(plain));
  }
}

TEST(CastLeaf, KeepsInstantsAndLocalTimesApart) {
  const auto local = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto berlin = arrow::timestamp(arrow::TimeUnit::MILLI, "Europe/Berlin");
  const auto values = ArrayOf<arrow::TimestampBuilder, int64_t>(berlin, {5});
  const auto cast = CastLeaf(values, utc);
  ASSERT_THAT(cast, IsOk());
  EXPECT_EQ(static_cast<const arrow::TimestampArray&>(**cast).Value(0), 5000);
  EXPECT_THAT(CastLeaf(values, local), IsError(ErrorKind::kInvalidArgument));
}

TEST(CastLeaf, RefusesNanosecondsThatWouldBeLost) {
  const auto nanos = arrow::timestamp(arrow::TimeUnit::NANO);
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto values = ArrayOf<arrow::TimestampBuilder, int64_t>(nanos, {1001});
  EXPECT_THAT(CastLeaf(values, micros), IsError(ErrorKind::kInvalidArgument));
}

// A struct with a required child: the second struct is null and so is its child, the third child
// is null if asked for.
BatchPtr StructWithRequiredChild(bool third_is_null) {
  arrow::Int64Builder values;
  EXPECT_TRUE(values.Append(1).ok() && values.AppendNull().ok());
  EXPECT_TRUE((third_is_null ? values.AppendNull() : values.Append(3)).ok());
  const auto layout = Layout(
      {NestedField::Optional(1, "s", Type::Struct({NestedField::Required(2, "x", Type::Long())}))});
  auto bits = arrow::Buffer::FromString(std::string(1, '\x05'));
  const auto child = values.Finish().ValueOrDie();
  const auto structs = std::make_shared<arrow::StructArray>(layout->field(0)->type(), 3,
                                                            arrow::ArrayVector{child}, bits);
  return arrow::RecordBatch::Make(layout, 3, {structs});
}

TEST(CheckRequired, ForgivesNullsBelowANull) {
  const auto rows = StructWithRequiredChild(false);
  EXPECT_THAT(CheckRequired(*rows), IsOk());
  const auto clean = WithoutRequiredNulls(*rows);
  const auto& structs = static_cast<const arrow::StructArray&>(*clean->column(0));
  EXPECT_EQ(structs.null_count(), 1);
  EXPECT_EQ(structs.field(0)->null_count(), 0);
}

TEST(CheckRequired, NamesTheFieldAndRowOfANull) {
  EXPECT_THAT(CheckRequired(*StructWithRequiredChild(true)), HasMessage("s.x in row 3"));
}

}  // namespace
}  // namespace firn::datafile
