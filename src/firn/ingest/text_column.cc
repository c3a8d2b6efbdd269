// SPDX-License-Identifier: Apache-2.0
//
// For each type that columns of numbers and times have there is a reader of what nearly all texts
// of it look like: it takes eight bytes at a time for a number, and gives up on anything else,
// which `AppendText` then decides. Values are gathered, and handed to Arrow together.

#include "firn/ingest/text_column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <utility>

#include <arrow/api.h>
#include <arrow/util/decimal.h>

#include "firn/base/bytes.h"
#include "firn/base/time.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/ingest/plain_number.h"

namespace firn::ingest {
namespace {

using table::Type;
using table::TypeId;

// --- Digits, eight at a time: the first is in the lowest byte.

constexpr uint64_t kEachByte = 0x0101010101010101;
constexpr uint64_t kZeroDigits = kEachByte * '0';

uint64_t Load(const char* text) {
  return ReadLittleEndian<uint64_t>({text, sizeof(uint64_t)});
}

// The highest bit of each byte that is more than nine.
uint64_t AboveNine(uint64_t bytes) {
  return (((bytes & kEachByte * 0x7f) + kEachByte * 0x76) | bytes) & kEachByte * 0x80;
}

// How many of eight bytes, from the first on, are the values of digits.
size_t CountDigits(uint64_t bytes) {
  return static_cast<size_t>(std::countr_zero(AboveNine(bytes))) / 8;
}

// In every second byte the number that it and the next make.
uint64_t PairsOf(uint64_t digits) {
  return digits * 10 + (digits >> 8);
}

// The number that the first `count` of eight digits make, of those that are no more than eight.
uint64_t NumberOfDigits(uint64_t digits, size_t count) {
  if (count == 0) return 0;
  digits <<= 8 * (8 - count);  // What is shifted in are leading zeros.
  digits = PairsOf(digits) & 0x00ff00ff00ff00ff;
  digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffff;
  return (digits * 10'000 + (digits >> 32)) & 0xffffffff;
}

// --- Readers: false where a text is to be read in another way.

// So many bytes from the beginning of a text on are read at most, however long it is.
constexpr size_t kReadMax = 32;

// Up to 16 digits, or up to eight before a point and behind it.
bool ReadNumber(std::string_view text, PlainNumber& number) {
  number.negative = text.front() == '-';
  const char* at = text.data() + (number.negative ? 1 : 0);
  const size_t size = text.size() - (number.negative ? 1 : 0);
  const uint64_t first = Load(at) ^ kZeroDigits;
  const size_t digits = std::min(CountDigits(first), size);
  number.has_point = digits < size && at[digits] == '.';
  const size_t behind = size - digits - (number.has_point ? 1 : 0);
  if (size == 0 || behind > 8 || (behind > 0 && !number.has_point && digits < 8)) return false;
  uint64_t value = NumberOfDigits(first, digits);
  if (behind > 0) {
    const uint64_t rest = Load(text.data() + text.size() - behind) ^ kZeroDigits;
    if (CountDigits(rest) < behind) return false;
    value = value * static_cast<uint64_t>(kPowersOfTen[behind]) + NumberOfDigits(rest, behind);
  }
  number.digits = static_cast<int64_t>(value);
  number.count = static_cast<int32_t>(digits + behind);
  number.behind_point = number.has_point ? static_cast<int32_t>(behind) : 0;
  return number.count > 0;
}

template <typename Number>
class NumberReader {
 public:
  bool operator()(std::string_view text, Number& value) const {
    PlainNumber plain;
    if (!ReadNumber(text, plain)) return false;
    const std::optional<Number> number = NumberOf<Number>(plain);
    value = number.value_or(Number{});
    return number.has_value();
  }
};

class DecimalReader {
 public:
  explicit DecimalReader(const Type& type) : precision_(type.precision()), scale_(type.scale()) {}

  bool operator()(std::string_view text, arrow::Decimal128& value) const {
    PlainNumber plain;
    if (!ReadNumber(text, plain)) return false;
    const std::optional<int64_t> unscaled = UnscaledOf(plain, scale_);
    if (!unscaled) return false;
    value = arrow::Decimal128(*unscaled);
    return value.FitsInPrecision(precision_);
  }

 private:
  int32_t precision_, scale_;
};

// The days at which the months of the years begin that most dates are of, and those after them.
constexpr int32_t kFirstYear = 1900;
constexpr size_t kMonths = size_t{200} * 12;
using MonthDays = std::array<int32_t, kMonths + 1>;

const MonthDays& FirstDaysOfMonths() {
  static const MonthDays days = [] {
    MonthDays made{};
    for (size_t month = 0; month < made.size(); ++month) {
      const auto number = static_cast<int32_t>(month);
      made[month] = DaysFromCivil({kFirstYear + number / 12, number % 12 + 1, 1});
    }
    return made;
  }();
  return days;
}

class DateReader {
 public:
  bool operator()(std::string_view text, int32_t& days) const {
    return text.size() == 10 && Read(text, days);
  }

  // Reads the front of a longer text.
  bool Read(std::string_view text, int32_t& days) const {
    constexpr uint64_t kLayout = 0x2d30302d30303030;  // "0000-00-"
    constexpr uint64_t kDashes = 0xff0000ff00000000;
    const uint64_t front = Load(text.data()) ^ kLayout;
    const uint64_t day_digits = (Load(text.data() + 2) ^ kZeroDigits) >> 48;
    if ((front & kDashes) != 0 || AboveNine(front) != 0 || AboveNine(day_digits) != 0) return false;
    const uint64_t pairs = PairsOf(front);
    const auto year = static_cast<int32_t>((pairs & 0xff) * 100 + ((pairs >> 16) & 0xff));
    const auto month = static_cast<int32_t>((pairs >> 40) & 0xff);
    const auto day = static_cast<int32_t>(PairsOf(day_digits) & 0xff);
    const auto at = static_cast<size_t>((year - kFirstYear) * 12 + month - 1);
    if (month < 1 || month > 12 || at >= kMonths) return false;
    days = first_days_[at] + day - 1;
    return day > 0 && days < first_days_[at + 1];
  }

 private:
  const MonthDays& first_days_ = FirstDaysOfMonths();
};

// "2025-11-05T09:30:00", perhaps with a fraction, and "Z" where the type has a zone.
class TimestampReader {
 public:
  TimestampReader(const Type& type, const TimeZone* zone)
      : zoned_(type.id() == TypeId::kTimestampTz || type.id() == TypeId::kTimestampTzNs),
        local_(zoned_ && zone != nullptr),
        units_per_micro_(
            type.id() == TypeId::kTimestampNs || type.id() == TypeId::kTimestampTzNs ? 1000 : 1) {}

  bool operator()(std::string_view text, int64_t& value) const {
    constexpr size_t kSeconds = 19;
    int32_t days = 0;
    if (text.size() < kSeconds || !date_.Read(text, days)) return false;
    if (text[10] != 'T' && text[10] != ' ') return false;
    const bool at_utc = text.back() == 'Z';
    if (at_utc ? !zoned_ : local_) return false;
    if (at_utc) text.remove_suffix(1);
    int64_t micros = 0;
    if (!ReadClock(text.data() + 11, micros)) return false;
    if (text.size() > kSeconds && !ReadFraction(text.substr(kSeconds), micros)) return false;
    constexpr int64_t kMicrosPerDay = 86'400'000'000;
    return !__builtin_mul_overflow(days * kMicrosPerDay + micros, units_per_micro_, &value);
  }

 private:
  static bool ReadClock(const char* text, int64_t& micros) {
    constexpr uint64_t kLayout = 0x30303a30303a3030;  // "00:00:00"
    constexpr uint64_t kColons = 0x0000ff0000ff0000;
    const uint64_t digits = Load(text) ^ kLayout;
    if ((digits & kColons) != 0 || AboveNine(digits) != 0) return false;
    const uint64_t pairs = PairsOf(digits);
    const auto hour = static_cast<int64_t>(pairs & 0xff);
    const auto minute = static_cast<int64_t>((pairs >> 24) & 0xff);
    const auto second = static_cast<int64_t>((pairs >> 48) & 0xff);
    micros = ((hour * 60 + minute) * 60 + second) * 1'000'000;
    return hour < 24 && minute < 60 && second < 60;
  }

  // Of a point and up to six digits.
  static bool ReadFraction(std::string_view text, int64_t& micros) {
    const size_t count = text.size() - 1;
    if (text.front() != '.' || count < 1 || count > 6) return false;
    const uint64_t digits = Load(text.data() + 1) ^ kZeroDigits;
    if (CountDigits(digits) < count) return false;
    micros += static_cast<int64_t>(NumberOfDigits(digits, count)) * kPowersOfTen[6 - count];
    return true;
  }

  bool zoned_, local_;
  int64_t units_per_micro_;
  DateReader date_;
};

// --- Columns

struct Target {
  const Type& type;
  const TextColumn& texts;
  arrow::ArrayBuilder& builder;
  const TimeZone* zone;
  std::vector<RefusedText> refused = {};

  bool MayReadBeyond(std::string_view text) const {
    const auto place = [](const char* byte) { return reinterpret_cast<uintptr_t>(byte); };
    const size_t begin = place(text.data()) - place(texts.around.data());
    return begin < texts.around.size() && texts.around.size() - begin >= kReadMax;
  }

  // The text of a row in the way that knows all.
  arrow::Status AppendOne(size_t row) {
    const std::string_view text = texts.values[row];
    if (text.data() == nullptr) return builder.AppendNull();
    auto violation = AppendText(type, text, builder, zone);
    if (!violation) return arrow::Status::OK();
    refused.push_back({row, *std::move(violation)});
    return builder.AppendNull();
  }

  arrow::Status AppendEach() {
    ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(texts.values.size())));
    for (size_t row = 0; row < texts.values.size(); ++row)
      ARROW_RETURN_NOT_OK(AppendOne(row));
    return arrow::Status::OK();
  }
};

// Values on their way into a builder; room for more after each `Flush`.
template <typename Builder, typename Value>
class Gathered {
 public:
  explicit Gathered(arrow::ArrayBuilder& builder) : builder_(static_cast<Builder&>(builder)) {}

  bool is_full() const { return count_ == values_.size(); }
  Value& next() { return values_[count_]; }
  void Take() { is_value_[count_++] = 1; }
  void TakeNull() {
    values_[count_] = Value();
    is_value_[count_++] = 0;
    has_null_ = true;
  }

  arrow::Status Flush() {
    const uint8_t* is_value = has_null_ ? is_value_.data() : nullptr;
    has_null_ = false;
    const auto count = static_cast<int64_t>(std::exchange(count_, 0));
    if constexpr (std::is_same_v<Value, arrow::Decimal128>) {
      return builder_.AppendValues(reinterpret_cast<const uint8_t*>(values_.data()), count,
                                   is_value);
    } else {
      return builder_.AppendValues(values_.data(), count, is_value);
    }
  }

 private:
  Builder& builder_;
  std::array<Value, 1024> values_;
  std::array<uint8_t, 1024> is_value_;
  size_t count_ = 0;
  bool has_null_ = false;
};

template <typename Builder, typename Value, typename Reader>
arrow::Status AppendRead(const Reader& read, Target& target) {
  Gathered<Builder, Value> gathered(target.builder);
  ARROW_RETURN_NOT_OK(target.builder.Reserve(static_cast<int64_t>(target.texts.values.size())));
  for (size_t row = 0; row < target.texts.values.size(); ++row) {
    const std::string_view text = target.texts.values[row];
    if (gathered.is_full()) ARROW_RETURN_NOT_OK(gathered.Flush());
    if (text.data() == nullptr) {
      gathered.TakeNull();
    } else if (!text.empty() && target.MayReadBeyond(text) && read(text, gathered.next())) {
      gathered.Take();
    } else {
      ARROW_RETURN_NOT_OK(gathered.Flush());
      ARROW_RETURN_NOT_OK(target.AppendOne(row));
    }
  }
  return gathered.Flush();
}

arrow::Status AppendStrings(Target& target) {
  if (!target.texts.is_utf8) return target.AppendEach();
  auto& builder = static_cast<arrow::StringBuilder&>(target.builder);
  int64_t size_bytes = 0;
  for (const std::string_view text : target.texts.values)
    size_bytes += static_cast<int64_t>(text.size());
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(target.texts.values.size())));
  ARROW_RETURN_NOT_OK(builder.ReserveData(size_bytes));
  for (const std::string_view text : target.texts.values) {
    if (text.data() == nullptr) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(text);
    }
  }
  return arrow::Status::OK();
}

arrow::Status Append(Target& target) {
  switch (target.type.id()) {
    case TypeId::kInt:
      return AppendRead<arrow::Int32Builder, int32_t>(NumberReader<int32_t>(), target);
    case TypeId::kLong:
      return AppendRead<arrow::Int64Builder, int64_t>(NumberReader<int64_t>(), target);
    case TypeId::kDouble:
      return AppendRead<arrow::DoubleBuilder, double>(NumberReader<double>(), target);
    case TypeId::kDecimal:
      return AppendRead<arrow::Decimal128Builder, arrow::Decimal128>(DecimalReader(target.type),
                                                                     target);
    case TypeId::kDate:
      return AppendRead<arrow::Date32Builder, int32_t>(DateReader(), target);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return AppendRead<arrow::TimestampBuilder, int64_t>(TimestampReader(target.type, target.zone),
                                                          target);
    case TypeId::kString:
      return AppendStrings(target);
    default:
      return target.AppendEach();
  }
}

}  // namespace

Result<std::vector<RefusedText>> AppendTexts(const Type& type, const TextColumn& texts,
                                             arrow::ArrayBuilder& builder, const TimeZone* zone) {
  Target target{type, texts, builder, zone};
  FIRN_TRY(datafile::FromArrow(Append(target)));
  return std::move(target.refused);
}

}  // namespace firn::ingest
