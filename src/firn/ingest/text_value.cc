// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/text_value.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <type_traits>
#include <utility>

#include <arrow/api.h>
#include <arrow/util/decimal.h>

#include "firn/base/base64.h"
#include "firn/base/bytes.h"
#include "firn/base/time.h"
#include "firn/base/uuid.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/plain_number.h"
#include "firn/ingest/time_text.h"

namespace firn::ingest {
namespace {

using table::Type;
using table::TypeId;
using MaybeViolation = std::optional<Violation>;

constexpr size_t kQuotedBytesMax = 80;

MaybeViolation WrongType(const Type& type, std::string_view text) {
  return Violation{"type", QuoteValue(text) + " is no " + type.ToString()};
}

MaybeViolation OutOfRange(const Type& type, std::string_view text) {
  return Violation{"range", QuoteValue(text) + " is out of the range of " + type.ToString()};
}

MaybeViolation NoMemory() {
  return Violation{"size", "the value does not fit into memory"};
}

// Appending fails only for want of memory or over 2 GiB in one batch, far above a batch's bounds.
inline MaybeViolation Appended(const arrow::Status& status) {
  return status.ok() ? std::nullopt : NoMemory();
}

std::string_view Trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

template <typename Builder, typename Number>
MaybeViolation AppendNumber(const Type& type, std::string_view text, arrow::ArrayBuilder& builder) {
  std::string_view digits = Trim(text);
  if constexpr (!std::is_same_v<Number, float>) {
    const auto plain = ReadPlainNumber(digits);
    if (const auto number = plain ? NumberOf<Number>(*plain) : std::nullopt) {
      return Appended(static_cast<Builder&>(builder).Append(*number));
    }
  }
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) return OutOfRange(type, text);
  if (error != std::errc() || end != digits.data() + digits.size()) return WrongType(type, text);
  return Appended(static_cast<Builder&>(builder).Append(number));
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

MaybeViolation AppendBoolean(const Type& type, std::string_view text,
                             arrow::ArrayBuilder& builder) {
  const std::string_view word = Trim(text);
  const bool yes = EqualsIgnoringCase(word, "true") || word == "1";
  const bool no = EqualsIgnoringCase(word, "false") || word == "0";
  if (!yes && !no) return WrongType(type, text);
  return Appended(static_cast<arrow::BooleanBuilder&>(builder).Append(yes));
}

MaybeViolation AppendDecimal(const Type& type, std::string_view text,
                             arrow::ArrayBuilder& builder) {
  auto& decimals = static_cast<arrow::Decimal128Builder&>(builder);
  const auto plain = ReadPlainNumber(Trim(text));
  if (const auto unscaled = plain ? UnscaledOf(*plain, type.scale()) : std::nullopt) {
    const arrow::Decimal128 value(*unscaled);
    if (!value.FitsInPrecision(type.precision())) return OutOfRange(type, text);
    return Appended(decimals.Append(value));
  }
  const auto parsed = [&] {
    arrow::Decimal128 value;
    int32_t precision = 0, scale = 0;
    const auto status = arrow::Decimal128::FromString(Trim(text), &value, &precision, &scale);
    return std::make_tuple(status, value, scale);
  }();
  const auto& [status, value, scale] = parsed;
  if (!status.ok()) return WrongType(type, text);
  const auto scaled = value.Rescale(scale, type.scale());
  if (!scaled.ok() || !scaled->FitsInPrecision(type.precision())) return OutOfRange(type, text);
  return Appended(decimals.Append(*scaled));
}

MaybeViolation AppendDate(const Type& type, std::string_view text, arrow::ArrayBuilder& builder) {
  const auto days = ParseDate(Trim(text));
  if (!days) return WrongType(type, text);
  return Appended(static_cast<arrow::Date32Builder&>(builder).Append(*days));
}

// A time of day is read as that of the first day.
MaybeViolation AppendTime(const Type& type, std::string_view text, arrow::ArrayBuilder& builder) {
  const auto parsed = ParseTimestamp("1970-01-01T" + std::string(Trim(text)));
  if (!parsed || parsed->offset_minutes || parsed->truncated) return WrongType(type, text);
  return Appended(static_cast<arrow::Time64Builder&>(builder).Append(parsed->micros));
}

Result<ParsedTimestamp> ReadTime(std::string_view text) {
  if (const auto epoch = ParseEpoch(text)) return ParsedTimestamp{epoch->value, 0, false};
  return ParseTimeText(text);
}

// The microseconds since the epoch at which clocks of `zone` show `local`.
int64_t InstantOf(int64_t local, const TimeZone& zone) {
  constexpr int64_t kMicros = 1'000'000;
  const int64_t seconds = FloorDiv(local, kMicros);
  return zone.ToUtc(seconds) * kMicros + (local - seconds * kMicros);
}

MaybeViolation AppendTimestamp(const Type& type, std::string_view text,
                               arrow::ArrayBuilder& builder, const TimeZone* zone) {
  const auto parsed = ReadTime(Trim(text));
  const bool zoned = type.id() == TypeId::kTimestampTz || type.id() == TypeId::kTimestampTzNs;
  if (!parsed || (parsed->offset_minutes && !zoned)) return WrongType(type, text);
  int64_t value = parsed->micros;
  if (zoned && !parsed->offset_minutes && zone != nullptr) value = InstantOf(value, *zone);
  const bool nanos = type.id() == TypeId::kTimestampNs || type.id() == TypeId::kTimestampTzNs;
  if (nanos && __builtin_mul_overflow(value, int64_t{1000}, &value)) return OutOfRange(type, text);
  return Appended(static_cast<arrow::TimestampBuilder&>(builder).Append(value));
}

MaybeViolation AppendString(std::string_view text, arrow::ArrayBuilder& builder) {
  if (!IsValidUtf8(text)) return Violation{"encoding", QuoteValue(text) + " is not UTF-8"};
  return Appended(static_cast<arrow::StringBuilder&>(builder).Append(text));
}

MaybeViolation AppendUuid(const Type& type, std::string_view text, arrow::ArrayBuilder& builder) {
  const std::string_view uuid = Trim(text);
  if (!Uuid::IsUuid(uuid)) return WrongType(type, text);
  return Appended(static_cast<arrow::StringBuilder&>(builder).Append(uuid));
}

MaybeViolation AppendBytes(const Type& type, std::string_view text, arrow::ArrayBuilder& builder) {
  const auto bytes = DecodeBase64(Trim(text));
  if (!bytes) return Violation{"type", QuoteValue(text) + " is not base64"};
  if (type.id() == TypeId::kBinary) {
    return Appended(static_cast<arrow::BinaryBuilder&>(builder).Append(*bytes));
  }
  if (bytes->size() != static_cast<size_t>(type.length_bytes())) return OutOfRange(type, text);
  return Appended(static_cast<arrow::FixedSizeBinaryBuilder&>(builder).Append(*bytes));
}

}  // namespace

std::string QuoteValue(std::string_view value) {
  if (value.size() <= kQuotedBytesMax) return '"' + DisplayPath(value) + '"';
  size_t cut = kQuotedBytesMax;
  while (cut > 0 && (static_cast<uint8_t>(value[cut]) & 0xc0) == 0x80)
    --cut;
  return '"' + DisplayPath(value.substr(0, cut)) + "...\"";
}

Result<std::shared_ptr<arrow::DataType>> BuildType(const Type& type) {
  if (type.id() == TypeId::kUuid) return arrow::utf8();
  if (type.is_primitive()) return datafile::ToArrow(type);
  arrow::FieldVector fields;
  for (const table::NestedField& field : type.fields()) {
    FIRN_ASSIGN(auto inner, BuildType(field.type));
    fields.push_back(arrow::field(field.name, std::move(inner), !field.required));
  }
  if (type.id() == TypeId::kStruct) return arrow::struct_(std::move(fields));
  if (type.id() == TypeId::kList) return arrow::list(fields[0]);
  return std::shared_ptr<arrow::DataType>(std::make_shared<arrow::MapType>(fields[0], fields[1]));
}

MaybeViolation AppendText(const Type& type, std::string_view text, arrow::ArrayBuilder& builder,
                          const TimeZone* zone) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return AppendBoolean(type, text, builder);
    case TypeId::kInt:
      return AppendNumber<arrow::Int32Builder, int32_t>(type, text, builder);
    case TypeId::kLong:
      return AppendNumber<arrow::Int64Builder, int64_t>(type, text, builder);
    case TypeId::kFloat:
      return AppendNumber<arrow::FloatBuilder, float>(type, text, builder);
    case TypeId::kDouble:
      return AppendNumber<arrow::DoubleBuilder, double>(type, text, builder);
    case TypeId::kDecimal:
      return AppendDecimal(type, text, builder);
    case TypeId::kDate:
      return AppendDate(type, text, builder);
    case TypeId::kTime:
      return AppendTime(type, text, builder);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return AppendTimestamp(type, text, builder, zone);
    case TypeId::kString:
      return AppendString(text, builder);
    case TypeId::kUuid:
      return AppendUuid(type, text, builder);
    case TypeId::kBinary:
    case TypeId::kFixed:
      return AppendBytes(type, text, builder);
    default:
      return WrongType(type, text);
  }
}

}  // namespace firn::ingest
