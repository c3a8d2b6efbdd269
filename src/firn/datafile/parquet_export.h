// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/file_io.h"

namespace firn::datafile {

/// Takes the bytes of a file in their order.
using ByteSink = std::function<Status(std::string_view)>;

/// Writes rows of any schema as one Parquet file, for other programs: no table knows of it, its
/// columns have no field ids. Holds one row group in memory. Not thread-safe.
class ParquetExport {
 public:
  /// Errors: `kUnsupported`, naming the column, for a type that Parquet does not have.
  static Result<std::unique_ptr<ParquetExport>> Open(std::shared_ptr<arrow::Schema> schema,
                                                     ByteSink sink, Codec codec = Codec::kZstd);
  virtual ~ParquetExport() = default;

  /// `rows` have the schema the file was opened with. Errors: those of the sink.
  virtual Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) = 0;
  /// Writes what is left and the footer; without it the file is none.
  virtual Status Close() = 0;
};

/// The number of rows that the footer of a Parquet file states. Errors: `kCorrupt`, naming the
/// file.
Result<int64_t> CountParquetRows(io::FileIO& files, std::string_view location);

}  // namespace firn::datafile
