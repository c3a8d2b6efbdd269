// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::ingest {

/// Reads a time as reports and logs write it: what `ParseTimestamp` reads, and
///   - 2025/10/28 05:58:12, 2025.10.28, 20251028T055812Z,
///   - 28 Oct 2025 05:58:12, 28-Oct-2025, 28/Oct/2025:05:58:12 +0100, Oct 28, 2025,
///     Tue, 28 Oct 2025 05:58:12 GMT,
///   - any of these with AM or PM, and with a zone of Z, UTC, GMT or an offset, after a space or
///   not.
/// Dates of two numbers that could be day and month either way are none.
/// Errors: `kInvalidArgument`.
Result<ParsedTimestamp> ParseTimeText(std::string_view text);

/// Reads a count since the epoch, in digits alone: of seconds (up to 11 digits), milliseconds (14),
/// microseconds (17) or nanoseconds (19). Unset where it is none.
std::optional<TimeUs> ParseEpoch(std::string_view text);

}  // namespace firn::ingest
