// SPDX-License-Identifier: Apache-2.0
//
// Values as text and JSON (spec, Appendix D, "JSON single-value serialization"), and conversions.
// Times have six digits after the point (nine for nanoseconds), zoned ones end in "+00:00".

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "firn/base/bytes.h"
#include "firn/base/time.h"
#include "firn/table/literal.h"

namespace firn::table {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;

bool IsNanos(TypeId id) {
  return id == TypeId::kTimestampNs || id == TypeId::kTimestampTzNs;
}
bool IsZoned(TypeId id) {
  return id == TypeId::kTimestampTz || id == TypeId::kTimestampTzNs;
}

std::string TimestampText(int64_t value, TypeId id) {
  const int64_t micros = IsNanos(id) ? FloorDiv(value, 1000) : value;
  std::string text = TimeUs{micros}.ToString();
  text.pop_back();  // The zone.
  if (IsNanos(id)) {
    std::array<char, 8> digits{};
    const int64_t rest = value % 1000;
    std::snprintf(digits.data(), digits.size(), "%03d",
                  static_cast<int>(rest < 0 ? rest + 1000 : rest));
    text += digits.data();
  }
  return IsZoned(id) ? text + "+00:00" : text;
}

std::string TimeText(int64_t micros) {
  const std::string text = TimeUs{micros}.ToString();
  return text.substr(11, text.size() - 12);
}

template <typename Number>
std::string NumberText(Number number) {
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), result.ptr};
}

std::string HexOf(const Literal& literal) {
  return HexEncode(literal.ToBytes());
}

Result<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return Corrupt("odd number of hexadecimal digits", text.size());
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    uint8_t byte = 0;
    const char* from = text.data() + at;
    if (std::from_chars(from, from + 2, byte, 16).ptr != from + 2) {
      return Corrupt("not hexadecimal", text.substr(at, 2));
    }
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// The digits of a nanosecond that ParseTimestamp cuts off: the seventh to ninth after the point.
int64_t NanosBelowMicros(std::string_view text) {
  const size_t point = text.find_first_of(".,");
  if (point == std::string_view::npos) return 0;
  int64_t nanos = 0;
  for (size_t at = 7; at <= 9; ++at) {
    const char digit = point + at < text.size() ? text[point + at] : '0';
    if (digit < '0' || digit > '9') {
      for (; at <= 9; ++at) {
        nanos *= 10;
      }
      break;
    }
    nanos = nanos * 10 + (digit - '0');
  }
  return nanos;
}

Result<int64_t> ParseInstant(std::string_view text, TypeId id) {
  FIRN_ASSIGN(const ParsedTimestamp parsed, ParseTimestamp(text));
  if (!IsZoned(id) && parsed.offset_minutes) {
    return InvalidArgument("a timestamp without zone cannot take one with a zone", text);
  }
  if (!IsNanos(id)) return parsed.micros;
  int64_t nanos = 0;
  if (__builtin_mul_overflow(parsed.micros, 1000, &nanos)) {
    return InvalidArgument("timestamp out of the range of nanoseconds", text);
  }
  return nanos + NanosBelowMicros(text);
}

Result<int64_t> ParseTimeOfDay(std::string_view text) {
  auto parsed = ParseTimestamp("1970-01-01T" + std::string(text));
  if (!parsed || parsed->offset_minutes) return InvalidArgument("not a time of day", text);
  return parsed->micros;
}

Error OutOfRange(const Literal& literal, const Type& type, bool above) {
  return ResourceExhausted(above ? "value above the range of" : "value below the range of", type,
                           literal);
}

template <typename Number>
Result<Literal> FromText(const std::string& text, Literal (*make)(Number)) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("not a number", text);
  }
  return make(number);
}

Result<Literal> CastText(const Literal& literal, const Type& type) {
  const std::string& text = literal.bytes();
  switch (type.id()) {
    case TypeId::kDate: {
      FIRN_ASSIGN(const int32_t days, ParseDate(text));
      return Literal::Date(days);
    }
    case TypeId::kTime: {
      FIRN_ASSIGN(const int64_t micros, ParseTimeOfDay(text));
      return Literal::Time(micros);
    }
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs: {
      FIRN_ASSIGN(const int64_t instant, ParseInstant(text, type.id()));
      return Literal::FromBytes(type, Literal::Long(instant).ToBytes());
    }
    case TypeId::kUuid: {
      FIRN_ASSIGN(const firn::Uuid uuid, firn::Uuid::Parse(text));
      return Literal::Uuid(uuid);
    }
    case TypeId::kDecimal: {
      FIRN_ASSIGN(const Int128 value, ParseDecimal(text, type.precision(), type.scale()));
      return Literal::Decimal(value, type.precision(), type.scale());
    }
    case TypeId::kInt:
      return FromText(text, &Literal::Int);
    case TypeId::kLong:
      return FromText(text, &Literal::Long);
    case TypeId::kFloat:
      return FromText(text, &Literal::Float);
    case TypeId::kDouble:
      return FromText(text, &Literal::Double);
    default:
      return InvalidArgument("no conversion of text to " + type.ToString(), text);
  }
}

Result<Literal> CastInteger(const Literal& literal, int64_t number, const Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kDate:
      if (number > std::numeric_limits<int32_t>::max()) return OutOfRange(literal, type, true);
      if (number < std::numeric_limits<int32_t>::min()) return OutOfRange(literal, type, false);
      return Literal::FromBytes(type, Literal::Int(static_cast<int32_t>(number)).ToBytes());
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return Literal::FromBytes(type, Literal::Long(number).ToBytes());
    case TypeId::kFloat:
      if (std::abs(number) > (int64_t{1} << 24)) break;
      return Literal::Float(static_cast<float>(number));
    case TypeId::kDouble:
      if (number > (int64_t{1} << 53) || number < -(int64_t{1} << 53)) break;
      return Literal::Double(static_cast<double>(number));
    case TypeId::kDecimal: {
      auto value = ParseDecimal(std::to_string(number), type.precision(), type.scale());
      if (!value) return OutOfRange(literal, type, number > 0);
      return Literal::Decimal(*value, type.precision(), type.scale());
    }
    default:
      break;
  }
  return InvalidArgument("no exact conversion to " + type.ToString(), literal);
}

Result<Literal> CastReal(const Literal& literal, double number, const Type& type) {
  if (type.id() == TypeId::kDouble) return Literal::Double(number);
  if (type.id() == TypeId::kFloat) {
    const auto narrow = static_cast<float>(number);
    if (std::isnan(number) || static_cast<double>(narrow) == number) return Literal::Float(narrow);
    if (number > std::numeric_limits<float>::max()) return OutOfRange(literal, type, true);
    if (number < std::numeric_limits<float>::lowest()) return OutOfRange(literal, type, false);
  }
  if (std::nearbyint(number) == number && std::fabs(number) < 9.0e15) {
    return CastInteger(literal, static_cast<int64_t>(number), type);
  }
  return InvalidArgument("no exact conversion to " + type.ToString(), literal);
}

// Between days, microseconds and nanoseconds; a finer value must be a whole coarser one.
Result<Literal> CastTemporal(const Literal& literal, const Type& type) {
  const auto unit = [](TypeId id) -> int64_t {
    if (id == TypeId::kDate) return kMicrosPerDay * 1000;
    return IsNanos(id) ? 1 : 1000;
  };
  const int64_t from = unit(literal.type().id());
  const int64_t to = unit(type.id());
  const int64_t value = literal.type().id() == TypeId::kDate ? literal.int32() : literal.int64();
  int64_t result = 0;
  if (from >= to) {
    if (__builtin_mul_overflow(value, from / to, &result)) {
      return OutOfRange(literal, type, value > 0);
    }
  } else {
    result = FloorDiv(value, to / from);
    if (result * (to / from) != value) {
      return InvalidArgument("no exact conversion to " + type.ToString(), literal);
    }
  }
  return CastInteger(literal, result, type);
}

bool IsTemporal(TypeId id) {
  return id == TypeId::kDate || (id >= TypeId::kTimestamp && id <= TypeId::kTimestampTzNs);
}

Result<Literal> CastDecimal(const Literal& literal, const Type& type) {
  const std::string text = DecimalToString(literal.decimal(), literal.type().scale());
  if (type.id() == TypeId::kDecimal) {
    auto value = ParseDecimal(text, type.precision(), type.scale());
    if (value) return Literal::Decimal(*value, type.precision(), type.scale());
    return InvalidArgument("no exact conversion to " + type.ToString(), literal);
  }
  if (type.id() != TypeId::kFloat && type.id() != TypeId::kDouble) {
    auto whole = ParseDecimal(text, 18, 0);
    if (whole) return CastInteger(literal, static_cast<int64_t>(*whole), type);
  } else {
    FIRN_ASSIGN(const Literal real, FromText(text, &Literal::Double));
    return CastReal(literal, real.float64(), type);
  }
  return InvalidArgument("no exact conversion to " + type.ToString(), literal);
}

}  // namespace

std::string Literal::ToString() const {
  switch (type_.id()) {
    case TypeId::kStruct:
      return "{}";
    case TypeId::kBoolean:
      return boolean() ? "true" : "false";
    case TypeId::kInt:
      return std::to_string(int32());
    case TypeId::kLong:
      return std::to_string(int64());
    case TypeId::kFloat:
      return NumberText(float32());
    case TypeId::kDouble:
      return NumberText(float64());
    case TypeId::kDecimal:
      return DecimalToString(decimal(), type_.scale());
    case TypeId::kDate:
      return FormatDate(int32());
    case TypeId::kTime:
      return TimeText(int64());
    case TypeId::kString:
      return bytes();
    case TypeId::kUuid:
      return uuid().ToString();
    case TypeId::kFixed:
    case TypeId::kBinary:
      return HexOf(*this);
    default:
      return TimestampText(int64(), type_.id());
  }
}

Json Literal::ToJson() const {
  switch (type_.id()) {
    case TypeId::kStruct:
      return Json(Json::Object());
    case TypeId::kBoolean:
      return Json(boolean());
    case TypeId::kInt:
      return Json(int64_t{int32()});
    case TypeId::kLong:
      return Json(int64());
    case TypeId::kFloat:
      return Json(static_cast<double>(float32()));
    case TypeId::kDouble:
      return Json(float64());
    default:
      return Json(ToString());
  }
}

Result<Literal> Literal::FromJson(const Type& type, const Json& json) {
  const auto corrupt = [&] {
    return Corrupt("not a value of type " + type.ToString(), json.Dump());
  };
  if (!type.has_literals()) return corrupt();
  if (type.id() == TypeId::kBoolean) {
    if (json.as_bool() == nullptr) return corrupt();
    return Boolean(*json.as_bool());
  }
  if (json.is_number()) {
    const auto whole = json.ToInt64();
    const auto real = json.ToDouble();
    auto literal = type.id() == TypeId::kDouble || type.id() == TypeId::kFloat
                       ? CastReal(Double(*real), *real, type)
                       : (whole ? Long(*whole).CastTo(type) : Result<Literal>(corrupt()));
    if (type.id() == TypeId::kFloat && !literal) return Float(static_cast<float>(*real));
    if (!literal) return corrupt();
    return literal;
  }
  const std::string* text = json.as_string();
  if (text == nullptr) return corrupt();
  if (type.id() == TypeId::kString) return String(*text);
  if (type.id() == TypeId::kFixed || type.id() == TypeId::kBinary) {
    FIRN_ASSIGN(std::string decoded, HexDecode(*text));
    const bool whole =
        type.id() == TypeId::kBinary || decoded.size() == static_cast<size_t>(type.length_bytes());
    if (!whole) return corrupt();
    return FromBytes(type, decoded);
  }
  auto literal = CastText(String(*text), type);
  if (!literal) return corrupt();
  return literal;
}

Result<Literal> Literal::CastTo(const Type& type) const {
  if (type == type_) return *this;
  switch (type_.id()) {
    case TypeId::kInt:
      return CastInteger(*this, int32(), type);
    case TypeId::kLong:
      return CastInteger(*this, int64(), type);
    case TypeId::kFloat:
      return CastReal(*this, double{float32()}, type);
    case TypeId::kDouble:
      return CastReal(*this, float64(), type);
    case TypeId::kDecimal:
      return CastDecimal(*this, type);
    case TypeId::kString:
      return CastText(*this, type);
    case TypeId::kFixed:
    case TypeId::kBinary:
      if (type.id() == TypeId::kBinary ||
          (type.id() == TypeId::kFixed &&
           bytes().size() == static_cast<size_t>(type.length_bytes()))) {
        return Literal(type, bytes());
      }
      break;
    default:
      if (IsTemporal(type_.id()) && IsTemporal(type.id())) return CastTemporal(*this, type);
      if (type_.id() == TypeId::kDate && type.id() == TypeId::kInt) return Int(int32());
      break;
  }
  return InvalidArgument("no conversion of " + type_.ToString() + " to " + type.ToString(), *this);
}

}  // namespace firn::table
