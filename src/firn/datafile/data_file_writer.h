// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/column_bounds.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/metrics.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// What all files of one write share.
struct FileSettings {
  table::Schema schema;
  std::shared_ptr<arrow::Schema> layout;  ///< `ToArrow(schema)`.
  WriterOptions options;
  std::map<table::FieldId, table::MetricsMode> metrics;
};

/// Writes one Parquet file: gathers rows, writes them out as row groups when told, ends with the
/// footer. Each row group decides how its columns are encoded. Not thread-safe.
class DataFileWriter {
 public:
  /// Nothing is created before the first row group. `settings` and `files` outlive this.
  DataFileWriter(const FileSettings& settings, io::FileIO& files, std::string location);
  ~DataFileWriter();

  /// Takes rows in the layout of the settings.
  Status Add(std::shared_ptr<arrow::RecordBatch> rows);

  /// Writes the rows gathered as one row group; nothing if there are none.
  Status WriteRowGroup();

  /// Writes the footer and describes the file; partition and spec are left open. At least one row
  /// was added. The file is complete and still invisible: `TakeFile` gives it for closing.
  Result<table::DataFile> Finish();
  std::unique_ptr<io::OutputFile> TakeFile();

  int64_t waiting_bytes() const { return waiting_bytes_; }  ///< Rows gathered, uncompressed.
  int64_t written_bytes() const;                            ///< Of the file so far.

 private:
  struct Parquet;

  Status JoinSmall();
  Status Start(const arrow::Table& first_rows);
  Status WriteTable(const arrow::Table& rows);
  Status WriteFooter(table::DataFile& file);

  const FileSettings& settings_;
  io::FileIO& files_;
  std::string location_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> waiting_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> small_;  // Behind those in `waiting_`.
  int64_t waiting_bytes_ = 0;
  bool ends_ = false;  // The row group written next is the last.
  ColumnBounds bounds_;
  std::unique_ptr<io::OutputFile> file_;  // Outlives `parquet_`, which writes to it.
  std::unique_ptr<Parquet> parquet_;
};

}  // namespace firn::datafile
