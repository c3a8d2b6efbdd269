// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/key_order.h"
#include "firn/datafile/sort_keys.h"

namespace firn::datafile {

/// Rows in the order of their keys.
struct SortedBatch {
  std::shared_ptr<arrow::RecordBatch> rows;  ///< Null: there are no more.
  RowKeys keys;
  bool is_last = false;  ///< The source has no more behind it.
};

/// Gives batches whose rows, one batch after the other, are in order.
class SortedSource {
 public:
  virtual ~SortedSource() = default;
  /// Batches have at least one row.
  virtual Result<SortedBatch> Next() = 0;
};

/// Merges sorted sources into one. Rows with equal keys stay in the order of the sources. Keeps one
/// batch of each source. Not thread-safe.
class SortedMerge {
 public:
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

  /// Gives batches of at most `rows_max` rows and about `bytes_max` bytes.
  SortedMerge(std::vector<std::unique_ptr<SortedSource>> sources, int64_t rows_max,
              int64_t bytes_max);
  ~SortedMerge();
  SortedMerge(SortedMerge&&) noexcept;

  /// Null at the end.
  Result<BatchPtr> Next();

 private:
  // Where a source stands.
  struct Cursor {
    std::unique_ptr<SortedSource> source;
    SortedBatch batch;
    int64_t row = 0;        // The first behind the step.
    int64_t given = 0;      // The first that is not in an output yet.
    int64_t row_bytes = 0;  // Of the batch, on average.
  };
  // Where a step ends: with this row of this source.
  struct StepEnd {
    size_t cursor;
    std::string_view key;
  };
  // The output under way: slices of batches, and which of their rows come in which order.
  struct Output {
    std::vector<BatchPtr> slices;
    std::vector<int64_t> order;
    int64_t rows_in_slices = 0;
    int64_t bytes = 0;
  };

  static Status Load(Cursor& cursor);
  int64_t StepRows() const;
  std::optional<StepEnd> EndOfStep() const;
  int64_t RowsOfStep(size_t cursor, const std::optional<StepEnd>& end) const;
  Status BeginStep();
  void TakeInto(Output& output);
  static Result<BatchPtr> Assemble(Output output);

  std::vector<Cursor> cursors_;
  int64_t rows_max_, bytes_max_;
  KeyOrder step_;     // Rows of all sources that come before all others.
  size_t taken_ = 0;  // Of the step.
};

}  // namespace firn::datafile
