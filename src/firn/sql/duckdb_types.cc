// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_types.h"

#include <cmath>

#include "duckdb/common/types/uuid.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "firn/base/time.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;
using table::Int128;
using table::Literal;
using table::NestedField;
using table::Type;
using table::TypeId;

Result<LogicalType> StructType(const Type& type) {
  duckdb::child_list_t<LogicalType> children;
  for (const NestedField& field : type.fields()) {
    FIRN_ASSIGN(LogicalType child, ToDuckDb(field.type));
    children.emplace_back(field.name, std::move(child));
  }
  return LogicalType::STRUCT(std::move(children));
}

Result<LogicalType> NestedType(const Type& type) {
  if (type.id() == TypeId::kStruct) return StructType(type);
  if (type.id() == TypeId::kList) {
    FIRN_ASSIGN(LogicalType element, ToDuckDb(type.element().type));
    return LogicalType::LIST(element);
  }
  FIRN_ASSIGN(LogicalType key, ToDuckDb(type.key().type));
  FIRN_ASSIGN(LogicalType value, ToDuckDb(type.value().type));
  return LogicalType::MAP(std::move(key), std::move(value));
}

duckdb::hugeint_t ToHugeint(Int128 value) {
  duckdb::hugeint_t result;
  result.lower = static_cast<uint64_t>(value);
  result.upper = static_cast<int64_t>(value >> 64);
  return result;
}

Int128 FromHugeint(duckdb::hugeint_t value) {
  return (static_cast<Int128>(value.upper) << 64) | static_cast<Int128>(value.lower);
}

Value DecimalValue(const Literal& literal) {
  return Value::DECIMAL(ToHugeint(literal.decimal()),
                        static_cast<uint8_t>(literal.type().precision()),
                        static_cast<uint8_t>(literal.type().scale()));
}

// The unscaled value of a decimal, whichever integer DuckDB keeps it in.
Int128 Unscaled(const Value& value) {
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return value.GetValueUnsafe<int16_t>();
    case duckdb::PhysicalType::INT32:
      return value.GetValueUnsafe<int32_t>();
    case duckdb::PhysicalType::INT64:
      return value.GetValueUnsafe<int64_t>();
    default:
      return FromHugeint(value.GetValueUnsafe<duckdb::hugeint_t>());
  }
}

std::optional<Literal> FloatLiteral(const Value& value, TypeId id) {
  if (value.type().id() == LogicalTypeId::FLOAT && id == TypeId::kFloat) {
    const float number = value.GetValueUnsafe<float>();
    return std::isnan(number) ? std::nullopt : std::optional(Literal::Float(number));
  }
  if (value.type().id() == LogicalTypeId::DOUBLE && id == TypeId::kDouble) {
    const double number = value.GetValueUnsafe<double>();
    return std::isnan(number) ? std::nullopt : std::optional(Literal::Double(number));
  }
  return std::nullopt;
}

std::optional<Literal> TimeLiteral(const Value& value, TypeId id) {
  switch (id) {
    case TypeId::kDate:
      return Literal::Date(value.GetValueUnsafe<duckdb::date_t>().days);
    case TypeId::kTime:
      return Literal::Time(value.GetValueUnsafe<duckdb::dtime_t>().micros);
    case TypeId::kTimestamp:
      return Literal::Timestamp(value.GetValueUnsafe<int64_t>());
    case TypeId::kTimestampTz:
      return Literal::TimestampTz(value.GetValueUnsafe<int64_t>());
    case TypeId::kTimestampNs:
      return Literal::TimestampNs(value.GetValueUnsafe<int64_t>());
    default:
      return std::nullopt;
  }
}

std::optional<Literal> BytesLiteral(const Value& value, const Type& type) {
  const std::string& bytes = duckdb::StringValue::Get(value);
  if (type.id() == TypeId::kString) return Literal::String(bytes);
  if (type.id() == TypeId::kBinary) return Literal::Binary(bytes);
  if (bytes.size() != static_cast<size_t>(type.length_bytes())) return std::nullopt;
  return Literal::Fixed(bytes);
}

// What rows have that are older than the field.
Value Absent(const NestedField& field, const LogicalType& type) {
  if (!field.initial_default) return Value(type);
  if (!field.initial_default->is_field_defaults()) return ToDuckDb(*field.initial_default);
  duckdb::child_list_t<Value> children;
  for (const NestedField& child : field.type.fields()) {
    const LogicalType child_type = ToDuckDb(child.type).value();  // Converted with the whole.
    children.emplace_back(child.name, Absent(child, child_type));
  }
  return Value::STRUCT(std::move(children));
}

void AddChildren(const Type& type, duckdb::MultiFileColumnDefinition& column);

duckdb::MultiFileColumnDefinition Column(const NestedField& field, LogicalType type) {
  duckdb::MultiFileColumnDefinition column(field.name, type);
  column.identifier = Value::INTEGER(field.id.value);
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(Absent(field, type));
  AddChildren(field.type, column);
  return column;
}

void AddChildren(const Type& type, duckdb::MultiFileColumnDefinition& column) {
  if (!type.is_nested()) return;
  for (const NestedField& field : type.fields()) {
    auto child = ToDuckDb(field.type);  // The whole type was converted before.
    column.children.push_back(Column(field, std::move(child).value()));
  }
}

}  // namespace

Result<LogicalType> ToDuckDb(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return LogicalType(LogicalType::BOOLEAN);
    case TypeId::kInt:
      return LogicalType(LogicalType::INTEGER);
    case TypeId::kLong:
      return LogicalType(LogicalType::BIGINT);
    case TypeId::kFloat:
      return LogicalType(LogicalType::FLOAT);
    case TypeId::kDouble:
      return LogicalType(LogicalType::DOUBLE);
    case TypeId::kDecimal:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision()),
                                  static_cast<uint8_t>(type.scale()));
    case TypeId::kDate:
      return LogicalType(LogicalType::DATE);
    case TypeId::kTime:
      return LogicalType(LogicalType::TIME);
    case TypeId::kTimestamp:
      return LogicalType(LogicalType::TIMESTAMP);
    case TypeId::kTimestampTz:
    case TypeId::kTimestampTzNs:
      return LogicalType(LogicalType::TIMESTAMP_TZ);
    case TypeId::kTimestampNs:
      return LogicalType(LogicalType::TIMESTAMP_NS);
    case TypeId::kString:
      return LogicalType(LogicalType::VARCHAR);
    case TypeId::kUuid:
      return LogicalType(LogicalType::UUID);
    case TypeId::kFixed:
    case TypeId::kBinary:
      return LogicalType(LogicalType::BLOB);
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      return NestedType(type);
    case TypeId::kVariant:
      return LogicalType::VARIANT();
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return LogicalType::GEOMETRY();
    case TypeId::kUnknown:
      return LogicalType(LogicalType::INTEGER);
  }
  return Internal("no such type", static_cast<int>(type.id()));
}

Value ToDuckDb(const Literal& literal) {
  switch (literal.type().id()) {
    case TypeId::kBoolean:
      return Value::BOOLEAN(literal.boolean());
    case TypeId::kInt:
      return Value::INTEGER(literal.int32());
    case TypeId::kLong:
      return Value::BIGINT(literal.int64());
    case TypeId::kFloat:
      return Value::FLOAT(literal.float32());
    case TypeId::kDouble:
      return Value::DOUBLE(literal.float64());
    case TypeId::kDecimal:
      return DecimalValue(literal);
    case TypeId::kDate:
      return Value::DATE(duckdb::date_t(literal.int32()));
    case TypeId::kTime:
      return Value::TIME(duckdb::dtime_t(literal.int64()));
    case TypeId::kTimestamp:
      return Value::TIMESTAMP(duckdb::timestamp_t(literal.int64()));
    case TypeId::kTimestampTz:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(literal.int64()));
    case TypeId::kTimestampNs:
      return Value::TIMESTAMPNS(duckdb::timestamp_ns_t(literal.int64()));
    case TypeId::kTimestampTzNs:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(FloorDiv(literal.int64(), 1000)));
    case TypeId::kString:
      return Value(literal.bytes());
    case TypeId::kUuid:
      return Value::UUID(literal.uuid().ToString());
    default:
      return Value::BLOB(reinterpret_cast<duckdb::const_data_ptr_t>(literal.bytes().data()),
                         literal.bytes().size());
  }
}

std::optional<Literal> FromDuckDb(const Value& value, const Type& type) {
  if (value.IsNull()) return std::nullopt;
  const auto expected = ToDuckDb(type);
  if (!expected || value.type().id() != expected->id()) return std::nullopt;
  switch (type.id()) {
    case TypeId::kBoolean:
      return Literal::Boolean(value.GetValueUnsafe<bool>());
    case TypeId::kInt:
      return Literal::Int(value.GetValueUnsafe<int32_t>());
    case TypeId::kLong:
      return Literal::Long(value.GetValueUnsafe<int64_t>());
    case TypeId::kFloat:
    case TypeId::kDouble:
      return FloatLiteral(value, type.id());
    case TypeId::kDecimal:
      if (value.type() != *expected) return std::nullopt;
      return Literal::Decimal(Unscaled(value), type.precision(), type.scale());
    case TypeId::kString:
    case TypeId::kFixed:
    case TypeId::kBinary:
      return BytesLiteral(value, type);
    case TypeId::kUuid:
      return std::nullopt;  // Ordered otherwise in SQL than in bounds; scans test it themselves.
    default:
      return TimeLiteral(value, type.id());
  }
}

Result<duckdb::vector<duckdb::MultiFileColumnDefinition>> ToColumns(const table::Schema& schema) {
  duckdb::vector<duckdb::MultiFileColumnDefinition> columns;
  for (const NestedField& field : schema.fields()) {
    auto type = ToDuckDb(field.type);
    if (!type) return std::move(type).error().Within("column " + field.name);
    columns.push_back(Column(field, std::move(type).value()));
  }
  return columns;
}

}  // namespace firn::sql
