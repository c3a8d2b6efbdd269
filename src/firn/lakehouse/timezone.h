// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/time_zone.h"

namespace firn::lakehouse {

/// The IANA name of the machine's time zone: `tz` (the variable TZ) where it is one, else what
/// /etc/localtime links to, else "UTC".
std::string LocalTimezone(std::string_view tz);

/// The zone of an IANA name, from the machine's time zone database.
/// Errors: `kInvalidArgument` for a name that is not in it; `kCorrupt`.
Result<TimeZone> LoadTimezone(const std::string& name);

/// The microsecond since the epoch at which the day `days_later` after `day` ("YYYY-MM-DD") begins
/// in `zone`; unset where `day` is empty. Errors: `kInvalidArgument` for a date that is none.
Result<std::optional<int64_t>> DayBegin(const std::string& day, int32_t days_later,
                                        const TimeZone& zone);

}  // namespace firn::lakehouse
