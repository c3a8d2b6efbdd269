// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// Rows of one file that wait for their row group. A batch of a few rows takes far more memory than
/// its values, so small ones are copied into larger ones. Not thread-safe.
class WaitingRows {
 public:
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

  Status Add(BatchPtr rows);
  /// All rows, which wait no more.
  Result<std::vector<BatchPtr>> Take();

  int64_t bytes() const { return bytes_; }            ///< Of the values, as `BytesOf`.
  int64_t held_bytes() const { return held_bytes_; }  ///< As `HeldBytes`.
  int64_t rows() const { return rows_; }

 private:
  Status JoinSmall();

  std::vector<BatchPtr> large_, small_;  // In this order.
  int64_t bytes_ = 0, held_bytes_ = 0, rows_ = 0;
  int64_t small_held_bytes_ = 0;
};

}  // namespace firn::datafile
