// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/partition_struct.h"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// The columns of the metadata table `position_deletes`, as Iceberg's Java library has them:
/// file_path, pos, row, partition (where the table was ever partitioned), spec_id,
/// delete_file_path, and from format version 3 on content_offset and content_size_in_bytes.
Result<std::shared_ptr<arrow::Schema>> PositionDeletesLayout(const table::TableMetadata& metadata);

/// Reads what position delete files and deletion vectors say, a row for each deleted position, one
/// file after the other. `row` is what the file keeps of the deleted row, null where it does not.
class PositionDeletesReader : public BatchReader {
 public:
  /// Reads the deletes of `snapshot`, unset of an empty table: those of `PositionDeletesLayout`
  /// that `columns` names, in this order. `metadata` is the table's; it and `files` outlive the
  /// reader. Errors: `kNotFound` for an unknown snapshot or column; those of reading manifests;
  /// those of `ReadFile` and `ReadDeletionVector` come from `Next`, when a file's turn has come.
  static Result<std::unique_ptr<PositionDeletesReader>> Open(
      io::FileIO& files, const table::TableMetadata& metadata,
      std::optional<table::SnapshotId> snapshot, const std::vector<std::string>& columns);

  const std::shared_ptr<arrow::Schema>& schema() const override { return layout_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override;

 private:
  explicit PositionDeletesReader(io::FileIO& files) : files_(files) {}

  Result<std::unique_ptr<BatchReader>> OpenFile() const;
  Result<std::shared_ptr<arrow::RecordBatch>> Complete(const arrow::RecordBatch& positions) const;
  Result<std::shared_ptr<arrow::Array>> Constant(const arrow::Field& column, int64_t rows) const;
  const table::DataFile& file() const { return deletes_[next_ - 1]; }

  io::FileIO& files_;
  std::vector<table::DataFile> deletes_;
  table::Schema stored_;                   // What delete files have: file_path, pos, perhaps row.
  std::shared_ptr<arrow::Schema> layout_;  // The columns asked for.
  std::optional<PartitionStruct> partition_;
  size_t next_ = 0;                         // After the file at hand.
  std::unique_ptr<BatchReader> positions_;  // Of the file at hand; null between files.
};

}  // namespace firn::datafile
