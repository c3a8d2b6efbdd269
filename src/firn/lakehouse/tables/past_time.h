// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::lakehouse {

/// Reads a time: "7d" is that long before `now`, else a day or an instant as `ParseTimestamp` reads
/// them. Errors: `kInvalidArgument`.
Result<TimeMs> ParsePast(std::string_view text, TimeMs now);

}  // namespace firn::lakehouse
