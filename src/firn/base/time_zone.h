// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"

namespace firn {

/// How far the clocks of one place are from UTC, and when that changes. Immutable.
class TimeZone {
 public:
  /// From the second `at` on, clocks are `offset` seconds east of UTC.
  struct Transition {
    int64_t at = 0;
    int32_t offset = 0;
  };
  /// A day of each year on which clocks change: Mm.w.d, Jn and n of POSIX.
  struct YearDay {
    enum class Kind { kMonthWeekDay, kJulian, kZeroBased };
    Kind kind = Kind::kMonthWeekDay;
    int32_t month = 1, week = 1;
    int32_t day = 0;         ///< Of the week, 0 is Sunday; else of the year.
    int32_t seconds = 7200;  ///< Of the local day.
  };
  /// What holds every year once the transitions have ended.
  struct YearlyRule {
    int32_t standard = 0, summer = 0;  ///< Offsets.
    std::optional<std::pair<YearDay, YearDay>> summer_time;
  };
  struct Rules {
    int32_t before = 0;  ///< Offset until the first transition.
    std::vector<Transition> transitions;
    std::optional<YearlyRule> after;
  };

  /// UTC itself.
  TimeZone() = default;
  /// `rules.transitions` ascend.
  explicit TimeZone(Rules rules) : rules_(std::move(rules)) {}

  /// Reads a file of the time zone database (TZif, RFC 8536). Errors: `kCorrupt`.
  static Result<TimeZone> Parse(std::string_view tzif);

  /// Seconds east of UTC at an instant, given in seconds since the epoch.
  int64_t OffsetAt(int64_t seconds) const;

  /// The instant, in seconds since the epoch, at which clocks here show `local` (seconds since
  /// 1970-01-01T00:00:00 of the local calendar). Where clocks show it twice, the first time; where
  /// they skip it, as if they had not been put forward yet.
  int64_t ToUtc(int64_t local) const;

 private:
  Rules rules_;
};

}  // namespace firn
