// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace firn {

/// Adds as far as 64 bits go. For sums of what files say of themselves, which may be any numbers.
constexpr int64_t AddSaturated(int64_t left, int64_t right) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(left, right, &sum)) return sum;
  return right > 0 ? INT64_MAX : INT64_MIN;
}

/// Subtracts likewise.
constexpr int64_t SubtractSaturated(int64_t left, int64_t right) {
  int64_t rest = 0;
  if (!__builtin_sub_overflow(left, right, &rest)) return rest;
  return right < 0 ? INT64_MAX : INT64_MIN;
}

}  // namespace firn
