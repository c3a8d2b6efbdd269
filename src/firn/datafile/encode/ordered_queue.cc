// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/ordered_queue.h"

#include <utility>

namespace firn::datafile {

Status OrderedQueue::Run(size_t piece, const std::function<Status(EncodedPages&)>& work) {
  WaitForRoom(piece);
  EncodedPages pages;
  Status done = work(pages);
  if (done.ok()) done = Put(piece, std::move(pages));
  if (!done.ok()) Fail();
  return done;
}

void OrderedQueue::WaitForRoom(size_t piece) {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [&] { return failed_ || piece == next_ || held_bytes_ <= held_bytes_max_; });
}

Status OrderedQueue::Put(size_t piece, EncodedPages pages) {
  const std::scoped_lock lock(mutex_);
  held_bytes_ += pages.bytes.size();
  held_.emplace(piece, std::move(pages));
  return HandOn();
}

Status OrderedQueue::HandOn() {
  while (!held_.empty() && held_.begin()->first == next_) {
    EncodedPages pages = std::move(held_.extract(held_.begin()).mapped());
    held_bytes_ -= pages.bytes.size();
    FIRN_TRY(taker_(next_, std::move(pages)));
    ++next_;
  }
  moved_.notify_all();
  return Ok();
}

// Nobody waits for a piece that does not come.
void OrderedQueue::Fail() {
  const std::scoped_lock lock(mutex_);
  failed_ = true;
  moved_.notify_all();
}

}  // namespace firn::datafile
