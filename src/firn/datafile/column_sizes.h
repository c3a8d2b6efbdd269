// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/ids.h"

namespace firn::datafile {

/// What a column takes in Parquet files, from their footers.
struct ColumnSize {
  int64_t values = 0;
  /// Of its values before they are encoded, texts with four bytes of length; unset where a file
  /// does not tell.
  std::optional<int64_t> plain_bytes = 0;
  int64_t encoded_bytes = 0;        ///< Of its pages before compression,
  int64_t compressed_bytes = 0;     ///< and after it.
  std::set<std::string> codecs;     ///< As properties name them: "zstd".
  std::set<std::string> encodings;  ///< Of its values: "dictionary".
  bool bloom_filter = false;        ///< Some row group has one.
};

using ColumnSizeMap = std::map<table::FieldId, ColumnSize>;

/// Adds what the footer of a file says, by field id; the parts of a variant count as the column.
/// Columns without an id are left out.
/// Errors: `kCorrupt`, naming the file; those of `FileIO::Open`.
Status AddColumnSizes(io::FileIO& files, const table::DataFile& file, ColumnSizeMap& sizes);

}  // namespace firn::datafile
