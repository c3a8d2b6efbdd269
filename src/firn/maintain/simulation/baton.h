// SPDX-License-Identifier: Apache-2.0
//
// A scheduler for simulations; include only from tests.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "firn/base/assert.h"
#include "firn/table/testing.h"

namespace firn::maintain {

/// Runs several threads of which only one, who holds the baton, moves at any time; who is next is
/// drawn from a seed. So a run is the same whenever its seed is.
class Baton {
 public:
  explicit Baton(uint64_t seed) : random_(seed) {}

  /// Runs all to their ends. Once only.
  void Run(const std::vector<std::function<void()>>& bodies) {
    for (size_t runner = 0; runner < bodies.size(); ++runner) {
      turns_.emplace_back();
      running_.push_back(runner);
    }
    std::vector<std::thread> threads;
    for (size_t runner = 0; runner < bodies.size(); ++runner) {
      threads.emplace_back([this, runner, &body = bodies[runner]] {
        Await(runner);
        body();
        std::erase(running_, runner);
        if (!running_.empty()) PassOn();
      });
    }
    PassOn();
    for (std::thread& thread : threads)
      thread.join();
  }

  /// Lets somebody else move on, or not. Called by the one who moves; does nothing outside of
  /// `Run`.
  void Yield() {
    if (running_.size() < 2 || !random_.Chance(kYieldOneIn)) return;
    const size_t self = holder_;
    PassOn();
    Await(self);
  }

 private:
  static constexpr int64_t kYieldOneIn = 3;
  static constexpr size_t kNobody = SIZE_MAX;

  void PassOn() {
    const size_t next =
        running_[static_cast<size_t>(random_.Below(static_cast<int64_t>(running_.size())))];
    const std::scoped_lock lock(mutex_);
    holder_ = next;
    turns_[next].notify_one();
  }
  void Await(size_t runner) {
    std::unique_lock lock(mutex_);
    turns_[runner].wait(lock, [this, runner] { return holder_ == runner; });
    mover_ = std::this_thread::get_id();
  }

  // Touched by the holder alone: the lock hands them on with the baton.
  table::Random random_;
  std::vector<size_t> running_;  // Who has not ended.
  std::thread::id mover_;

  std::mutex mutex_;
  std::deque<std::condition_variable> turns_;  // One for each runner.
  size_t holder_ = kNobody;
};

}  // namespace firn::maintain
