// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/write_behind.h"

#include <utility>

namespace firn::pipeline {

WriteBehind::WriteBehind(int64_t queue_bytes)
    : queue_(queue_bytes, 1), thread_([this] { Run(); }) {}

WriteBehind::~WriteBehind() {
  queue_.Cancel();
}

void WriteBehind::Run() {
  while (auto work = queue_.Pop()) {
    Status done = (*work)();
    if (done.ok()) continue;
    const std::scoped_lock lock(mutex_);
    failure_ = std::move(done);
    queue_.Cancel();
  }
}

Status WriteBehind::failure() {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

Status WriteBehind::Do(int64_t size_bytes, Work work) {
  if (queue_.Push(std::move(work), size_bytes)) return Ok();
  FIRN_TRY(failure());
  return Internal("work is handed over after the end");
}

Status WriteBehind::Finish() {
  if (!std::exchange(ended_, true)) {
    queue_.ProducerDone();
    thread_.join();
  }
  return failure();
}

}  // namespace firn::pipeline
