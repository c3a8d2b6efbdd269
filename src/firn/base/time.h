// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn {

/// A span of milliseconds.
struct Millis {
  int64_t value = 0;
  friend constexpr auto operator<=>(const Millis&, const Millis&) = default;
  static constexpr Millis Days(int64_t days) { return Millis{days * 86'400'000}; }
};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, as Iceberg's metadata counts them.
struct TimeMs {
  int64_t value = 0;
  friend constexpr auto operator<=>(const TimeMs&, const TimeMs&) = default;
  friend constexpr Millis operator-(TimeMs a, TimeMs b) { return Millis{a.value - b.value}; }
  friend constexpr TimeMs operator-(TimeMs a, Millis b) { return TimeMs{a.value - b.value}; }
  friend constexpr TimeMs operator+(TimeMs a, Millis b) { return TimeMs{a.value + b.value}; }
  std::string ToString() const;  ///< "2025-11-05T09:30:00.123Z"
};

/// An instant: microseconds since 1970-01-01T00:00:00Z, as Iceberg's timestamps count them.
struct TimeUs {
  int64_t value = 0;
  friend constexpr auto operator<=>(const TimeUs&, const TimeUs&) = default;
  std::string ToString() const;  ///< "2025-11-05T09:30:00.123456Z"
};

/// A day of the proleptic Gregorian calendar.
struct CivilDate {
  int32_t year = 1970;
  int32_t month = 1;  ///< 1 to 12.
  int32_t day = 1;    ///< 1 to 31.
  friend constexpr auto operator<=>(const CivilDate&, const CivilDate&) = default;
};

/// Counts the days from 1970-01-01 to `date` (negative before).
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
int32_t DaysFromCivil(CivilDate date);

/// The inverse of `DaysFromCivil`.
CivilDate CivilFromDays(int32_t days_since_epoch);

/// Divides rounding toward minus infinity; `divisor` > 0.
constexpr int64_t FloorDiv(int64_t dividend, int64_t divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

/// Renders days since the epoch as "2025-11-05".
std::string FormatDate(int32_t days_since_epoch);

/// Reads "YYYY-MM-DD". Errors: `kInvalidArgument` for anything else or a day that does not exist.
Result<int32_t> ParseDate(std::string_view text);

/// A time of day on a date, with the zone if the text named one.
struct ParsedTimestamp {
  int64_t micros = 0;                     ///< Since the epoch, in UTC if `offset_minutes` is set.
  std::optional<int32_t> offset_minutes;  ///< East of UTC; unset where the text has no zone.
  bool truncated = false;                 ///< Digits below a microsecond were cut off.
};

/// Reads ISO 8601 / RFC 3339: "2025-11-05", "2025-11-05T09:30:00.123Z", "2025-11-05 09:30+02:00".
/// Errors: `kInvalidArgument` when it is none of these or out of range.
Result<ParsedTimestamp> ParseTimestamp(std::string_view text);

}  // namespace firn
