// SPDX-License-Identifier: Apache-2.0

#include "firn/base/heap.h"

#if __has_include(<malloc.h>)
#  include <malloc.h>
#endif

namespace firn {

void ReturnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace firn
