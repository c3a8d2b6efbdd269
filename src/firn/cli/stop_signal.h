// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"

namespace firn::cli {

/// Turns SIGINT and SIGTERM into something to be read, instead of the end of the process. To be
/// made before there are other threads.
class StopSignal {
 public:
  /// Errors: `kResourceExhausted` where no descriptor is left.
  static Result<StopSignal> Make();
  ~StopSignal();
  StopSignal(StopSignal&& other) noexcept : descriptor_(other.descriptor_) {
    other.descriptor_ = -1;
  }
  StopSignal& operator=(StopSignal&&) = delete;

  /// Can be read once a signal came.
  int descriptor() const { return descriptor_; }

 private:
  explicit StopSignal(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace firn::cli
