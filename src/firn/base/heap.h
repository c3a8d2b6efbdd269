// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace firn {

/// Gives what was freed back to the system. A C library keeps it for the next allocation of the
/// same thread, so that work of several kinds, one after the other, would hold the peaks of all of
/// them. Takes some milliseconds. Thread-safe; does nothing where the C library has no such call.
void ReturnFreedMemory();

/// Lets a C library that keeps a heap per thread, what was freed in each included, keep one per
/// processor at most. For the start of a program.
void KeepFewHeaps();

}  // namespace firn
