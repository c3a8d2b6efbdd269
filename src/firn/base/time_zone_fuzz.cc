// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a time zone file: what is taken for one gives a sane offset at any instant.

#include <limits>

#include "firn/base/assert.h"
#include "firn/base/time_zone.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  const auto zone = TimeZone::Parse(bytes);
  if (!zone.has_value()) return;
  constexpr int64_t kDay = 86'400;
  for (const int64_t at : {std::numeric_limits<int64_t>::min() / 4, int64_t{0}, 40'000 * kDay,
                           std::numeric_limits<int64_t>::max() / 4}) {
    const int64_t offset = zone->OffsetAt(at);
    FIRN_ASSERT(offset >= -27 * 3600 && offset <= 27 * 3600);
  }
}

}  // namespace firn
