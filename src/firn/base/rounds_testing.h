// SPDX-License-Identifier: Apache-2.0
//
// How often a property is tried; include only from tests.
#pragma once

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

}  // namespace firn
