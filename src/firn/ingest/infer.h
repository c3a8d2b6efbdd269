// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "firn/base/result.h"
#include "firn/ingest/csv/csv_source.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/json/json_source.h"
#include "firn/table/schema.h"

namespace firn::io {
class FileIO;
}  // namespace firn::io

namespace firn::ingest {

/// Formats that a table of one's own is filled from.
enum class FileFormat { kCsv, kJson, kJsonLines, kParquet };

/// "csv", "json", "jsonl", "parquet". Errors: `kInvalidArgument`.
Result<FileFormat> ParseFileFormat(std::string_view name);
std::string_view FileFormatName(FileFormat format);

/// How to read files of text.
struct TextOptions {
  CsvOptions csv;
  JsonOptions json;
};

/// A schema, and how sure it is.
struct InferredSchema {
  table::Schema schema;
  int64_t rows_seen = 0;
  bool all_seen = true;  ///< Every byte was looked at; else the first of each file.
};

/// Finds a schema that holds what is in `files`. Looks at all of it where that is no more than
/// `bytes_max`, else at an equal share of each file, from its beginning. What is broken is passed
/// over; files that cannot be read at all are left to the ingest to report. The columns in the
/// folders' names (`PathValuesOf`) come last; there, digits are a number whatever zeros they begin
/// with.
/// Errors: `kInvalidArgument` where there is nothing to infer from.
Result<InferredSchema> InferSchema(std::span<const FoundFile> files, FileFormat format,
                                   const TextOptions& text, io::FileIO& source_io,
                                   int64_t bytes_max = int64_t{256} << 20);

}  // namespace firn::ingest
