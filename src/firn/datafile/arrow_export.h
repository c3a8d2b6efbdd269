// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/parquet_export.h"
#include "firn/io/file_io.h"

namespace firn::datafile {

/// Writes rows of any schema as one file of Arrow's IPC file format, uncompressed, for other
/// programs. Not thread-safe.
class ArrowExport {
 public:
  static Result<std::unique_ptr<ArrowExport>> Open(std::shared_ptr<arrow::Schema> schema,
                                                   ByteSink sink);
  virtual ~ArrowExport() = default;

  /// `rows` have the schema the file was opened with. Errors: those of the sink.
  virtual Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) = 0;
  /// Writes the footer; without it the file is none.
  virtual Status Close() = 0;
};

/// Counts the rows of a file of Arrow's IPC file format. Errors: `kCorrupt`, naming the file.
Result<int64_t> CountArrowRows(io::FileIO& files, std::string_view location);

}  // namespace firn::datafile
