// SPDX-License-Identifier: Apache-2.0

#include "firn/base/time.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

namespace firn {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;

// "2025-11-05T09:30:00" followed by `digits` of the fraction and "Z".
std::string FormatInstant(int64_t micros, int digits) {
  const int64_t days = FloorDiv(micros, kMicrosPerDay);
  const int64_t rest = micros % kMicrosPerDay;
  const int64_t of_day = rest < 0 ? rest + kMicrosPerDay : rest;
  const CivilDate date = CivilFromDays(static_cast<int32_t>(days));
  const auto seconds = static_cast<int>(of_day / 1'000'000);
  auto fraction = static_cast<int>(of_day % 1'000'000);
  for (int at = digits; at < 6; ++at)
    fraction /= 10;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%0*dZ", date.year,
                date.month, date.day, seconds / 3600, seconds / 60 % 60, seconds % 60, digits,
                fraction);
  return text.data();
}

// Consumes exactly `count` digits of `text`.
std::optional<int32_t> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int32_t number = 0;
  for (size_t at = 0; at < count; ++at) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    number = number * 10 + (text[at] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool TakeChar(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

bool IsRealDay(CivilDate date) {
  constexpr std::array<int32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1) return false;
  if (date.day <= 28) return true;
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  const int32_t february_29 = date.month == 2 && leap ? 1 : 0;
  return date.day <= kDays[static_cast<size_t>(date.month - 1)] + february_29;
}

// Consumes "2025-11-05". All digits are read before any is judged: columns of dates are long.
std::optional<int32_t> TakeDate(std::string_view& text) {
  constexpr size_t kLength = 10;
  if (text.size() < kLength || text[4] != '-' || text[7] != '-') return std::nullopt;
  uint32_t most = 0;
  const auto digit = [&](size_t at) {
    const uint32_t value = static_cast<uint8_t>(text[at]) - uint32_t{'0'};
    most = std::max(most, value);
    return static_cast<int32_t>(value);
  };
  const CivilDate date{digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3),
                       digit(5) * 10 + digit(6), digit(8) * 10 + digit(9)};
  if (most > 9 || !IsRealDay(date)) return std::nullopt;
  text.remove_prefix(kLength);
  return DaysFromCivil(date);
}

// ".123456789": microseconds, and whether digits were cut.
std::optional<int64_t> TakeFraction(std::string_view& text, bool& truncated) {
  if (!TakeChar(text, '.') && !TakeChar(text, ',')) return 0;
  int64_t micros = 0;
  int64_t scale = 100'000;
  size_t count = 0;
  for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
    micros += (text[count] - '0') * scale;
    truncated = truncated || (scale == 0 && text[count] != '0');
    scale /= 10;
  }
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  return micros;
}

std::optional<int64_t> TakeTimeOfDay(std::string_view& text, bool& truncated) {
  const auto hour = TakeDigits(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int32_t second = 0;
  int64_t fraction = 0;
  if (TakeChar(text, ':')) {
    const auto read = TakeDigits(text, 2);
    if (!read || *read > 59) return std::nullopt;
    second = *read;
    const auto micros = TakeFraction(text, truncated);
    if (!micros) return std::nullopt;
    fraction = *micros;
  }
  return (*hour * 3600 + *minute * 60 + second) * int64_t{1'000'000} + fraction;
}

// "Z", "+02:00", "-0330", "+02"; nothing at all is a time without a zone.
bool TakeZone(std::string_view& text, std::optional<int32_t>& offset_minutes) {
  if (text.empty()) return true;
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) {
    offset_minutes = 0;
    return true;
  }
  const bool west = TakeChar(text, '-');
  if (!west && !TakeChar(text, '+')) return false;
  const auto hours = TakeDigits(text, 2);
  if (!hours || *hours > 18) return false;
  TakeChar(text, ':');
  const auto minutes = text.empty() ? std::optional<int32_t>(0) : TakeDigits(text, 2);
  if (!minutes || *minutes > 59) return false;
  offset_minutes = (*hours * 60 + *minutes) * (west ? -1 : 1);
  return true;
}

}  // namespace

int32_t DaysFromCivil(CivilDate date) {
  const int32_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const int32_t year_of_era = year - era * 400;
  const int32_t month = date.month + (date.month > 2 ? -3 : 9);
  const int32_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

CivilDate CivilFromDays(int32_t days_since_epoch) {
  const int64_t days = int64_t{days_since_epoch} + 719468;
  const int64_t era = FloorDiv(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted + (shifted < 10 ? 3 : -9);
  return {static_cast<int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
          static_cast<int32_t>(month),
          static_cast<int32_t>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

std::string TimeMs::ToString() const {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000;
  return FormatInstant(std::clamp(value, -kMost, kMost) * 1000, 3);
}

std::string TimeUs::ToString() const {
  return FormatInstant(value, 6);
}

std::string FormatDate(int32_t days_since_epoch) {
  const CivilDate date = CivilFromDays(days_since_epoch);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", date.year, date.month, date.day);
  return text.data();
}

Result<int32_t> ParseDate(std::string_view text) {
  std::string_view rest = text;
  const auto days = TakeDate(rest);
  if (!days || !rest.empty()) return InvalidArgument("not a date (YYYY-MM-DD)", text);
  return *days;
}

Result<ParsedTimestamp> ParseTimestamp(std::string_view text) {
  std::string_view rest = text;
  ParsedTimestamp parsed;
  const auto days = TakeDate(rest);
  if (!days) return InvalidArgument("not a timestamp (ISO 8601)", text);
  parsed.micros = *days * kMicrosPerDay;
  if (rest.empty()) return parsed;
  if (!TakeChar(rest, 'T') && !TakeChar(rest, 't') && !TakeChar(rest, ' ')) {
    return InvalidArgument("not a timestamp (ISO 8601)", text);
  }
  const auto of_day = TakeTimeOfDay(rest, parsed.truncated);
  if (!of_day || !TakeZone(rest, parsed.offset_minutes) || !rest.empty()) {
    return InvalidArgument("not a timestamp (ISO 8601)", text);
  }
  parsed.micros += *of_day - parsed.offset_minutes.value_or(0) * int64_t{60'000'000};
  return parsed;
}

}  // namespace firn
