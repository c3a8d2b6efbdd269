// SPDX-License-Identifier: Apache-2.0
//
// A faulty file system under SQLite; include only from tests.
#pragma once

#include <cstdint>

namespace firn::catalog {

/// While it lives, every SQLite file that is opened goes through it, and the n-th operation that
/// changes a file (write, sync, truncate) fails, once or from then on. One at a time per process.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  /// Counts from now on; `fail_at` = 0 is never.
  void Arm(int64_t fail_at, bool stays_broken);
  bool fault_reached() const;
  /// How many operations there have been since `Arm`.
  int64_t operations() const;
};

}  // namespace firn::catalog
