// SPDX-License-Identifier: Apache-2.0
//
// Batches are sorted as they come and merged when they leave: into a run on disk when memory is
// half full, to the caller at the end. Both are the same merge, of many batches in memory or of a
// batch of each run. Where there are more runs than one merge takes, neighbours are merged into
// longer ones first, so that equal rows keep their order.

#include "firn/datafile/row_sorter.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

constexpr size_t kFanInMax = 64;
constexpr int64_t kBatchBytesMax = int64_t{1} << 20;
constexpr int64_t kBatchBytesMin = int64_t{16} << 10;
constexpr size_t kPendingMax = 256;

// One row to be put in order: the first bytes of its key that tell keys apart.
struct Entry {
  uint64_t prefix;
  int64_t row;
};

// How many bytes all keys begin with alike.
size_t SharedPrefix(const RowKeys& keys) {
  const std::string_view first = keys.At(0);
  size_t shared = first.size();
  for (int64_t row = 1; row < keys.size() && shared > 0; ++row) {
    const std::string_view key = keys.At(row);
    const size_t end = std::min(shared, key.size());
    shared = static_cast<size_t>(
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(end), key.begin())
            .first -
        first.begin());
  }
  return shared;
}

bool IsSorted(const RowKeys& keys) {
  for (int64_t row = 1; row < keys.size(); ++row) {
    if (keys.At(row) < keys.At(row - 1)) return false;
  }
  return true;
}

std::vector<int64_t> OrderOf(const RowKeys& keys) {
  const size_t shared = SharedPrefix(keys);
  std::vector<Entry> entries;
  entries.reserve(static_cast<size_t>(keys.size()));
  for (int64_t row = 0; row < keys.size(); ++row)
    entries.push_back({KeyHead(keys.At(row).substr(shared)), row});
  std::sort(entries.begin(), entries.end(), [&](const Entry& left, const Entry& right) {
    if (left.prefix != right.prefix) return left.prefix < right.prefix;
    const int order = keys.At(left.row).compare(keys.At(right.row));
    return order != 0 ? order < 0 : left.row < right.row;
  });
  std::vector<int64_t> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries)
    rows.push_back(entry.row);
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
  Result<SortedBatch> Next() override { return std::exchange(batch_, SortedBatch()); }

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
    return batch;
  }

 private:
  const RowSorter& sorter_;
  Run run_;
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
  return pending_bytes_ < batch_bytes_ && pending_.size() < kPendingMax ? Ok() : SortPending();
}

Status RowSorter::SortPending() {
  if (pending_.empty()) return Ok();
  BatchPtr rest = pending_.front();
  if (pending_.size() > 1) {
    FIRN_ASSIGN(rest, FromArrow(arrow::ConcatenateRecordBatches(pending_)));
  }
  pending_.clear();
  pending_bytes_ = 0;
  while (rest->num_rows() > 0) {
    const int64_t fits = std::max<int64_t>(1, RowsWithin(*rest, batch_bytes_));
    const int64_t rows = std::min({fits, settings_.batch_rows, rest->num_rows()});
    FIRN_TRY(SortPiece(rest->Slice(0, rows)));
    rest = rest->Slice(rows);
  }
  return Ok();
}

// The rows are reserved already, their keys are not.
Status RowSorter::SortPiece(const BatchPtr& rows) {
  FIRN_ASSIGN(SortedBatch batch, Sorted(rows));
  const int64_t bytes = batch.keys.held_bytes();
  sorted_.push_back(std::move(batch));
  return memory_.TryGrow(bytes) ? Ok() : SpillAll();
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

// Writes what is in memory as a run, once the run before is written.
Status RowSorter::BeginSpill() {
  FIRN_TRY(SortPending());
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
  return Ok();
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

Status RowSorter::MergeRuns(size_t fan_in) {
  FIRN_ASSIGN(auto file, SpillFile::Create(settings_.scratch, settings_.layout));
  std::vector<Run> merged;
  for (size_t begin = 0; begin < runs_.size(); begin += fan_in) {
    std::vector<std::unique_ptr<SortedSource>> sources;
    for (size_t at = begin; at < std::min(begin + fan_in, runs_.size()); ++at)
      sources.push_back(SourceOf(runs_[at]));
    FIRN_ASSIGN(const Run run, WriteRun(MergeOf(std::move(sources)), *file));
    spilled_bytes_ += run.size_bytes;
    merged.push_back(run);
  }
  file_ = std::move(file);
  runs_ = std::move(merged);
  return Ok();
}

Status RowSorter::Finish() {
  FIRN_TRY(SortPending());
  FIRN_TRY(EndSpill());
  std::vector<std::unique_ptr<SortedSource>> sources;
  if (!runs_.empty()) {
    FIRN_TRY(SpillAll());
    const size_t fan_in = ReserveFanIn();
    while (runs_.size() > fan_in)
      FIRN_TRY(MergeRuns(fan_in));
    for (const Run& run : runs_)
      sources.push_back(SourceOf(run));
  }
  for (SortedBatch& batch : std::exchange(sorted_, {}))
    sources.push_back(std::make_unique<MemorySource>(std::move(batch)));
  merge_ = std::make_unique<SortedMerge>(MergeOf(std::move(sources)));
  MergeAhead();
  return Ok();
}

void RowSorter::MergeAhead() {
  ahead_ = std::async(std::launch::async, [merge = merge_.get()] { return merge->Next(); });
}

Result<RowSorter::BatchPtr> RowSorter::Next() {
  if (!ahead_.valid()) return BatchPtr();
  FIRN_ASSIGN(BatchPtr batch, ahead_.get());
  if (batch != nullptr) MergeAhead();
  return batch;
}

}  // namespace firn::datafile
