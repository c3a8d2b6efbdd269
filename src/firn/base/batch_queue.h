// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace firn {

/// Hands items from some threads to one, holding a bounded number of bytes. Thread-safe.
template <typename Item>
class BatchQueue {
 public:
  BatchQueue(int64_t bytes_max, size_t producers) : bytes_max_(bytes_max), producers_(producers) {}

  /// Waits for room; an item larger than the bound passes alone. False once `Cancel` was called.
  bool Push(Item item, int64_t size_bytes) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] {
      return cancelled_ || items_.empty() || held_bytes_ + size_bytes <= bytes_max_;
    });
    if (cancelled_) return false;
    held_bytes_ += size_bytes;
    items_.emplace_back(std::move(item), size_bytes);
    arrived_.notify_one();
    return true;
  }

  /// Waits for the next item; unset when all producers are done, or once cancelled.
  std::optional<Item> Pop() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return cancelled_ || !items_.empty() || producers_ == 0; });
    if (cancelled_ || items_.empty()) return std::nullopt;
    auto [item, size_bytes] = std::move(items_.front());
    items_.pop_front();
    held_bytes_ -= size_bytes;
    room_.notify_all();
    return std::move(item);
  }

  /// Says that one producer will push no more.
  void ProducerDone() {
    const std::scoped_lock lock(mutex_);
    --producers_;
    arrived_.notify_all();
  }

  /// Drops what is held and lets everybody go.
  void Cancel() {
    const std::scoped_lock lock(mutex_);
    cancelled_ = true;
    items_.clear();
    room_.notify_all();
    arrived_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable room_, arrived_;
  std::deque<std::pair<Item, int64_t>> items_;
  const int64_t bytes_max_;
  int64_t held_bytes_ = 0;
  size_t producers_;
  bool cancelled_ = false;
};

}  // namespace firn
