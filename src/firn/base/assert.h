// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace firn::internal {

/// Prints where an invariant broke and aborts.
[[noreturn]] void AssertFailed(const char* condition, const char* file, int line);

}  // namespace firn::internal

/// Ends the process when one of our own invariants is broken, in every build. Never for input.
#define FIRN_ASSERT(condition)        \
  ((condition) ? static_cast<void>(0) \
               : ::firn::internal::AssertFailed(#condition, __FILE__, __LINE__))
