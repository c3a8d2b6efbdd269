// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>

#include "firn/base/result.h"
#include "firn/datafile/encode/page_writer.h"

namespace firn::datafile {

/// Hands on, in their order, pieces of work that several threads end out of order. Threads that are
/// far ahead wait, so that what is held back stays small. Thread-safe.
class OrderedQueue {
 public:
  /// Takes the pieces 0, 1, ... one at a time.
  using Taker = std::function<Status(size_t piece, EncodedPages pages)>;

  /// Holds about `held_bytes_max` besides what is being worked on.
  OrderedQueue(size_t held_bytes_max, Taker taker)
      : held_bytes_max_(held_bytes_max), taker_(std::move(taker)) {}

  /// Runs `work` for a piece once there is room for what it makes, and hands that on. Whoever has
  /// the piece that comes next never waits. Errors: those of `work` and of the taker.
  Status Run(size_t piece, const std::function<Status(EncodedPages&)>& work);

 private:
  void WaitForRoom(size_t piece);
  Status Put(size_t piece, EncodedPages pages);
  Status HandOn();
  void Fail();

  size_t held_bytes_max_;
  Taker taker_;
  std::mutex mutex_;
  std::condition_variable moved_;
  size_t next_ = 0;
  size_t held_bytes_ = 0;
  bool failed_ = false;
  std::map<size_t, EncodedPages> held_;
};

}  // namespace firn::datafile
