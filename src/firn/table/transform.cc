// SPDX-License-Identifier: Apache-2.0
//
// Transforms (spec, "Partition Transforms", "Bucket Transform Details", "Truncate Transform
// Details"). Dates and times round toward minus infinity, so 1969-12-31 is day -1 and year -1.

#include "firn/table/transform.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

#include "firn/base/time.h"

namespace firn::table {
namespace {

constexpr int64_t kMicrosPerHour = 3'600'000'000;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

bool IsTimestamp(TypeId id) {
  return id >= TypeId::kTimestamp && id <= TypeId::kTimestampTzNs;
}

// Microseconds since the epoch of a date or timestamp.
int64_t MicrosOf(const Literal& value) {
  switch (value.type().id()) {
    case TypeId::kDate:
      return value.int32() * kMicrosPerDay;
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return FloorDiv(value.int64(), 1000);
    default:
      return value.int64();
  }
}

Literal ApplyTemporal(Transform::Kind kind, const Literal& value) {
  const int64_t micros = MicrosOf(value);
  const auto days = static_cast<int32_t>(FloorDiv(micros, kMicrosPerDay));
  switch (kind) {
    case Transform::Kind::kYear:
      return Literal::Int(CivilFromDays(days).year - 1970);
    case Transform::Kind::kMonth: {
      const CivilDate date = CivilFromDays(days);
      return Literal::Int((date.year - 1970) * 12 + date.month - 1);
    }
    case Transform::Kind::kDay:
      return Literal::Date(days);
    default:
      return Literal::Int(static_cast<int32_t>(FloorDiv(micros, kMicrosPerHour)));
  }
}

// The number of bytes that the first `count` code points of `text` take.
size_t BytesOfCodePoints(std::string_view text, int32_t count) {
  size_t at = 0;
  while (at < text.size() && count-- > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
      ++at;
    }
  }
  return at;
}

// v - (((v % W) + W) % W), which below the smallest value has no result: the smallest stays.
template <typename Number>
Number TruncateNumber(Number value, Number width) {
  const Number remainder = static_cast<Number>(((value % width) + width) % width);
  if constexpr (!std::is_same_v<Number, Int128>) {
    if (value < std::numeric_limits<Number>::min() + remainder) {
      return std::numeric_limits<Number>::min();
    }
  }
  return static_cast<Number>(value - remainder);
}

Literal ApplyTruncate(int32_t width, const Literal& value) {
  switch (value.type().id()) {
    case TypeId::kInt: {
      // In 64 bits, because width + remainder may be more than an int holds.
      const int64_t truncated = TruncateNumber<int64_t>(value.int32(), width);
      constexpr int64_t kMin = std::numeric_limits<int32_t>::min();
      return Literal::Int(static_cast<int32_t>(std::max(truncated, kMin)));
    }
    case TypeId::kLong:
      return Literal::Long(TruncateNumber<int64_t>(value.int64(), width));
    case TypeId::kDecimal:
      return Literal::Decimal(TruncateNumber<Int128>(value.decimal(), width),
                              value.type().precision(), value.type().scale());
    case TypeId::kString:
      return Literal::String(value.bytes().substr(0, BytesOfCodePoints(value.bytes(), width)));
    default:
      return Literal::Binary(value.bytes().substr(0, static_cast<size_t>(width)));
  }
}

std::optional<int32_t> ParameterOf(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || text.size() < name.size() + 3) return std::nullopt;
  text.remove_prefix(name.size());
  if (text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string YearText(int32_t year) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d", year);
  return text.data();
}

std::string MonthText(int32_t months) {
  const auto years = static_cast<int32_t>(FloorDiv(months, 12));
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "-%02d", static_cast<int>(months - years * 12 + 1) % 100);
  return YearText(1970 + years) + text.data();
}

std::string HourText(int32_t hours) {
  const auto days = static_cast<int32_t>(FloorDiv(hours, 24));
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "-%02d", static_cast<int>(hours - days * 24) % 100);
  return FormatDate(days) + text.data();
}

}  // namespace

Result<Transform> Transform::Parse(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 6> kPlain = {{
      {"identity", Kind::kIdentity},
      {"year", Kind::kYear},
      {"month", Kind::kMonth},
      {"day", Kind::kDay},
      {"hour", Kind::kHour},
      {"void", Kind::kVoid},
  }};
  for (const auto& [name, kind] : kPlain) {
    if (text == name) return Transform(kind);
  }
  for (const Kind kind : {Kind::kBucket, Kind::kTruncate}) {
    const auto parameter = ParameterOf(text, kind == Kind::kBucket ? "bucket" : "truncate");
    if (!parameter) continue;
    if (*parameter <= 0) return InvalidArgument("transform's parameter is not positive", text);
    return Transform(kind, *parameter);
  }
  return Unknown(text);
}

Transform Transform::Unknown(std::string_view text) {
  Transform unknown(Kind::kUnknown);
  unknown.text_ = std::string(text);
  return unknown;
}

std::string Transform::ToString() const {
  switch (kind_) {
    case Kind::kIdentity:
      return "identity";
    case Kind::kBucket:
      return "bucket[" + std::to_string(parameter_) + "]";
    case Kind::kTruncate:
      return "truncate[" + std::to_string(parameter_) + "]";
    case Kind::kYear:
      return "year";
    case Kind::kMonth:
      return "month";
    case Kind::kDay:
      return "day";
    case Kind::kHour:
      return "hour";
    case Kind::kVoid:
      return "void";
    default:
      return text_;
  }
}

bool Transform::CanTransform(const Type& source) const {
  const TypeId id = source.id();
  switch (kind_) {
    case Kind::kVoid:
    case Kind::kUnknown:
      return true;
    case Kind::kIdentity:
      return id <= TypeId::kBinary;
    case Kind::kBucket:
      return id <= TypeId::kBinary && id != TypeId::kBoolean && id != TypeId::kFloat &&
             id != TypeId::kDouble;
    case Kind::kTruncate:
      return id == TypeId::kInt || id == TypeId::kLong || id == TypeId::kDecimal ||
             id == TypeId::kString || id == TypeId::kBinary;
    case Kind::kHour:
      return IsTimestamp(id);
    default:
      return id == TypeId::kDate || IsTimestamp(id);
  }
}

Type Transform::ResultType(const Type& source) const {
  switch (kind_) {
    case Kind::kBucket:
    case Kind::kYear:
    case Kind::kMonth:
    case Kind::kHour:
      return Type::Int();
    case Kind::kDay:
      return Type::Date();
    case Kind::kUnknown:
      return Type::String();
    default:
      return source;
  }
}

bool Transform::preserves_order() const {
  return kind_ == Kind::kIdentity || kind_ == Kind::kTruncate || is_temporal();
}

Result<std::optional<Literal>> Transform::Apply(const std::optional<Literal>& value) const {
  using Value = std::optional<Literal>;
  if (kind_ == Kind::kUnknown) return Unsupported("unknown transform", text_);
  if (!value || kind_ == Kind::kVoid) return Value();
  if (!CanTransform(value->type())) {
    return InvalidArgument("transform " + ToString() + " takes no " + value->type().ToString());
  }
  if (kind_ == Kind::kIdentity) return value;
  if (kind_ == Kind::kTruncate) return Value(ApplyTruncate(parameter_, *value));
  if (is_temporal()) return Value(ApplyTemporal(kind_, *value));
  FIRN_ASSIGN(const int32_t hash, BucketHash(*value));
  return Value(Literal::Int((hash & std::numeric_limits<int32_t>::max()) % parameter_));
}

std::string Transform::ToHuman(const std::optional<Literal>& value) const {
  if (!value) return "null";
  if (!std::holds_alternative<int32_t>(value->value())) return value->ToString();
  switch (kind_) {
    case Kind::kYear:
      return YearText(1970 + value->int32());
    case Kind::kMonth:
      return MonthText(value->int32());
    case Kind::kDay:
      return FormatDate(value->int32());
    case Kind::kHour:
      return HourText(value->int32());
    default:
      return value->ToString();
  }
}

}  // namespace firn::table
