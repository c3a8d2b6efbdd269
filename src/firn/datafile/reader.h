// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/name_mapping.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/partition_spec.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// Gives rows in batches. Not thread-safe.
class BatchReader {
 public:
  virtual ~BatchReader() = default;

  /// The layout of every batch.
  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;
  /// The next rows, never an empty batch; null at the end. After an error there is nothing more.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

/// How a file is read.
struct ReadOptions {
  /// Row groups whose statistics rule out a match are left out; rows are not tested. Bound.
  table::Expression filter;
  table::Schema filter_schema;                      ///< What the filter was bound to.
  int64_t batch_rows = 64 * 1024;                   ///< At most so many rows in a batch,
  int64_t batch_bytes = int64_t{16} << 20;          ///< and about so many bytes.
  bool use_threads = false;                         ///< Decode columns in parallel.
  std::optional<table::PartitionSpec> spec;         ///< Of the file, for its constants.
  std::shared_ptr<const NameMapping> name_mapping;  ///< For files without field ids.
  std::shared_ptr<const PositionBitmap> only;       ///< Rows read; null = all.
  std::shared_ptr<const PositionBitmap> deleted;    ///< Rows of these left out; null = none.
  /// Of the file's data; rows inherit it as their `_last_updated_sequence_number`.
  std::optional<table::SequenceNumber> sequence_number;
};

/// Opens a data file for reading `projection`, which may be any later (or earlier) schema of the
/// table: columns are found by field id, types promoted, and what the file lacks is the partition's
/// identity value, else the field's initial default, else null (spec, "Column Projection").
/// Files without field ids are read by the name mapping, else by the names of the projection.
/// `projection` may hold metadata columns (`table::MetadataColumns`); row lineage is inherited.
/// With
/// `_deleted` among them, deleted rows are read, too, and flagged.
/// `files` outlives the reader.
/// Errors: `kUnsupported` for formats other than Parquet; `kCorrupt`, naming the file, when it is
/// damaged or lacks a required column; those of `FileIO::Open`.
Result<std::unique_ptr<BatchReader>> ReadFile(io::FileIO& files, const table::DataFile& file,
                                              const table::Schema& projection,
                                              ReadOptions options = {});

/// Reads the schema of a Parquet file that need not belong to a table; field ids as in the file.
/// Errors: as `ReadFile`.
Result<std::shared_ptr<arrow::Schema>> ReadSchema(io::FileIO& files, std::string_view location);

}  // namespace firn::datafile
