// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "firn/obs/metrics.h"

namespace firn::datafile {

/// Bytes that all writers of a process share: rows that wait in memory are taken from it, counted
/// uncompressed. Nobody waits for another here: whoever gets none writes out what it holds, which
/// is what holds back whoever feeds it. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Takes `bytes` if so many are left.
  bool TryReserve(int64_t bytes);
  void Release(int64_t bytes);

  int64_t limit_bytes() const { return limit_bytes_; }
  int64_t current_bytes() const { return current_bytes_.load(); }
  int64_t peak_bytes() const { return peak_bytes_.load(); }
  std::vector<obs::MetricValue> Metrics() const;

 private:
  const int64_t limit_bytes_;
  std::atomic<int64_t> current_bytes_ = 0, peak_bytes_ = 0;
};

/// What one holder has of a limit of its own and of a budget it shares; given back when it goes.
/// Not thread-safe.
class MemoryReservation {
 public:
  /// `budget` may be null: then only the own limit counts.
  MemoryReservation(MemoryBudget* budget, int64_t limit_bytes)
      : budget_(budget), limit_bytes_(limit_bytes) {}
  ~MemoryReservation() { Shrink(bytes_); }
  MemoryReservation(const MemoryReservation&) = delete;
  MemoryReservation& operator=(const MemoryReservation&) = delete;

  bool TryGrow(int64_t bytes);
  void Shrink(int64_t bytes);
  int64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_;
  int64_t limit_bytes_;
  int64_t bytes_ = 0;
};

}  // namespace firn::datafile
