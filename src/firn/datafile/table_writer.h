// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/file_names.h"
#include "firn/datafile/partition_router.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"

namespace firn::datafile {

/// Writes rows into new data files of a table: routes them to partitions, begins a new file when
/// one is large enough, keeps to one memory budget.
///
/// Nothing is visible before `Close`, and nothing remains without it, except that of more than
/// 256 files the first ones get their names early; `Abort` removes those too. After an error the
/// only thing left to do is `Abort` (or destruction). Not thread-safe.
class TableWriter {
 public:
  /// Writes with the current schema and the default spec of `metadata`, into its data folder
  /// (`write.data.path`, else `<location>/data`). Files are called
  /// `<table_name>_data_<YYYYMMDD>_<ULID>.parquet`. `files` and `env` outlive the writer.
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

  /// Ends all files, makes them durable and visible, and describes them for a commit.
  Result<std::vector<table::DataFile>> Close();

  /// Gives up and removes everything written.
  void Abort();

  int64_t rows_written() const { return rows_; }
  int64_t waiting_bytes() const { return waiting_bytes_; }  ///< Uncompressed rows in memory.
  const std::shared_ptr<arrow::Schema>& layout() const { return layout_; }

 private:
  struct OpenFile {
    std::unique_ptr<DataFileWriter> writer;
    int64_t last_used = 0;
  };

  TableWriter(io::FileIO& files, FileNames names, PartitionRouter router);

  Status Route(const std::shared_ptr<arrow::RecordBatch>& rows);
  Status Add(const PartitionRouter::Piece& piece);
  Result<OpenFile*> FileFor(size_t partition);
  Status AfterRowGroup(size_t partition);
  Status EndFile(size_t partition);
  Status KeepToBudget();
  Status PublishFinished();
  size_t LeastUsed() const;
  std::string NewLocation(const table::PartitionData& partition) const;
  /// The one row group size that both options allow.
  int64_t RowGroupBytes() const;

  io::FileIO& files_;
  FileNames names_;
  table::Schema schema_;
  std::shared_ptr<arrow::Schema> layout_;  // `ToArrow(schema_)`; files may store less.
  FileSettings settings_;
  table::PartitionSpec spec_;
  PartitionRouter router_;
  std::map<size_t, OpenFile> open_;  // By partition.
  std::vector<std::unique_ptr<io::OutputFile>> finished_;
  std::vector<std::string> published_;
  std::vector<table::DataFile> described_;
  int64_t waiting_bytes_ = 0;
  int64_t rows_ = 0;
  int64_t clock_ = 0;
  bool broken_ = false;
  bool ended_ = false;
};

}  // namespace firn::datafile
