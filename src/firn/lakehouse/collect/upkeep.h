// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "firn/base/env.h"
#include "firn/lakehouse/collect/watch.h"

namespace firn::lakehouse {

/// Runs models and maintenance of a lake on a thread of its own, after each other and no more often
/// than asked. Thread-safe.
class Upkeep {
 public:
  /// `lake` is used by this thread alone. All references outlive it.
  Upkeep(std::unique_ptr<Lakehouse> lake, Env& env, const WatchRequest& request,
         const WatchListener& listener);
  /// Waits until what is under way is done.
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  /// Says that a commit brought rows.
  void NoteCommit();
  /// The error that ended it, if one did.
  std::optional<Error> failure();

 private:
  enum class Job { kNone, kRun, kMaintain };

  void Work();
  Job NextJob(std::unique_lock<std::mutex>& lock);
  Status Do(Job job);
  Status Run();
  Status Maintain();

  const std::unique_ptr<Lakehouse> lake_;
  Env& env_;
  const WatchRequest& request_;
  const WatchListener& listener_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool ended_ = false;
  bool rows_came_ = true;  // The models may not have seen what was there before.
  int64_t commits_ = 0;    // Since the last maintenance.
  int64_t run_due_us_, maintain_due_us_;
  std::optional<Error> failure_;
  std::jthread thread_;
};

/// Whether an error may go away by itself.
bool MayPass(const Error& error);

}  // namespace firn::lakehouse
