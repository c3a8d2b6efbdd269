// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/sort_keys.h"

namespace firn::datafile {

/// Rows in the order of their keys.
struct SortedBatch {
  std::shared_ptr<arrow::RecordBatch> rows;  ///< Null: there are no more.
  RowKeys keys;
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
    int64_t row = 0;
    int64_t taken_from = 0;  // The first row of the batch that is in the output under way.
    int64_t row_bytes = 0;   // Of the batch, on average.
    std::string_view key;
    uint64_t key_head = 0;        // Its first bytes: they mostly tell two keys apart.
    std::vector<BatchPtr> taken;  // For the output under way.
  };
  // Rows that follow each other in one source and in the output.
  struct Stretch {
    size_t cursor;
    int64_t rows;
  };

  Status Start();
  Status Load(Cursor& cursor);
  static void SetKey(Cursor& cursor);
  bool Before(size_t left, size_t right) const;
  void SiftDown(size_t at);
  int64_t RowsBeforeOthers(const Cursor& cursor, int64_t room) const;
  Status Take(int64_t rows);
  Result<BatchPtr> Assemble();

  std::vector<Cursor> cursors_;
  std::vector<size_t> heap_;  // Cursors that are not at their end, the first in order on top.
  int64_t rows_max_, bytes_max_;
  bool started_ = false;
  std::vector<Stretch> stretches_;
};

}  // namespace firn::datafile
