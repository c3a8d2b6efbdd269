// SPDX-License-Identifier: Apache-2.0

#include "firn/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace firn {
namespace {

// What the threads share.
class Work {
 public:
  Work(size_t count, const std::function<Status(size_t)>& body) : count_(count), body_(body) {}

  void Run() {
    while (!failed_.load(std::memory_order_relaxed)) {
      const size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      if (at >= count_) return;
      if (Status done = body_(at); !done) Fail(at, std::move(done));
    }
  }

  Status Finish() && { return std::move(error_); }

 private:
  void Fail(size_t at, Status error) {
    const std::scoped_lock lock(mutex_);
    if (!error_ && at > error_at_) return;  // An earlier one is known.
    error_ = std::move(error);
    error_at_ = at;
    failed_ = true;
  }

  size_t count_;
  const std::function<Status(size_t)>& body_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  size_t error_at_ = 0;
  Status error_;
};

}  // namespace

Status ParallelFor(size_t count, size_t threads, const std::function<Status(size_t)>& body) {
  Work work(count, body);
  std::vector<std::thread> others;
  for (size_t at = 1; at < std::min(threads, count); ++at) {
    others.emplace_back([&work] { work.Run(); });
  }
  work.Run();
  for (std::thread& other : others) {
    other.join();
  }
  return std::move(work).Finish();
}

}  // namespace firn
