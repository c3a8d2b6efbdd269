// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/waiting_rows.h"

#include <utility>

#include <arrow/record_batch.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

constexpr int64_t kSmallBytes = int64_t{64} << 10;
constexpr size_t kSmallBatches = 32;

}  // namespace

Status WaitingRows::Add(BatchPtr rows) {
  const int64_t bytes = BytesOf(*rows), held = HeldBytes(*rows);
  bytes_ += bytes;
  held_bytes_ += held;
  rows_ += rows->num_rows();
  if (bytes < kSmallBytes) {
    small_held_bytes_ += held;
    small_.push_back(std::move(rows));
    return small_.size() < kSmallBatches ? Ok() : JoinSmall();
  }
  FIRN_TRY(JoinSmall());
  large_.insert(large_.end(), small_.begin(), small_.end());
  small_.clear();
  small_held_bytes_ = 0;
  large_.push_back(std::move(rows));
  return Ok();
}

// The small ones become one, which may be small still.
Status WaitingRows::JoinSmall() {
  if (small_.size() < 2) return Ok();
  FIRN_ASSIGN(BatchPtr joined, FromArrow(arrow::ConcatenateRecordBatches(small_)));
  const int64_t held = HeldBytes(*joined);
  held_bytes_ += held - small_held_bytes_;
  small_.clear();
  if (BytesOf(*joined) < kSmallBytes) {
    small_held_bytes_ = held;
    small_.push_back(std::move(joined));
  } else {
    small_held_bytes_ = 0;
    large_.push_back(std::move(joined));
  }
  return Ok();
}

Result<std::vector<WaitingRows::BatchPtr>> WaitingRows::Take() {
  FIRN_TRY(JoinSmall());
  std::vector<BatchPtr> all = std::exchange(large_, {});
  all.insert(all.end(), small_.begin(), small_.end());
  *this = WaitingRows();
  return all;
}

}  // namespace firn::datafile
