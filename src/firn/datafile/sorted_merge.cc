// SPDX-License-Identifier: Apache-2.0
//
// A heap of sources. What an output batch takes of a source are rows that follow each other there,
// so the batch is made of slices: those of each source in turn are put behind one another, and one
// permutation puts the rows in order; where sources do not overlap, there is nothing to permute.

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

SortedMerge::SortedMerge(std::vector<std::unique_ptr<SortedSource>> sources, int64_t rows_max,
                         int64_t bytes_max)
    : cursors_(sources.size()), rows_max_(rows_max), bytes_max_(bytes_max) {
  for (size_t i = 0; i < sources.size(); ++i)
    cursors_[i].source = std::move(sources[i]);
}

SortedMerge::~SortedMerge() = default;
SortedMerge::SortedMerge(SortedMerge&&) noexcept = default;

void SortedMerge::SetKey(Cursor& cursor) {
  cursor.key = cursor.batch.keys.At(cursor.row);
  cursor.key_head = KeyHead(cursor.key);
}

bool SortedMerge::Before(size_t left, size_t right) const {
  const uint64_t left_head = cursors_[left].key_head, right_head = cursors_[right].key_head;
  if (left_head != right_head) return left_head < right_head;
  const int order = cursors_[left].key.compare(cursors_[right].key);
  return order != 0 ? order < 0 : left < right;
}

void SortedMerge::SiftDown(size_t at) {
  while (true) {
    size_t least = at;
    for (const size_t child : {2 * at + 1, 2 * at + 2}) {
      if (child < heap_.size() && Before(heap_[child], heap_[least])) least = child;
    }
    if (least == at) return;
    std::swap(heap_[at], heap_[least]);
    at = least;
  }
}

Status SortedMerge::Load(Cursor& cursor) {
  FIRN_ASSIGN(cursor.batch, cursor.source->Next());
  cursor.row = cursor.taken_from = 0;
  if (cursor.batch.rows == nullptr) return Ok();
  SetKey(cursor);
  cursor.row_bytes = BytesOf(*cursor.batch.rows) / cursor.batch.rows->num_rows() + 1;
  return Ok();
}

Status SortedMerge::Start() {
  started_ = true;
  for (size_t i = 0; i < cursors_.size(); ++i) {
    FIRN_TRY(Load(cursors_[i]));
    if (cursors_[i].batch.rows != nullptr) heap_.push_back(i);
  }
  for (size_t at = heap_.size() / 2; at-- > 0;)
    SiftDown(at);
  return Ok();
}

// How many rows of the first source come before those of all others, `room` at most: the rest of
// its batch where sources do not overlap there, else looked for by doubling steps.
int64_t SortedMerge::RowsBeforeOthers(const Cursor& cursor, int64_t room) const {
  const int64_t left = std::min(room, cursor.batch.rows->num_rows() - cursor.row);
  if (heap_.size() == 1) return left;
  size_t next = heap_[1];
  if (heap_.size() > 2 && Before(heap_[2], heap_[1])) next = heap_[2];
  const std::string_view limit = cursors_[next].key;
  const bool equal_too = heap_[0] < next;
  const auto comes_before = [&](int64_t rows) {
    const int order = cursor.batch.keys.At(cursor.row + rows - 1).compare(limit);
    return order < 0 || (order == 0 && equal_too);
  };
  int64_t fits = 1, step = 1;
  while (fits < left && comes_before(std::min(left, fits + step))) {
    fits = std::min(left, fits + step);
    step *= 2;
  }
  int64_t too_many = std::min(left + 1, fits + step);
  while (too_many - fits > 1) {
    const int64_t middle = fits + (too_many - fits) / 2;
    (comes_before(middle) ? fits : too_many) = middle;
  }
  return fits;
}

// Takes rows of the source on top.
Status SortedMerge::Take(int64_t rows) {
  Cursor& cursor = cursors_[heap_[0]];
  stretches_.push_back({heap_[0], rows});
  cursor.row += rows;
  if (cursor.row < cursor.batch.rows->num_rows()) {
    SetKey(cursor);
  } else {
    cursor.taken.push_back(cursor.batch.rows->Slice(cursor.taken_from));
    FIRN_TRY(Load(cursor));
    if (cursor.batch.rows == nullptr) {
      heap_[0] = heap_.back();
      heap_.pop_back();
    }
  }
  if (!heap_.empty()) SiftDown(0);
  return Ok();
}

Result<SortedMerge::BatchPtr> SortedMerge::Assemble() {
  std::vector<BatchPtr> pieces;
  std::vector<int64_t> next(cursors_.size(), -1);  // By source: the row that comes next of it.
  int64_t rows = 0;
  bool in_order = true;
  for (const Stretch& stretch : stretches_) {
    if (next[stretch.cursor] >= 0) continue;
    Cursor& cursor = cursors_[stretch.cursor];
    if (cursor.batch.rows != nullptr && cursor.row > cursor.taken_from) {
      cursor.taken.push_back(
          cursor.batch.rows->Slice(cursor.taken_from, cursor.row - cursor.taken_from));
      cursor.taken_from = cursor.row;
    }
    next[stretch.cursor] = rows;
    for (BatchPtr& piece : cursor.taken) {
      rows += piece->num_rows();
      pieces.push_back(std::move(piece));
    }
    cursor.taken.clear();
  }
  std::vector<int64_t> order;
  order.reserve(static_cast<size_t>(rows));
  for (const Stretch& stretch : stretches_) {
    int64_t& at = next[stretch.cursor];
    in_order = in_order && at == static_cast<int64_t>(order.size());
    for (int64_t i = 0; i < stretch.rows; ++i)
      order.push_back(at++);
  }
  stretches_.clear();
  BatchPtr joined = pieces.front();
  if (pieces.size() > 1) {
    FIRN_ASSIGN(joined, FromArrow(arrow::ConcatenateRecordBatches(pieces)));
  }
  if (in_order) return joined;
  const arrow::Int64Array indices(rows, arrow::Buffer::FromVector(std::move(order)));
  FIRN_ASSIGN(const arrow::Datum taken,
              FromArrow(arrow::compute::Take(arrow::Datum(joined), arrow::Datum(indices.data()),
                                             arrow::compute::TakeOptions::NoBoundsCheck())));
  return taken.record_batch();
}

Result<SortedMerge::BatchPtr> SortedMerge::Next() {
  if (!started_) FIRN_TRY(Start());
  if (heap_.empty()) return BatchPtr();
  int64_t rows = 0, bytes = 0;
  while (!heap_.empty() && rows < rows_max_ && bytes < bytes_max_) {
    const Cursor& cursor = cursors_[heap_[0]];
    const int64_t row_bytes = cursor.row_bytes;
    const int64_t room =
        std::min(rows_max_ - rows, std::max<int64_t>(1, (bytes_max_ - bytes) / row_bytes));
    const int64_t taken = RowsBeforeOthers(cursor, room);
    FIRN_TRY(Take(taken));
    rows += taken;
    bytes += taken * row_bytes;
  }
  return Assemble();
}

}  // namespace firn::datafile
