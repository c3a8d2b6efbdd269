// SPDX-License-Identifier: Apache-2.0

#include "firn/base/env.h"

#include <chrono>
#include <random>
#include <thread>

namespace firn {
namespace {

class SystemEnv : public Env {
 public:
  TimeUs Now() override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return TimeUs{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  }

  int64_t MonotonicMicros() override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }

  uint64_t Random64() override {
    const std::scoped_lock lock(mutex_);
    return (uint64_t{device_()} << 32) | device_();
  }

  void Sleep(Millis duration) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(duration.value));
  }

 private:
  std::mutex mutex_;
  std::random_device device_;
};

}  // namespace

std::unique_ptr<Env> MakeSystemEnv() {
  return std::make_unique<SystemEnv>();
}

TimeUs FixedEnv::Now() {
  const std::scoped_lock lock(mutex_);
  return now_;
}

int64_t FixedEnv::MonotonicMicros() {
  return Now().value;
}

// SplitMix64 (G. Steele et al., "Fast Splittable Pseudorandom Number Generators", 2014).
uint64_t FixedEnv::Random64() {
  const std::scoped_lock lock(mutex_);
  random_ += 0x9E3779B97F4A7C15ULL;
  uint64_t mixed = random_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

void FixedEnv::Sleep(Millis duration) {
  const std::scoped_lock lock(mutex_);
  now_.value += duration.value * 1000;
}

}  // namespace firn
