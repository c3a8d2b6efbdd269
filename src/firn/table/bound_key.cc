// SPDX-License-Identifier: Apache-2.0
//
// Keys: whole numbers with their sign turned over; reals by their bits, which order like whole
// numbers once negative ones are turned over; text, binary and uuid by their first eight bytes;
// decimals cut to 64 bits.

#include "firn/table/bound_key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "firn/base/bytes.h"
#include "firn/table/decimal.h"
#include "firn/table/literal.h"

namespace firn::table {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

uint64_t KeyOfNumber(int64_t number) {
  return static_cast<uint64_t>(number) ^ kSign;
}

std::optional<uint64_t> KeyOfReal(double number) {
  if (std::isnan(number)) return std::nullopt;
  const auto bits = std::bit_cast<uint64_t>(number == 0 ? 0.0 : number);  // -0.0 equals 0.0.
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

uint64_t KeyOfBytes(std::string_view bytes) {
  uint64_t key = 0;
  for (size_t at = 0; at < sizeof(key); ++at) {
    key = key << 8 | (at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0);
  }
  return key;
}

uint64_t KeyOfDecimal(Int128 value) {
  const Int128 cut = std::clamp<Int128>(value, std::numeric_limits<int64_t>::min(),
                                        std::numeric_limits<int64_t>::max());
  return KeyOfNumber(static_cast<int64_t>(cut));
}

// Whatever `Literal` holds as a number.
std::optional<uint64_t> KeyOfLiteral(const Literal& literal) {
  if (const auto* flag = std::get_if<bool>(&literal.value())) return KeyOfNumber(*flag ? 1 : 0);
  if (const auto* number = std::get_if<int32_t>(&literal.value())) return KeyOfNumber(*number);
  if (const auto* number = std::get_if<int64_t>(&literal.value())) return KeyOfNumber(*number);
  if (const auto* number = std::get_if<float>(&literal.value())) return KeyOfReal(*number);
  if (const auto* number = std::get_if<double>(&literal.value())) return KeyOfReal(*number);
  return std::nullopt;
}

std::optional<double> RealOf(const Type& type, std::string_view bytes) {
  if (bytes.size() == sizeof(float)) return ReadLittleEndian<float>(bytes);
  if (bytes.size() != sizeof(double) || type.id() != TypeId::kDouble) return std::nullopt;
  return ReadLittleEndian<double>(bytes);
}

}  // namespace

std::optional<uint64_t> BoundKey(const Type& type, std::string_view bytes) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kDate:
      if (bytes.size() != sizeof(int32_t)) return std::nullopt;
      return KeyOfNumber(ReadLittleEndian<int32_t>(bytes));
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      if (bytes.size() == sizeof(int64_t)) return KeyOfNumber(ReadLittleEndian<int64_t>(bytes));
      break;
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const auto number = RealOf(type, bytes);
      return number ? KeyOfReal(*number) : std::nullopt;
    }
    case TypeId::kDecimal: {
      const auto value = DecimalFromBytes(bytes);
      if (!value) return std::nullopt;
      return KeyOfDecimal(*value);
    }
    case TypeId::kUuid:
      if (bytes.size() != 16) return std::nullopt;
      return KeyOfBytes(bytes);
    case TypeId::kFixed:
      if (bytes.size() > static_cast<size_t>(type.length_bytes())) return std::nullopt;
      return KeyOfBytes(bytes);
    case TypeId::kString:
    case TypeId::kBinary:
      return KeyOfBytes(bytes);
    default:
      break;
  }
  const auto literal = Literal::FromBytes(type, bytes);
  return literal ? KeyOfLiteral(*literal) : std::nullopt;
}

bool HasExactKey(const Type& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kString:
    case TypeId::kBinary:
      return false;
    default:
      return true;
  }
}

int CompareBounds(const Type& type, std::string_view left, std::string_view right) {
  if (type.id() != TypeId::kDecimal) {
    const int order = left.compare(right);
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  const auto left_value = DecimalFromBytes(left);
  const auto right_value = DecimalFromBytes(right);
  FIRN_ASSERT(left_value && right_value);  // They have keys.
  if (*left_value == *right_value) return 0;
  return *left_value < *right_value ? -1 : 1;
}

bool IsNanBound(const Type& type, std::string_view bytes) {
  if (type.id() != TypeId::kFloat && type.id() != TypeId::kDouble) return false;
  const auto number = RealOf(type, bytes);
  return number && std::isnan(*number);
}

}  // namespace firn::table
