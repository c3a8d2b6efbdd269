// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace firn::lakehouse
