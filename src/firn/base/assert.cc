// SPDX-License-Identifier: Apache-2.0

#include "firn/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace firn::internal {

void AssertFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "firn: broken invariant %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace firn::internal
