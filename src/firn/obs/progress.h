// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace firn::obs {

/// Is told how far long work has come; the terminal's bar is one implementation. Thread-safe.
class Progress {
 public:
  virtual ~Progress() = default;
  /// Begins a step of `total` units ("reading 212 files"); 0 where the total is not known.
  virtual void Begin(std::string_view label, int64_t total_bytes) = 0;
  /// Counts `bytes` more as done.
  virtual void Advance(int64_t bytes) = 0;
  /// Ends the step begun last.
  virtual void End() = 0;
};

/// Shows nothing. Static storage.
Progress& NoProgress();

}  // namespace firn::obs
