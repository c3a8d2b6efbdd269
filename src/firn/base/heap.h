// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace firn {

/// Gives what was freed back to the system. A C library keeps it for the next allocation of the
/// same thread, so that work of several kinds, one after the other, would hold the peaks of all of
/// them. Takes some milliseconds. Thread-safe; does nothing where the C library has no such call.
void ReturnFreedMemory();

}  // namespace firn
