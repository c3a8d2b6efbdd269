// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/random_rows.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/util/bit_util.h>

#include "firn/datafile/arrow_schema.h"

namespace firn::datafile {
namespace {

using arrow::Array;
using ArrayPtr = std::shared_ptr<Array>;
using table::NestedField;
using table::Type;

class Generator {
 public:
  explicit Generator(std::mt19937_64& random) : random_(random) {}

  ArrayPtr Column(const NestedField& field, int64_t rows) {
    const auto type = ToArrow(field.type).value();
    auto nulls = Nulls(field, rows);
    switch (field.type.id()) {
      case table::TypeId::kStruct:
        return Struct(field, type, rows, std::move(nulls));
      case table::TypeId::kList:
      case table::TypeId::kMap:
        return Repeated(field, type, rows, std::move(nulls));
      default:
        return Leaf(field.type, type, rows, nulls);
    }
  }

 private:
  int64_t Below(int64_t bound) {
    return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_);
  }

  std::vector<bool> Nulls(const NestedField& field, int64_t rows) {
    std::vector<bool> nulls(static_cast<size_t>(rows), false);
    for (size_t i = 0; !field.required && i < nulls.size(); ++i)
      nulls[i] = Below(5) == 0;
    return nulls;
  }

  static std::shared_ptr<arrow::Buffer> Bitmap(const std::vector<bool>& nulls) {
    auto bitmap = arrow::AllocateEmptyBitmap(static_cast<int64_t>(nulls.size())).ValueOrDie();
    for (size_t i = 0; i < nulls.size(); ++i) {
      if (!nulls[i]) arrow::bit_util::SetBit(bitmap->mutable_data(), static_cast<int64_t>(i));
    }
    return bitmap;
  }

  ArrayPtr Struct(const NestedField& field, const std::shared_ptr<arrow::DataType>& type,
                  int64_t rows, std::vector<bool> nulls) {
    std::vector<std::shared_ptr<arrow::ArrayData>> children;
    for (const NestedField& child : field.type.fields()) {
      children.push_back(Column(child, rows)->data());
    }
    return arrow::MakeArray(
        arrow::ArrayData::Make(type, rows, {Bitmap(nulls)}, std::move(children)));
  }

  ArrayPtr Repeated(const NestedField& field, const std::shared_ptr<arrow::DataType>& type,
                    int64_t rows, std::vector<bool> nulls) {
    std::vector<int32_t> offsets = {0};
    for (int64_t i = 0; i < rows; ++i) {
      const auto length = nulls[static_cast<size_t>(i)] ? 0 : Below(4);
      offsets.push_back(offsets.back() + static_cast<int32_t>(length));
    }
    const int64_t length = offsets.back();
    std::vector<std::shared_ptr<arrow::ArrayData>> children;
    for (const NestedField& child : field.type.fields()) {
      children.push_back(Column(child, length)->data());
    }
    if (type->id() == arrow::Type::MAP) {
      children = {arrow::ArrayData::Make(type->field(0)->type(), length, {nullptr}, children)};
    }
    return arrow::MakeArray(arrow::ArrayData::Make(
        type, rows, {Bitmap(nulls), arrow::Buffer::FromVector(std::move(offsets))},
        std::move(children)));
  }

  std::string Text() {
    std::string text;
    static const std::vector<std::string> kPieces = {
        "a", "Z", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\x89", " ", "\n"};
    const int64_t length = Below(10) == 0 ? 300 : Below(20);
    for (int64_t i = 0; i < length; ++i) {
      text += kPieces[static_cast<size_t>(Below(static_cast<int64_t>(kPieces.size())))];
    }
    return text;
  }

  std::string Bytes(int64_t length) {
    std::string bytes;
    for (int64_t i = 0; i < length; ++i)
      bytes.push_back(static_cast<char>(Below(256)));
    return bytes;
  }

  double Number() {
    switch (Below(8)) {
      case 0:
        return std::numeric_limits<double>::quiet_NaN();
      case 1:
        return -0.0;
      case 2:
        return 0.0;
      default:
        return static_cast<double>(Below(2000) - 1000) / 8;
    }
  }

  // A decimal of at most `precision` digits.
  arrow::Decimal128 Decimal(int32_t precision) {
    arrow::Decimal128 value(0);
    const int64_t digits = Below(precision + 1);
    for (int64_t i = 0; i < digits; ++i)
      value = value * 10 + arrow::Decimal128(Below(10));
    return Below(2) == 0 ? value : arrow::Decimal128(-value);
  }

  template <typename Builder, typename Value>
  ArrayPtr Build(const std::shared_ptr<arrow::DataType>& type, const std::vector<bool>& nulls,
                 Value make) {
    Builder builder(type, arrow::default_memory_pool());
    for (const bool is_null : nulls) {
      const auto appended = is_null ? builder.AppendNull() : builder.Append(make());
      if (!appended.ok()) std::abort();
    }
    return builder.Finish().ValueOrDie();
  }

  ArrayPtr Leaf(const Type& type, const std::shared_ptr<arrow::DataType>& layout, int64_t,
                const std::vector<bool>& nulls) {
    switch (type.id()) {
      case table::TypeId::kBoolean:
        return Build<arrow::BooleanBuilder>(layout, nulls, [&] { return Below(2) == 0; });
      case table::TypeId::kInt:
        return Build<arrow::Int32Builder>(layout, nulls,
                                          [&] { return static_cast<int32_t>(random_()); });
      case table::TypeId::kDate:
        return Build<arrow::Date32Builder>(
            layout, nulls, [&] { return static_cast<int32_t>(Below(40'000) - 10'000); });
      case table::TypeId::kLong:
        return Build<arrow::Int64Builder>(layout, nulls,
                                          [&] { return static_cast<int64_t>(random_()); });
      case table::TypeId::kTime:
        return Build<arrow::Time64Builder>(layout, nulls, [&] { return Below(86'400'000'000); });
      case table::TypeId::kFloat:
        return Build<arrow::FloatBuilder>(layout, nulls,
                                          [&] { return static_cast<float>(Number()); });
      case table::TypeId::kDouble:
        return Build<arrow::DoubleBuilder>(layout, nulls, [&] { return Number(); });
      case table::TypeId::kDecimal:
        return Build<arrow::Decimal128Builder>(layout, nulls,
                                               [&] { return Decimal(type.precision()); });
      case table::TypeId::kString:
        return Build<arrow::StringBuilder>(layout, nulls, [&] { return Text(); });
      case table::TypeId::kBinary:
        return Build<arrow::BinaryBuilder>(layout, nulls, [&] { return Bytes(Below(30)); });
      case table::TypeId::kFixed:
        return Build<arrow::FixedSizeBinaryBuilder>(layout, nulls,
                                                    [&] { return Bytes(type.length_bytes()); });
      case table::TypeId::kUuid: {
        const auto storage = Build<arrow::FixedSizeBinaryBuilder>(arrow::fixed_size_binary(16),
                                                                  nulls, [&] { return Bytes(16); });
        return arrow::ExtensionType::WrapArray(layout, storage);
      }
      default:
        return Build<arrow::TimestampBuilder>(
            layout, nulls, [&] { return Below(4'000'000'000'000'000) - 1'000'000'000'000'000; });
    }
  }

  std::mt19937_64& random_;
};

}  // namespace

table::Schema SchemaOfAllTypes() {
  const auto optional = NestedField::Optional;
  std::vector<NestedField> fields = {
      NestedField::Required(1, "id", Type::Long()),
      optional(2, "flag", Type::Boolean()),
      optional(3, "count", Type::Int()),
      optional(4, "ratio", Type::Float()),
      optional(5, "score", Type::Double()),
      optional(6, "small", Type::Decimal(7, 2)),
      optional(7, "medium", Type::Decimal(18, 9)),
      optional(8, "large", Type::Decimal(38, 10)),
      optional(9, "day", Type::Date()),
      optional(10, "clock", Type::Time()),
      optional(11, "local", Type::Timestamp()),
      optional(12, "instant", Type::TimestampTz()),
      optional(13, "text", Type::String()),
      optional(14, "key", Type::Uuid()),
      optional(15, "code", Type::Fixed(5)),
      optional(16, "blob", Type::Binary()),
      optional(
          17, "place",
          Type::Struct({optional(18, "city", Type::String()),
                        NestedField::Required(19, "zip", Type::Int()),
                        optional(20, "at", Type::Struct({optional(21, "lat", Type::Double())}))})),
      optional(22, "tags", Type::List(optional(23, "element", Type::String()))),
      optional(24, "messages",
               Type::List(NestedField::Required(
                   25, "element",
                   Type::Struct({NestedField::Required(26, "role", Type::String()),
                                 optional(27, "keys",
                                          Type::List(optional(28, "element", Type::Uuid())))})))),
      optional(29, "labels",
               Type::Map(NestedField::Required(30, "key", Type::String()),
                         optional(31, "value", Type::Decimal(9, 3)))),
  };
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

std::shared_ptr<arrow::RecordBatch> RandomRows(const table::Schema& schema, int64_t rows,
                                               std::mt19937_64& random) {
  Generator generator(random);
  std::vector<ArrayPtr> columns;
  for (const NestedField& field : schema.fields())
    columns.push_back(generator.Column(field, rows));
  return arrow::RecordBatch::Make(ToArrow(schema).value(), rows, std::move(columns));
}

}  // namespace firn::datafile
