// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/writer_options.h"
#include "firn/lakehouse/rows.h"

namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

enum class RowFormat { kParquet, kCsv, kJsonLines, kArrow };

/// "parquet", "csv", "jsonl", "arrow"; also the suffix of files. Errors: `kInvalidArgument`.
Result<RowFormat> ParseRowFormat(std::string_view name);
std::string_view RowFormatName(RowFormat format);

/// Rows on their way into one file for other programs. Not thread-safe.
class RowFile {
 public:
  virtual ~RowFile() = default;
  virtual Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) = 0;
  /// Writes what is left and the end; without it the file is none.
  virtual Status Close() = 0;
};

/// Begins a file. CSV: a header, RFC 4180, null is an empty field and an empty text is "" in
/// quotes. JSON lines: an object a row. Arrow: the IPC file format. `codec` is Parquet's.
/// Errors: `kUnsupported`, naming the column, for a type the format does not have.
Result<std::unique_ptr<RowFile>> OpenRowFile(RowFormat format,
                                             const std::shared_ptr<arrow::Schema>& schema,
                                             ByteSink sink, datafile::Codec codec);

/// Counts the rows of a file by reading it anew.
Result<int64_t> CountRows(RowFormat format, io::FileIO& files, std::string_view location);

}  // namespace firn::lakehouse
