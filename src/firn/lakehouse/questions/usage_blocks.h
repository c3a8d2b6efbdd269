// SPDX-License-Identifier: Apache-2.0
//
// The five-hour windows in which some plans count use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "firn/base/time.h"
#include "firn/base/time_zone.h"

namespace firn::lakehouse {

inline constexpr int64_t kHourMicros = int64_t{3600} * 1'000'000;
inline constexpr int64_t kBlockMicros = 5 * kHourMicros;

/// The first and the last call within one hour.
struct HourOfUse {
  TimeUs first, last;
};

/// When the block of each hour begins. `hours` are of different hours and in order. A block begins
/// with the hour of its first call, and ends five hours later, or with more than five hours without
/// a call.
std::vector<TimeUs> BlockBegins(std::span<const HourOfUse> hours);

/// "2025-11-05 09:30", as clocks of `zone` show it.
std::string LocalMinute(const TimeZone& zone, TimeUs time);

}  // namespace firn::lakehouse
