// SPDX-License-Identifier: Apache-2.0
//
// The output is made in steps. Each takes some rows of every source: those up to the least of the
// keys at which a source would have given its share, or its batch ends. They come before all
// others, and are put in order together. What an output batch has of a source are rows that follow
// each other there, so the batch is made of slices: those of each source are put behind one
// another, and one permutation puts the rows in order; where sources do not overlap, there is
// nothing to permute.

#include "firn/datafile/sorted_merge.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

// So many that a core's own cache holds what tells their order.
constexpr int64_t kStepRowsMax = int64_t{1} << 16;

}  // namespace

SortedMerge::SortedMerge(std::vector<std::unique_ptr<SortedSource>> sources, int64_t rows_max,
                         int64_t bytes_max)
    : cursors_(sources.size()), rows_max_(rows_max), bytes_max_(bytes_max) {
  for (size_t i = 0; i < sources.size(); ++i)
    cursors_[i].source = std::move(sources[i]);
}

SortedMerge::~SortedMerge() = default;
SortedMerge::SortedMerge(SortedMerge&&) noexcept = default;

// Keeps the batch while it has rows, else goes on to the next.
Status SortedMerge::Load(Cursor& cursor) {
  if (cursor.batch.rows != nullptr && cursor.row < cursor.batch.rows->num_rows()) return Ok();
  cursor.batch = SortedBatch();
  if (cursor.source == nullptr) return Ok();
  FIRN_ASSIGN(cursor.batch, cursor.source->Next());
  cursor.row = cursor.given = 0;
  if (cursor.batch.rows == nullptr || cursor.batch.is_last) cursor.source.reset();
  if (cursor.batch.rows == nullptr) return Ok();
  cursor.row_bytes = BytesOf(*cursor.batch.rows) / cursor.batch.rows->num_rows() + 1;
  return Ok();
}

// The share of a source.
int64_t SortedMerge::StepRows() const {
  return std::max<int64_t>(1, kStepRowsMax / static_cast<int64_t>(cursors_.size()));
}

// None where all sources end within their shares. Of equal keys the first source's counts: the
// others have none like it left that come before.
std::optional<SortedMerge::StepEnd> SortedMerge::EndOfStep() const {
  std::optional<StepEnd> end;
  for (size_t i = 0; i < cursors_.size(); ++i) {
    const Cursor& cursor = cursors_[i];
    if (cursor.batch.rows == nullptr) continue;
    const int64_t share = cursor.row + StepRows(), rows = cursor.batch.rows->num_rows();
    if (cursor.source == nullptr && share >= rows) continue;
    const std::string_view key = cursor.batch.keys.At(std::min(share, rows) - 1);
    if (!end || key < end->key) end = StepEnd{i, key};
  }
  return end;
}

// Where the rows of a source end that come no later than `end`.
int64_t SortedMerge::RowsOfStep(size_t cursor, const std::optional<StepEnd>& end) const {
  const Cursor& source = cursors_[cursor];
  if (source.batch.rows == nullptr) return source.row;
  const int64_t rows = std::min(source.row + StepRows(), source.batch.rows->num_rows());
  if (!end || end->cursor == cursor) return rows;
  int64_t first = source.row, last = rows;
  while (first < last) {
    const int64_t middle = first + (last - first) / 2;
    const int order = source.batch.keys.At(middle).compare(end->key);
    if (order < 0 || (order == 0 && cursor < end->cursor)) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

Status SortedMerge::BeginStep() {
  taken_ = 0;
  step_.Clear();
  for (Cursor& cursor : cursors_)
    FIRN_TRY(Load(cursor));
  const auto end = EndOfStep();
  for (size_t i = 0; i < cursors_.size(); ++i) {
    const int64_t last = RowsOfStep(i, end);
    step_.Add(cursors_[i].batch.keys, cursors_[i].row, last);
    cursors_[i].row = last;
  }
  step_.Sort();
  return Ok();
}

// Takes as many rows of the step as there is room for, at least one.
void SortedMerge::TakeInto(Output& output) {
  const auto& step = step_.rows();
  std::vector<int64_t> counts(cursors_.size());
  const size_t first = taken_;
  auto rows = static_cast<int64_t>(output.order.size());
  while (taken_ < step.size() && rows < rows_max_ && output.bytes < bytes_max_) {
    const uint32_t source = step[taken_++].source;
    ++counts[source];
    ++rows;
    output.bytes += cursors_[source].row_bytes;
  }
  std::vector<int64_t> next(cursors_.size());  // By source: where the row that comes next is.
  for (size_t i = 0; i < cursors_.size(); ++i) {
    if (counts[i] == 0) continue;
    Cursor& cursor = cursors_[i];
    output.slices.push_back(cursor.batch.rows->Slice(cursor.given, counts[i]));
    next[i] = output.rows_in_slices;
    output.rows_in_slices += counts[i];
    cursor.given += counts[i];
  }
  for (size_t at = first; at < taken_; ++at)
    output.order.push_back(next[step[at].source]++);
}

Result<SortedMerge::BatchPtr> SortedMerge::Assemble(Output output) {
  const auto rows = static_cast<int64_t>(output.order.size());
  BatchPtr joined = output.slices.front();
  if (output.slices.size() > 1) {
    FIRN_ASSIGN(joined, FromArrow(arrow::ConcatenateRecordBatches(output.slices)));
  }
  if (std::is_sorted(output.order.begin(), output.order.end())) return joined;
  const arrow::Int64Array indices(rows, arrow::Buffer::FromVector(std::move(output.order)));
  FIRN_ASSIGN(const arrow::Datum taken,
              FromArrow(arrow::compute::Take(arrow::Datum(joined), arrow::Datum(indices.data()),
                                             arrow::compute::TakeOptions::NoBoundsCheck())));
  return taken.record_batch();
}

Result<SortedMerge::BatchPtr> SortedMerge::Next() {
  Output output;
  while (static_cast<int64_t>(output.order.size()) < rows_max_ && output.bytes < bytes_max_) {
    if (taken_ == step_.rows().size()) FIRN_TRY(BeginStep());
    if (step_.rows().empty()) break;
    TakeInto(output);
  }
  return output.order.empty() ? BatchPtr() : Assemble(std::move(output));
}

}  // namespace firn::datafile
