// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/file_names.h"
#include "firn/datafile/memory_budget.h"
#include "firn/datafile/partition_router.h"
#include "firn/datafile/row_sorter.h"
#include "firn/datafile/sort_keys.h"
#include "firn/datafile/waiting_rows.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/file_io.h"
#include "firn/io/scratch.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"

namespace firn::datafile {

/// Writes rows into new data files of a table: routes them to partitions, sorts them by the table's
/// sort order, begins a new file when one is large enough, keeps to its memory.
///
/// Rows of an unsorted table become row groups as they come. Where memory ends before any partition
/// has enough for one, and where the table is sorted, they wait on disk until the files end: so a
/// thousand partitions take as much memory as one, and make one file each.
///
/// Nothing is visible before `Roll` or `Close`, and nothing remains without it, except that of more
/// than 256 files the first ones get their names early; `Abort` removes those too. After an error
/// the only thing left to do is `Abort` (or destruction). Not thread-safe.
class TableWriter {
 public:
  /// Writes with the current schema, the default spec and the default sort order of `metadata`,
  /// into its data folder (`write.data.path`, else `<location>/data`). Files are called
  /// `<table_name>_data_<YYYYMMDD>_<ULID>.parquet`. `files` and `env` outlive the writer.
  /// Errors: `kUnsupported` for a spec or a sort order that cannot be written, see `SortKeys`;
  /// `kInvalidArgument` for options that do not fit the columns.
  static Result<std::unique_ptr<TableWriter>> Open(const table::TableMetadata& metadata,
                                                   std::string_view table_name, io::FileIO& files,
                                                   Env& env, WriterOptions options);
  ~TableWriter();
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  /// Takes rows whose columns are the table's by name, or else by field id (`PARQUET:field_id`), in
  /// any order; optional ones may be missing, types may differ as `Conform` allows.
  /// Errors: `kInvalidArgument`, naming the column (and row), for rows that do not fit the table;
  /// nothing of the batch is kept then.
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows);
  Status Write(const arrow::RecordBatch& rows);

  /// Whether rows of a stream have waited long enough: the first of them as long as the options'
  /// `file_age_max`, or the last as long as `rotation_timeout`, by the monotonic clock of `Env`.
  bool IsDue() const;

  /// Ends all files, makes them durable and visible, and describes them for a commit. Rows written
  /// afterwards go into new files. The files returned are the caller's: `Abort` leaves them.
  Result<std::vector<table::DataFile>> Roll();

  /// `Roll`, and the end of the writer.
  Result<std::vector<table::DataFile>> Close();

  /// Gives up and removes everything written since the last `Roll`.
  void Abort();

  int64_t rows_written() const { return rows_; }
  const std::shared_ptr<arrow::Schema>& layout() const { return layout_; }

 private:
  // The file of a partition that grows: row groups that are written, and rows that wait.
  struct OpenFile {
    std::unique_ptr<DataFileWriter> writer;
    WaitingRows waiting;
    int64_t reserved_bytes = 0;  // Of `memory_`, for what waits.
    int64_t rows = 0;            // In row groups and waiting.
    int64_t last_used = 0;
    bool has_row_groups = false;
  };

  TableWriter(io::FileIO& files, FileNames names, PartitionRouter router, Env& env,
              const WriterOptions& options);

  Status Route(const std::shared_ptr<arrow::RecordBatch>& rows);
  Status Add(const PartitionRouter::Piece& piece);
  Status Wait(OpenFile& file, const std::shared_ptr<arrow::RecordBatch>& rows, int64_t reserved);
  OpenFile& FileFor(size_t partition);
  int64_t RowsThatFit(const OpenFile& file, const arrow::RecordBatch& rows) const;
  bool IsFull(const OpenFile& file) const;
  Status WriteRowGroup(size_t partition);
  Status HandOver(OpenFile& file);
  void Release(OpenFile& file);
  Status EndFile(size_t partition);
  Status FinishFile(DataFileWriter& writer, size_t partition);
  Status EndLeastUsed();
  Status MakeRoom();
  void BeginSorting(SortKeys keys);
  Status SpillWaiting();
  Status Drain();
  Status PublishFinished();
  std::unique_ptr<DataFileWriter> NewFile(size_t partition);
  /// The one row group size that all options allow.
  int64_t RowGroupBytes() const;

  io::FileIO& files_;
  Env& env_;
  FileNames names_;
  table::Schema schema_;
  std::shared_ptr<arrow::Schema> layout_;  // `ToArrow(schema_)`; files may store less.
  FileSettings settings_;
  table::PartitionSpec spec_;
  std::optional<table::SortOrderId> sort_order_id_;  // Of a sorted table.
  SortKeys sort_keys_;
  PartitionRouter router_;
  std::unique_ptr<io::ScratchSpace> own_scratch_;
  MemoryReservation memory_;  // For rows that wait in open files.
  std::unique_ptr<RowSorter> sorter_;
  bool draining_ = false;
  std::map<size_t, OpenFile> open_;  // By partition.
  std::vector<std::unique_ptr<io::OutputFile>> finished_;
  std::vector<std::string> published_;
  std::vector<table::DataFile> described_;
  int64_t rows_ = 0;
  int64_t clock_ = 0;
  std::optional<int64_t> first_row_at_us_;  // Of those not rolled yet.
  int64_t last_row_at_us_ = 0;
  bool broken_ = false;
  bool ended_ = false;
};

}  // namespace firn::datafile
