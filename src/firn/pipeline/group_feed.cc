// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/group_feed.h"

#include <algorithm>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/pipeline/row_key.h"

namespace firn::pipeline {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// One row, with the text that says where it belongs among its like.
struct OrderedRow {
  std::string order;
  const BatchPtr* batch = nullptr;
  int64_t row = 0;
};

// Rows come as the files have them, mostly in order already.
Status Sort(std::vector<BatchPtr>& batches, const std::vector<std::string>& columns) {
  std::vector<OrderedRow> rows;
  for (const BatchPtr& batch : batches) {
    FIRN_ASSIGN(const auto order, Precedence::Make(*batch->schema(), columns));
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      rows.push_back({order.Of(*batch, row), &batch, row});
  }
  if (std::ranges::is_sorted(rows, {}, &OrderedRow::order)) return Ok();
  std::ranges::stable_sort(rows, {}, &OrderedRow::order);
  std::vector<BatchPtr> sorted;
  for (const OrderedRow& row : rows)
    sorted.push_back((*row.batch)->Slice(row.row, 1));
  batches = std::move(sorted);
  return Ok();
}

int64_t BytesOf(const arrow::RecordBatch& rows, const std::string& column) {
  const auto sizes = rows.GetColumnByName(column);
  int64_t bytes = 0;
  for (int64_t row = 0; row < rows.num_rows(); ++row)
    bytes += KeyValueAt(*sizes, row).number;
  return bytes;
}

}  // namespace

GroupFeed::GroupFeed(std::unique_ptr<datafile::BatchReader> rows, const NativeSource& source,
                     std::span<const Group> wanted, int64_t waiting_bytes)
    : reader_(std::move(rows)), source_(source), waiting_bytes_max_(waiting_bytes) {
  for (const Group& group : wanted)
    waiting_.emplace(group.key, Waiting{group, {}, group.rows, 0});
}

Result<std::vector<WholeGroup>> GroupFeed::Next() {
  std::vector<WholeGroup> whole;
  while (whole.empty()) {
    FIRN_ASSIGN(const BatchPtr batch, reader_->Next());
    if (batch == nullptr) return whole;
    FIRN_TRY(Take(batch, whole));
    FIRN_TRY(LetGoOf(batch));
  }
  return whole;
}

// Cuts a batch into runs of one group each.
Status GroupFeed::Take(const BatchPtr& batch, std::vector<WholeGroup>& whole) {
  const auto keys = batch->GetColumnByName(source_.group_by);
  for (int64_t begin = 0, end = 0; begin < batch->num_rows(); begin = end) {
    const auto key = KeyValueAt(*keys, begin).text;
    while (end < batch->num_rows() && KeyValueAt(*keys, end).text == key)
      ++end;
    const auto at = waiting_.find(std::string(key));
    if (at != waiting_.end()) FIRN_TRY(Add(at, batch->Slice(begin, end - begin), whole));
  }
  return Ok();
}

Status GroupFeed::Add(WaitingMap::iterator at, BatchPtr rows, std::vector<WholeGroup>& whole) {
  Waiting& waiting = at->second;
  const int64_t bytes = BytesOf(*rows, source_.size_column);
  waiting.rows_left -= rows->num_rows();
  waiting.bytes += bytes;
  waiting_bytes_ += bytes;
  waiting.rows.push_back(std::move(rows));
  if (waiting.rows_left > 0) {
    begun_.push_back(at->first);
    return Ok();
  }
  if (waiting.rows_left < 0) return Internal("a group has more rows than were counted", at->first);
  waiting_bytes_ -= waiting.bytes;
  FIRN_TRY(Sort(waiting.rows, source_.order_by));
  whole.push_back({std::move(waiting.group), std::move(waiting.rows)});
  waiting_.erase(at);
  return Ok();
}

// Rows that wait on are copied: as slices they would keep all of the batch in memory.
Status GroupFeed::LetGoOf(const BatchPtr& batch) {
  for (const std::string& key : begun_) {
    const auto at = waiting_.find(key);
    if (at == waiting_.end()) continue;
    for (BatchPtr& rows : at->second.rows) {
      if (rows->column_data(0)->buffers != batch->column_data(0)->buffers) continue;
      FIRN_ASSIGN(rows, datafile::FromArrow(arrow::ConcatenateRecordBatches({rows})));
    }
  }
  begun_.clear();
  while (waiting_bytes_ > waiting_bytes_max_)
    GiveUpLargest();
  return Ok();
}

void GroupFeed::GiveUpLargest() {
  const auto largest = std::ranges::max_element(
      waiting_, {}, [](const auto& waiting) { return waiting.second.bytes; });
  waiting_bytes_ -= largest->second.bytes;
  scattered_.push_back(std::move(largest->second.group));
  waiting_.erase(largest);
}

}  // namespace firn::pipeline
