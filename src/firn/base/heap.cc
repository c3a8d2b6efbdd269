// SPDX-License-Identifier: Apache-2.0

#include "firn/base/heap.h"

#include <algorithm>
#include <thread>

#if __has_include(<malloc.h>)
#  include <malloc.h>
#endif

namespace firn {

void ReturnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void KeepFewHeaps() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
#endif
}

}  // namespace firn
