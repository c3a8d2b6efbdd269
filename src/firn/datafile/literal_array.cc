// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/literal_array.h"

#include <algorithm>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

using arrow::Array;
using ArrayPtr = std::shared_ptr<Array>;
using table::Literal;
using table::TypeId;

table::Int128 ToInt128(const arrow::Decimal128& value) {
  constexpr table::Int128 kWord = static_cast<table::Int128>(1) << 64;
  return static_cast<table::Int128>(value.high_bits()) * kWord +
         static_cast<table::Int128>(value.low_bits());
}

arrow::Decimal128 ToDecimal128(table::Int128 value) {
  return {static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)};
}

Uuid ToUuid(std::string_view bytes) {
  Uuid uuid;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(uuid.bytes.data()));
  return uuid;
}

template <typename ArrowArray>
auto ValueAt(const Array& array, int64_t row) {
  return static_cast<const ArrowArray&>(array).Value(row);
}

std::string BytesAt(const Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::FIXED_SIZE_BINARY) {
    return static_cast<const arrow::FixedSizeBinaryArray&>(array).GetString(row);
  }
  return static_cast<const arrow::BinaryArray&>(array).GetString(row);
}

Literal NumberAt(const Array& array, int64_t row, const table::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return Literal::Boolean(ValueAt<arrow::BooleanArray>(array, row));
    case TypeId::kInt:
      return Literal::Int(ValueAt<arrow::Int32Array>(array, row));
    case TypeId::kLong:
      return Literal::Long(ValueAt<arrow::Int64Array>(array, row));
    case TypeId::kFloat:
      return Literal::Float(ValueAt<arrow::FloatArray>(array, row));
    case TypeId::kDouble:
      return Literal::Double(ValueAt<arrow::DoubleArray>(array, row));
    case TypeId::kDate:
      return Literal::Date(ValueAt<arrow::Date32Array>(array, row));
    case TypeId::kTime:
      return Literal::Time(ValueAt<arrow::Time64Array>(array, row));
    case TypeId::kTimestamp:
      return Literal::Timestamp(ValueAt<arrow::TimestampArray>(array, row));
    case TypeId::kTimestampTz:
      return Literal::TimestampTz(ValueAt<arrow::TimestampArray>(array, row));
    case TypeId::kTimestampNs:
      return Literal::TimestampNs(ValueAt<arrow::TimestampArray>(array, row));
    default:
      return Literal::TimestampTzNs(ValueAt<arrow::TimestampArray>(array, row));
  }
}

Literal PresentAt(const Array& array, int64_t row, const table::Type& type) {
  switch (type.id()) {
    case TypeId::kString:
      return Literal::String(BytesAt(array, row));
    case TypeId::kBinary:
      return Literal::Binary(BytesAt(array, row));
    case TypeId::kFixed:
      return Literal::Fixed(BytesAt(array, row));
    case TypeId::kUuid:
      return Literal::Uuid(ToUuid(BytesAt(array, row)));
    case TypeId::kDecimal:
      return Literal::Decimal(DecimalAt(array, row), type.precision(), type.scale());
    default:
      return NumberAt(array, row, type);
  }
}

const Array& StorageOf(const Array& array) {
  if (array.type_id() != arrow::Type::EXTENSION) return array;
  return *static_cast<const arrow::ExtensionArray&>(array).storage();
}

// The plain value; a uuid as its 16 bytes.
arrow::Result<std::shared_ptr<arrow::Scalar>> ScalarOf(
    const Literal& value, const std::shared_ptr<arrow::DataType>& type) {
  switch (value.type().id()) {
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kFixed:
      return arrow::MakeScalar(type, arrow::Buffer::FromString(value.bytes()));
    case TypeId::kUuid: {
      const auto& bytes = value.uuid().bytes;
      return arrow::MakeScalar(type, arrow::Buffer::FromString({bytes.begin(), bytes.end()}));
    }
    case TypeId::kDecimal:
      return std::make_shared<arrow::Decimal128Scalar>(ToDecimal128(value.decimal()), type);
    case TypeId::kBoolean:
      return arrow::MakeScalar(type, value.boolean());
    case TypeId::kInt:
    case TypeId::kDate:
      return arrow::MakeScalar(type, value.int32());
    case TypeId::kFloat:
      return arrow::MakeScalar(type, value.float32());
    case TypeId::kDouble:
      return arrow::MakeScalar(type, value.float64());
    default:
      return arrow::MakeScalar(type, value.int64());
  }
}

// Looks for the field below `fields`; null where it is not there.
Result<ArrayPtr> FindBelow(const arrow::FieldVector& fields, const std::vector<ArrayPtr>& columns,
                           table::FieldId id) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (FieldIdOf(*fields[i]) == id) return columns[i];
    if (columns[i]->type_id() != arrow::Type::STRUCT) continue;
    const auto& inner = static_cast<const arrow::StructArray&>(*columns[i]);
    FIRN_ASSIGN(auto flat, FromArrow(inner.Flatten()));
    FIRN_ASSIGN(ArrayPtr found, FindBelow(inner.type()->fields(), flat, id));
    if (found != nullptr) return found;
  }
  return ArrayPtr();
}

}  // namespace

table::Int128 DecimalAt(const Array& array, int64_t row) {
  const auto& decimals = static_cast<const arrow::Decimal128Array&>(array);
  return ToInt128(arrow::Decimal128(decimals.GetValue(row)));
}

Result<std::optional<Literal>> LiteralAt(const Array& array, int64_t row, const table::Type& type) {
  if (!type.has_literals()) return Unsupported("no single values of this type", type);
  if (array.IsNull(row)) return std::optional<Literal>();
  FIRN_ASSIGN(const auto layout, ToArrow(type));
  if (!array.type()->Equals(*layout)) {
    return Internal("array has another layout", array.type()->ToString(), type.ToString());
  }
  return std::optional<Literal>(PresentAt(StorageOf(array), row, type));
}

Result<ArrayPtr> RepeatLiteral(const Literal& value, int64_t rows) {
  FIRN_ASSIGN(const auto type, ToArrow(value.type()));
  const bool extended = type->id() == arrow::Type::EXTENSION;
  const auto storage =
      extended ? static_cast<const arrow::ExtensionType&>(*type).storage_type() : type;
  FIRN_ASSIGN(const auto scalar, FromArrow(ScalarOf(value, storage)));
  FIRN_ASSIGN(const ArrayPtr array, FromArrow(arrow::MakeArrayFromScalar(*scalar, rows)));
  return extended ? arrow::ExtensionType::WrapArray(type, array) : array;
}

Result<ArrayPtr> ColumnOf(const arrow::RecordBatch& batch, table::FieldId id) {
  FIRN_ASSIGN(ArrayPtr found, FindBelow(batch.schema()->fields(), batch.columns(), id));
  if (found == nullptr) return NotFound("no column outside lists and maps has this field id", id);
  return found;
}

}  // namespace firn::datafile
