// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "firn/base/result.h"

namespace firn {

/// Runs `body(i)` for every `i` below `count` on up to `threads` threads, the caller's among them;
/// each takes the next `i` when it is done with one. Returns once all have ended.
///
/// `body` must allow calls at the same time. After an error no new call begins; the error of the
/// lowest `i` that has one is returned.
Status ParallelFor(size_t count, size_t threads, const std::function<Status(size_t)>& body);

}  // namespace firn
