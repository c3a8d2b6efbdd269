// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/encode/leaf_column.h"
#include "firn/datafile/encode/leaf_values.h"

namespace firn::datafile {

/// What a leaf has in some rows: its levels, and its values without nulls. Its room is used again.
struct LeafRows {
  size_t rows = 0;
  size_t slots = 0;                             ///< Values, nulls and empty lists.
  std::vector<uint8_t> definition, repetition;  ///< One a slot; none where they can only be 0.
  LeafValues values;                            ///< Views into the rows or into what follows.

  std::vector<uint8_t> booleans;
  std::vector<int32_t> int32s;
  std::vector<int64_t> int64s;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::string_view> texts;
  ByteBuffer bytes;

  size_t nulls() const { return slots - SizeOf(values); }
};

/// Reads one leaf of the rows of a row group, which are several batches. Rows are counted over all
/// of them. Thread-safe; the batches outlive it.
class LeafReader {
 public:
  LeafReader(const LeafColumn& leaf,
             const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

  const LeafColumn& leaf() const { return leaf_; }
  size_t rows() const { return first_rows_.back(); }

  /// How many slots the rows from `first` to `last` have at most, and the bytes of their values in
  /// a plain page; grows with the rows.
  struct Extent {
    size_t slots = 0;
    size_t bytes = 0;
  };
  Extent ExtentOf(size_t first, size_t last) const;

  void Read(size_t first, size_t last, LeafRows& out) const;

 private:
  // What one step of the leaf's path has in one batch.
  struct StepView {
    PathStep::Kind kind;
    bool nullable;
    const uint8_t* validity;  // Null where none is missing.
    const int32_t* offsets;   // Of a list or of texts.
    const uint8_t* values;    // Of a leaf.
    int64_t base;             // Added to positions that come to this step.
  };
  using BatchView = std::vector<StepView>;
  class Levels;

  static BatchView ViewOf(const arrow::RecordBatch& batch, const LeafColumn& leaf);
  static StepView ViewOf(const arrow::ArrayData& data, const PathStep& step, int64_t base);

  Extent ExtentIn(const BatchView& view, int64_t first, int64_t last) const;
  size_t WidthOf() const;
  template <typename Positions>
  void Gather(const StepView& leaf, const Positions& positions, LeafRows& out) const;
  template <typename Positions>
  void GatherBytes(const StepView& leaf, const Positions& positions, LeafRows& out) const;
  template <typename Positions>
  void GatherDecimals(const StepView& leaf, const Positions& positions, LeafRows& out) const;
  void SetValues(LeafRows& out) const;

  const LeafColumn& leaf_;
  std::vector<BatchView> views_;
  std::vector<size_t> first_rows_;  // Of each batch, and behind them how many rows there are.
};

}  // namespace firn::datafile
