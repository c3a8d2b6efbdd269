// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/memory_budget.h"
#include "firn/datafile/partition_router.h"
#include "firn/datafile/sort_keys.h"
#include "firn/datafile/sorted_merge.h"
#include "firn/datafile/spill_file.h"
#include "firn/io/scratch.h"

namespace firn::datafile {

/// Sorts any number of rows by partition and, within one, by a sort order. Stable: rows with equal
/// keys stay as they came. Rows that memory does not hold wait on disk, in sorted runs. Beside the
/// thread that adds rows, another sorts what came last, and a third writes half of the memory while
/// the other fills; at the end one merges ahead of whoever takes the rows. Not thread-safe.
class RowSorter {
 public:
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

  /// What it takes to sort. `router` and `scratch` outlive the sorter; so does `budget`, which may
  /// be null.
  struct Settings {
    std::shared_ptr<arrow::Schema> layout;
    SortKeys keys;
    PartitionRouter& router;
    io::ScratchSpace& scratch;
    MemoryBudget* budget = nullptr;
    int64_t memory_bytes = 0;  ///< Of rows and their keys; a few batches come beside it.
    int64_t batch_rows = 0;    ///< Of the batches that come out.
  };
  explicit RowSorter(Settings settings);
  ~RowSorter();

  /// Takes rows in the layout of the settings.
  Status Add(const BatchPtr& rows);
  /// Ends the rows. Afterwards only `Next` is called.
  Status Finish();
  /// The rows in order, batch by batch; null at the end.
  Result<BatchPtr> Next();

  /// In the runs on disk that are complete.
  int64_t spilled_bytes() const { return spilled_bytes_; }

 private:
  // Batches of a spill file that are in order, one after the other.
  struct Run {
    size_t begin, end;
    int64_t size_bytes;
  };
  // A run that is being written, and the memory that is free once it is.
  struct Spilling {
    std::future<Result<Run>> run;
    int64_t held_bytes;
  };
  class MemorySource;
  class RunSource;
  class MergeAhead;

  Result<RowKeys> KeysOf(const arrow::RecordBatch& rows) const;
  Result<SortedBatch> Sorted(const BatchPtr& rows) const;
  Result<std::vector<SortedBatch>> SortedPieces(const std::vector<BatchPtr>& batches) const;
  Status BeginSorting();
  Result<bool> EndSorting();
  Result<bool> SortAll();
  bool Keep(std::vector<SortedBatch> pieces);
  bool IsHalfFull() const;
  Status BeginSpill();
  Status EndSpill();
  Status SpillAll();
  SortedMerge MergeOf(std::vector<std::unique_ptr<SortedSource>> sources) const;
  static Result<Run> WriteRun(SortedMerge merge, SpillFile& file);
  std::unique_ptr<SortedSource> SourceOf(const Run& run) const;
  size_t ReserveFanIn();
  int64_t ReserveAhead();
  Status MergeRuns(size_t first, size_t count);
  Status MergeRunsDownTo(size_t fan_in);

  Settings settings_;
  int64_t batch_bytes_;
  MemoryReservation memory_;
  std::vector<BatchPtr> pending_;  // As they came.
  int64_t pending_bytes_ = 0;
  std::vector<SortedBatch> sorted_;
  std::unique_ptr<SpillFile> file_;
  std::vector<Run> runs_;
  int64_t spilled_bytes_ = 0;
  // Last, so that their threads end before what they use goes.
  std::future<Result<std::vector<SortedBatch>>> sorting_;
  std::optional<Spilling> spilling_;
  std::unique_ptr<MergeAhead> ahead_;
};

}  // namespace firn::datafile
