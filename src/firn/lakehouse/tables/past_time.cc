// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/past_time.h"

#include "firn/lakehouse/config.h"

namespace firn::lakehouse {

Result<TimeMs> ParsePast(std::string_view text, TimeMs now) {
  if (const auto age = ParseDuration(text)) return now - *age;
  const auto time = ParseTimestamp(text);
  if (time) return TimeMs{FloorDiv(time->micros, 1000)};
  return InvalidArgument("neither an age nor a time", text)
      .WithHint("such as 7d, 36h, 2025-11-05 or 2025-11-05T09:30:00Z");
}

}  // namespace firn::lakehouse
