// SPDX-License-Identifier: Apache-2.0
//
// How often a property is tried; include only from tests.
#pragma once

#include <cstdint>

namespace firn {

/// `usual` rounds of a property that takes seconds; a fifth of them under a sanitizer, which is
/// there to find other mistakes and makes each round five to ten times as long.
constexpr int Rounds(int usual) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return usual / 5;
#else
  return usual;
#endif
}

/// A sweep that fails one operation in `usual`, as `io::ForEachFault` takes it: one in five times as
/// many under a sanitizer, for the same reason.
constexpr int64_t OneIn(int64_t usual) {
  return 5 * usual / Rounds(5);
}

}  // namespace firn
