// SPDX-License-Identifier: Apache-2.0
//
// Values and their binary form (spec, Appendix D, "Binary single-value serialization"): numbers
// little-endian, uuid and decimals big-endian, text and bytes as they are.

#include "firn/table/literal.h"

#include <algorithm>
#include <cmath>

#include "firn/base/bytes.h"
#include "firn/base/time.h"
#include "firn/table/nested_field.h"

namespace firn::table {
namespace {

template <typename Number>
std::string LittleEndian(Number number) {
  std::string bytes;
  AppendLittleEndian(bytes, number);
  return bytes;
}

Error BadLength(const Type& type, size_t length) {
  return Corrupt("bound of " + type.ToString() + " has a wrong length, bytes", length);
}

struct BytesOf {
  std::string operator()(bool value) const { return std::string(1, value ? '\1' : '\0'); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(FieldDefaults /*value*/) const { return {}; }
  std::string operator()(Int128 value) const { return DecimalToBytes(value); }
  std::string operator()(const firn::Uuid& value) const {
    return {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()};
  }
  template <typename Number>
  std::string operator()(Number value) const {
    return LittleEndian(value);
  }
};

firn::Uuid UuidFromBytes(std::string_view bytes) {
  firn::Uuid uuid;
  std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
  return uuid;
}

// Bounds of a column that was promoted keep the length of the type they were written under.
Result<int64_t> Int64FromBytes(const Type& type, std::string_view bytes) {
  if (bytes.size() == 8) return ReadLittleEndian<int64_t>(bytes);
  if (bytes.size() != 4 || type.id() == TypeId::kTime) return BadLength(type, bytes.size());
  const int64_t number = ReadLittleEndian<int32_t>(bytes);
  int64_t in_a_day = 1;
  if (type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampTz) {
    in_a_day = 86'400'000'000;
  } else if (type.id() != TypeId::kLong) {
    in_a_day = 86'400'000'000'000;
  }
  int64_t value = 0;
  if (__builtin_mul_overflow(number, in_a_day, &value)) {
    return Corrupt("bound out of range of " + type.ToString(), number);
  }
  return value;
}

template <typename Left>
std::partial_ordering OrderOf(const Left& left, const Left& right) {
  if constexpr (std::is_same_v<Left, std::string>) {
    const int order = left.compare(right);  // Unsigned bytes: char_traits<char>::compare.
    return order <=> 0;
  } else if constexpr (std::is_same_v<Left, Int128>) {
    if (left == right) return std::partial_ordering::equivalent;
    return left < right ? std::partial_ordering::less : std::partial_ordering::greater;
  } else {
    return left <=> right;
  }
}

}  // namespace

Literal Literal::Fixed(std::string bytes) {
  return {Type::Fixed(static_cast<int32_t>(bytes.size())), std::move(bytes)};
}

Literal Literal::StructOfDefaults() {
  return {Type::Struct({}), FieldDefaults{}};
}

Literal Literal::Decimal(Int128 unscaled, int32_t precision, int32_t scale) {
  return {Type::Decimal(precision, scale), unscaled};
}

bool Literal::is_nan() const {
  if (const auto* value = std::get_if<float>(&value_)) return std::isnan(*value);
  if (const auto* value = std::get_if<double>(&value_)) return std::isnan(*value);
  return false;
}

std::string Literal::ToBytes() const {
  return std::visit(BytesOf{}, value_);
}

Result<Literal> Literal::FromBytes(const Type& type, std::string_view bytes) {
  const auto has = [&bytes](size_t length) { return bytes.size() == length; };
  switch (type.id()) {
    case TypeId::kBoolean:
      if (!has(1)) return BadLength(type, bytes.size());
      return Boolean(bytes.front() != '\0');
    case TypeId::kInt:
    case TypeId::kDate:
      if (!has(4)) return BadLength(type, bytes.size());
      return Literal(type, ReadLittleEndian<int32_t>(bytes));
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs: {
      FIRN_ASSIGN(const int64_t value, Int64FromBytes(type, bytes));
      return Literal(type, value);
    }
    case TypeId::kFloat:
      if (!has(4)) return BadLength(type, bytes.size());
      return Float(ReadLittleEndian<float>(bytes));
    case TypeId::kDouble:
      if (has(4)) return Double(ReadLittleEndian<float>(bytes));
      if (!has(8)) return BadLength(type, bytes.size());
      return Double(ReadLittleEndian<double>(bytes));
    case TypeId::kDecimal: {
      FIRN_ASSIGN(const Int128 value, DecimalFromBytes(bytes));
      return Literal(type, value);
    }
    case TypeId::kUuid:
      if (!has(16)) return BadLength(type, bytes.size());
      return Uuid(UuidFromBytes(bytes));
    case TypeId::kFixed:  // A bound may have been cut.
      if (bytes.size() > static_cast<size_t>(type.length_bytes())) {
        return BadLength(type, bytes.size());
      }
      return Literal(type, std::string(bytes));
    case TypeId::kString:
    case TypeId::kBinary:
      return Literal(type, std::string(bytes));
    default:
      return Unsupported("no single values of this type", type);
  }
}

bool operator==(const Literal& left, const Literal& right) {
  if (left.is_nan() && right.is_nan()) return left.type_ == right.type_;
  return left.type_ == right.type_ && left.value_ == right.value_;
}

std::partial_ordering Compare(const Literal& left, const Literal& right) {
  FIRN_ASSERT(left.value().index() == right.value().index());
  return std::visit(
      [&right](const auto& value) {
        return OrderOf(value, std::get<std::remove_cvref_t<decltype(value)>>(right.value()));
      },
      left.value());
}

}  // namespace firn::table
