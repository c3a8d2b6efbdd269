// SPDX-License-Identifier: Apache-2.0
//
// Batches are sorted in pieces as they come and merged when they leave: into a run on disk when
// memory is half full, to the caller at the end. Both are the same merge, of many pieces in memory
// or of a batch of each run. Where there are more runs than one merge takes, neighbours are merged
// into longer ones first, so that equal rows keep their order.

#include "firn/datafile/row_sorter.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

#include "firn/base/batch_queue.h"
#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/key_order.h"

namespace firn::datafile {
namespace {

constexpr size_t kFanInMax = 128;
constexpr int64_t kBatchBytesMax = int64_t{1} << 20;
constexpr int64_t kBatchBytesMin = int64_t{16} << 10;
constexpr int64_t kPieceBatches = 8;  // So much that a thread is worth its start.
constexpr size_t kPendingMax = 256;

bool IsSorted(const RowKeys& keys) {
  for (int64_t row = 1; row < keys.size(); ++row) {
    if (keys.At(row) < keys.At(row - 1)) return false;
  }
  return true;
}

std::vector<int64_t> OrderOf(const RowKeys& keys) {
  KeyOrder order;
  order.Add(keys, 0, keys.size());
  order.Sort();
  std::vector<int64_t> rows;
  rows.reserve(order.rows().size());
  for (const KeyedRow& row : order.rows())
    rows.push_back(row.row);
  return rows;
}

RowKeys Reordered(const RowKeys& keys, const std::vector<int64_t>& order) {
  RowKeys out;
  out.bytes.reserve(keys.bytes.size());
  out.begins.reserve(keys.begins.size());
  out.begins.push_back(0);
  for (const int64_t row : order) {
    out.bytes += keys.At(row);
    out.begins.push_back(static_cast<int64_t>(out.bytes.size()));
  }
  return out;
}

}  // namespace

// One batch in memory.
class RowSorter::MemorySource : public SortedSource {
 public:
  explicit MemorySource(SortedBatch batch) : batch_(std::move(batch)) {}
  Result<SortedBatch> Next() override {
    batch_.is_last = true;
    return std::exchange(batch_, SortedBatch());
  }

 private:
  SortedBatch batch_;
};

// The batches of a run, read one at a time. Their keys are made again: that is cheaper than
// writing them.
class RowSorter::RunSource : public SortedSource {
 public:
  RunSource(const RowSorter& sorter, const Run& run) : sorter_(sorter), run_(run) {}
  Result<SortedBatch> Next() override {
    SortedBatch batch;
    if (run_.begin == run_.end) return batch;
    FIRN_ASSIGN(batch.rows, sorter_.file_->Read(run_.begin++));
    FIRN_ASSIGN(batch.keys, sorter_.KeysOf(*batch.rows));
    batch.is_last = run_.begin == run_.end;
    return batch;
  }

 private:
  const RowSorter& sorter_;
  Run run_;
};

// Merges on a thread of its own, as many bytes ahead as there is memory for, a batch at least.
class RowSorter::MergeAhead {
 public:
  MergeAhead(SortedMerge merge, int64_t bytes_max)
      : merge_(std::move(merge)),
        queue_(bytes_max, 1),
        done_(std::async(std::launch::async, [this] { Run(); })) {}
  ~MergeAhead() { queue_.Cancel(); }
  MergeAhead(const MergeAhead&) = delete;
  MergeAhead& operator=(const MergeAhead&) = delete;

  Result<BatchPtr> Next() {
    auto batch = queue_.Pop();
    return batch ? std::move(*batch) : Result<BatchPtr>(BatchPtr());
  }

 private:
  void Run() {
    while (true) {
      auto batch = merge_.Next();
      const bool ends = !batch || *batch == nullptr;
      const int64_t bytes = ends ? 0 : HeldBytes(**batch);
      if (!queue_.Push(std::move(batch), bytes) || ends) break;
    }
    queue_.ProducerDone();
  }

  SortedMerge merge_;
  BatchQueue<Result<BatchPtr>> queue_;
  std::future<void> done_;  // Last, so that the thread ends first.
};

RowSorter::RowSorter(Settings settings)
    : settings_(std::move(settings)),
      batch_bytes_(std::clamp(settings_.memory_bytes / static_cast<int64_t>(4 * kFanInMax),
                              kBatchBytesMin, kBatchBytesMax)),
      memory_(settings_.budget, settings_.memory_bytes) {}

RowSorter::~RowSorter() = default;

Result<RowKeys> RowSorter::KeysOf(const arrow::RecordBatch& rows) const {
  std::vector<size_t> partitions;
  if (settings_.router.is_partitioned()) {
    FIRN_ASSIGN(partitions, settings_.router.PartitionOfRows(rows));
  }
  return settings_.keys.Of(rows, partitions);
}

Result<SortedBatch> RowSorter::Sorted(const BatchPtr& rows) const {
  FIRN_ASSIGN(RowKeys keys, KeysOf(*rows));
  if (IsSorted(keys)) return SortedBatch{rows, std::move(keys)};
  std::vector<int64_t> order = OrderOf(keys);
  RowKeys sorted = Reordered(keys, order);
  const arrow::Int64Array indices(rows->num_rows(), arrow::Buffer::FromVector(std::move(order)));
  FIRN_ASSIGN(const arrow::Datum taken,
              FromArrow(arrow::compute::Take(arrow::Datum(rows), arrow::Datum(indices.data()),
                                             arrow::compute::TakeOptions::NoBoundsCheck())));
  return SortedBatch{taken.record_batch(), std::move(sorted)};
}

Status RowSorter::Add(const BatchPtr& rows) {
  if (rows->num_rows() == 0) return Ok();
  const int64_t bytes = HeldBytes(*rows);
  bool reserved = memory_.TryGrow(bytes);
  if (!reserved) {
    FIRN_TRY(SpillAll());
    reserved = memory_.TryGrow(bytes);
  }
  pending_.push_back(rows);
  pending_bytes_ += bytes;
  if (!reserved) return SpillAll();
  if (IsHalfFull()) return BeginSpill();
  const bool many =
      pending_bytes_ >= kPieceBatches * batch_bytes_ || pending_.size() >= kPendingMax;
  return many ? BeginSorting() : Ok();
}

Result<std::vector<SortedBatch>> RowSorter::SortedPieces(
    const std::vector<BatchPtr>& batches) const {
  std::vector<SortedBatch> pieces;
  if (batches.empty()) return pieces;
  BatchPtr rest = batches.front();
  if (batches.size() > 1) {
    FIRN_ASSIGN(rest, FromArrow(arrow::ConcatenateRecordBatches(batches)));
  }
  while (rest->num_rows() > 0) {
    const int64_t rows = std::max<int64_t>(1, RowsWithin(*rest, kPieceBatches * batch_bytes_));
    FIRN_ASSIGN(SortedBatch piece, Sorted(rest->Slice(0, rows)));
    pieces.push_back(std::move(piece));
    rest = rest->Slice(rows);
  }
  return pieces;
}

// Sorts what came last beside the adding, once what came before is sorted.
Status RowSorter::BeginSorting() {
  FIRN_ASSIGN(const bool fits, EndSorting());
  if (!fits) return SpillAll();
  pending_bytes_ = 0;
  sorting_ = std::async(std::launch::async, [this, batches = std::exchange(pending_, {})] {
    return SortedPieces(batches);
  });
  return Ok();
}

// False where memory has no room for the keys.
Result<bool> RowSorter::EndSorting() {
  if (!sorting_.valid()) return true;
  FIRN_ASSIGN(auto pieces, sorting_.get());
  return Keep(std::move(pieces));
}

// Sorts all that has come. False where memory has no room for the keys.
Result<bool> RowSorter::SortAll() {
  FIRN_ASSIGN(const bool fits, EndSorting());
  pending_bytes_ = 0;
  FIRN_ASSIGN(auto pieces, SortedPieces(std::exchange(pending_, {})));
  return Keep(std::move(pieces)) && fits;
}

// The rows are reserved already, their keys are not.
bool RowSorter::Keep(std::vector<SortedBatch> pieces) {
  int64_t bytes = 0;
  for (SortedBatch& piece : pieces) {
    bytes += piece.keys.held_bytes();
    sorted_.push_back(std::move(piece));
  }
  return memory_.TryGrow(bytes);
}

SortedMerge RowSorter::MergeOf(std::vector<std::unique_ptr<SortedSource>> sources) const {
  return {std::move(sources), settings_.batch_rows, batch_bytes_};
}

Result<RowSorter::Run> RowSorter::WriteRun(SortedMerge merge, SpillFile& file) {
  Run run{file.batches(), 0, file.size_bytes()};
  while (true) {
    FIRN_ASSIGN(const BatchPtr batch, merge.Next());
    if (batch == nullptr) break;
    FIRN_TRY(file.Write(*batch));
  }
  run.end = file.batches();
  run.size_bytes = file.size_bytes() - run.size_bytes;
  return run;
}

bool RowSorter::IsHalfFull() const {
  const int64_t spilling_bytes = spilling_ ? spilling_->held_bytes : 0;
  return memory_.bytes() - spilling_bytes > settings_.memory_bytes / 2;
}

// Writes what is in memory as a run, once the run before is written; waits for it where memory is
// full.
Status RowSorter::BeginSpill() {
  FIRN_ASSIGN(const bool fits, SortAll());
  FIRN_TRY(EndSpill());
  if (sorted_.empty()) return Ok();
  if (file_ == nullptr) {
    FIRN_ASSIGN(file_, SpillFile::Create(settings_.scratch, settings_.layout));
  }
  std::vector<std::unique_ptr<SortedSource>> sources;
  for (SortedBatch& batch : std::exchange(sorted_, {}))
    sources.push_back(std::make_unique<MemorySource>(std::move(batch)));
  spilling_ =
      Spilling{std::async(std::launch::async,
                          [merge = MergeOf(std::move(sources)), file = file_.get()]() mutable {
                            return WriteRun(std::move(merge), *file);
                          }),
               memory_.bytes()};
  return fits ? Ok() : EndSpill();
}

Status RowSorter::EndSpill() {
  if (!spilling_) return Ok();
  Spilling spilling = *std::exchange(spilling_, std::nullopt);
  FIRN_ASSIGN(const Run run, spilling.run.get());
  memory_.Shrink(spilling.held_bytes);
  spilled_bytes_ += run.size_bytes;
  runs_.push_back(run);
  return Ok();
}

Status RowSorter::SpillAll() {
  FIRN_TRY(BeginSpill());
  return EndSpill();
}

std::unique_ptr<SortedSource> RowSorter::SourceOf(const Run& run) const {
  return std::make_unique<RunSource>(*this, run);
}

// How many runs are merged at a time: a batch of each, with its keys, is in memory then.
size_t RowSorter::ReserveFanIn() {
  size_t fan_in = std::min(kFanInMax, runs_.size());
  while (fan_in > 2 && !memory_.TryGrow(static_cast<int64_t>(fan_in) * 2 * batch_bytes_))
    fan_in /= 2;
  return std::max<size_t>(fan_in, 2);
}

// How far the merge may be ahead.
int64_t RowSorter::ReserveAhead() {
  int64_t bytes = settings_.memory_bytes / 2;
  while (bytes > 0 && !memory_.TryGrow(bytes))
    bytes /= 2;
  return bytes;
}

// Makes one run of neighbours.
Status RowSorter::MergeRuns(size_t first, size_t count) {
  const auto begin = runs_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  std::vector<std::unique_ptr<SortedSource>> sources;
  for (auto run = begin; run != end; ++run)
    sources.push_back(SourceOf(*run));
  FIRN_ASSIGN(*begin, WriteRun(MergeOf(std::move(sources)), *file_));
  spilled_bytes_ += begin->size_bytes;
  runs_.erase(begin + 1, end);
  return Ok();
}

// Merges no more of them than it takes.
Status RowSorter::MergeRunsDownTo(size_t fan_in) {
  for (size_t at = 0; runs_.size() > fan_in; ++at) {
    const size_t count = std::min(fan_in, runs_.size() - fan_in + 1);
    if (at + count > runs_.size()) at = 0;
    FIRN_TRY(MergeRuns(at, count));
  }
  return Ok();
}

Status RowSorter::Finish() {
  FIRN_ASSIGN(const bool fits, SortAll());
  FIRN_TRY(EndSpill());
  std::vector<std::unique_ptr<SortedSource>> sources;
  if (!fits || !runs_.empty()) {
    FIRN_TRY(SpillAll());
    const size_t fan_in = ReserveFanIn();
    FIRN_TRY(MergeRunsDownTo(fan_in));
    for (const Run& run : runs_)
      sources.push_back(SourceOf(run));
  }
  for (SortedBatch& batch : std::exchange(sorted_, {}))
    sources.push_back(std::make_unique<MemorySource>(std::move(batch)));
  SortedMerge merge = MergeOf(std::move(sources));
  ahead_ = std::make_unique<MergeAhead>(std::move(merge), ReserveAhead());
  return Ok();
}

Result<RowSorter::BatchPtr> RowSorter::Next() {
  return ahead_->Next();
}

}  // namespace firn::datafile
