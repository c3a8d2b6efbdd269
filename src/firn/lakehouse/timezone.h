// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace firn::lakehouse {

/// The IANA name of the machine's time zone: `tz` (the variable TZ) where it is one, else what
/// /etc/localtime links to, else "UTC".
std::string LocalTimezone(std::string_view tz);

}  // namespace firn::lakehouse
