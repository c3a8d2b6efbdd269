// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "firn/base/batch_queue.h"
#include "firn/base/result.h"

namespace firn::pipeline {

/// Does work on a thread of its own, piece by piece in the order given. One thread hands over.
class WriteBehind {
 public:
  using Work = std::function<Status()>;

  /// Lets work wait that holds up to `queue_bytes`.
  explicit WriteBehind(int64_t queue_bytes);
  /// Drops what waits, ends what is being done.
  ~WriteBehind();
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  /// Hands over work that holds `size_bytes`; waits for room.
  /// Errors: that of work which failed before; nothing more is done then.
  Status Do(int64_t size_bytes, Work work);

  /// Ends when all was done. Errors: of the work that failed.
  Status Finish();

 private:
  void Run();
  Status failure();

  BatchQueue<Work> queue_;
  std::mutex mutex_;
  Status failure_ = Ok();  // Of the first work that failed.
  bool ended_ = false;
  std::jthread thread_;
};

}  // namespace firn::pipeline
