// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/base/env.h"

namespace firn::ingest {

/// Holds the advisory lock of a file while it lives, so that a second ingest of the lake waits
/// instead of reading the same files for nothing. Only saves work: where the lock cannot be had,
/// the ingest goes on without.
class IngestLock {
 public:
  /// Waits up to `wait_max` for the lock; "" takes none.
  IngestLock(const std::string& path, Env& env, Millis wait_max);
  ~IngestLock();
  IngestLock(const IngestLock&) = delete;
  IngestLock& operator=(const IngestLock&) = delete;

  bool held() const { return held_; }

 private:
  int file_ = -1;
  bool held_ = false;
};

}  // namespace firn::ingest
