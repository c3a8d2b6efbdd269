// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/partition_struct.h"
#include "firn/datafile/reader.h"
#include "firn/datafile/scan_deletes.h"
#include "firn/io/file_io.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::datafile {

/// How all files of a scan are read.
struct ScanReadOptions {
  int64_t batch_rows = 64 * 1024;           ///< At most so many rows in a batch,
  int64_t batch_bytes = int64_t{16} << 20;  ///< and about so many bytes.
  bool use_threads = false;                 ///< Decode columns in parallel.
  /// Names of metadata columns (`table::MetadataColumns`) that follow those of the projection.
  /// `_partition` (`PartitionStruct`), where it is among them, comes after all others. With
  /// `_deleted`, deleted rows are read, too.
  std::vector<std::string> metadata_columns;
};

/// Reads the tasks of a plan one after the other, in the layout of `plan.projection`: deleted rows
/// left out, row groups pruned by the plan's filter. Rows are not tested: a filter that no
/// statistics decide is still to be applied.
class ScanReader : public BatchReader {
 public:
  /// `metadata` is the table's, for its specs and its name mapping; it and `files` outlive the
  /// reader.
  /// Errors: `kCorrupt` for a broken name mapping; `kNotFound` for an unknown metadata column;
  /// those of `ReadFile` and of `ScanDeletes::For` come from `Next`, when a file's turn has come.
  static Result<std::unique_ptr<ScanReader>> Open(io::FileIO& files,
                                                  const table::TableMetadata& metadata,
                                                  table::ScanPlan plan,
                                                  ScanReadOptions options = {});

  const std::shared_ptr<arrow::Schema>& schema() const override { return layout_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override;

 private:
  ScanReader(io::FileIO& files, table::ScanPlan plan, ScanReadOptions options);

  Status OpenTask(const table::FileScanTask& task);
  Result<std::shared_ptr<arrow::RecordBatch>> WithPartition(const arrow::RecordBatch& batch) const;

  io::FileIO& files_;
  table::ScanPlan plan_;
  ScanReadOptions options_;
  std::unique_ptr<ScanDeletes> deletes_;
  table::Schema projection_;  // That of the plan and the metadata columns.
  std::shared_ptr<arrow::Schema> layout_;
  std::optional<PartitionStruct> partition_;
  std::unique_ptr<BatchReader> file_;
  size_t next_task_ = 0;  // After that of `file_`.
};

}  // namespace firn::datafile
