// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "firn/base/time.h"

namespace firn {

/// What the outside world gives to code that must stay testable: time and randomness.
/// Thread-safe.
class Env {
 public:
  virtual ~Env() = default;

  /// Wall clock.
  virtual TimeUs Now() = 0;
  /// Monotonic clock in microseconds, for durations only.
  virtual int64_t MonotonicMicros() = 0;
  /// 64 random bits.
  virtual uint64_t Random64() = 0;
  /// Waits; the simulated environment only moves its clock.
  virtual void Sleep(Millis duration) = 0;

  TimeMs NowMs() { return TimeMs{FloorDiv(Now().value, 1000)}; }
};

/// The machine's own clock and random source.
std::unique_ptr<Env> MakeSystemEnv();

/// A clock that stands still unless it is moved, and a seeded generator. For tests.
class FixedEnv : public Env {
 public:
  explicit FixedEnv(TimeUs now = TimeUs{1'762'335'000'000'000}, uint64_t seed = 42)
      : now_(now), random_(seed) {}

  TimeUs Now() override;
  int64_t MonotonicMicros() override;
  uint64_t Random64() override;
  void Sleep(Millis duration) override;
  void Advance(Millis duration) { Sleep(duration); }

 private:
  std::mutex mutex_;
  TimeUs now_;
  uint64_t random_;
};

}  // namespace firn
