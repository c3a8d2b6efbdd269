// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::datafile {

enum class Codec : uint8_t { kUncompressed, kSnappy, kGzip, kLz4, kBrotli, kZstd };

/// How a column's pages are compressed.
struct Compression {
  Codec codec = Codec::kZstd;
  std::optional<int> level;  ///< Unset = the codec's own default. Ignored by codecs without levels.

  friend bool operator==(const Compression&, const Compression&) = default;
};

/// How data files are written. The defaults are those of Iceberg's table properties.
struct WriterOptions {
  Compression compression;                                  ///< write.parquet.compression-codec
  std::map<std::string, Compression, std::less<>> columns;  ///< Overrides, by dotted column name.
  int64_t row_group_bytes = int64_t{128} << 20;             ///< Uncompressed.
  /// Unset = 1 MiB, or 8 MiB where a column holds long texts (they compress better so).
  std::optional<int64_t> page_bytes;
  int64_t page_rows = 20'000;
  int64_t dictionary_bytes = int64_t{2} << 20;
  int64_t target_file_bytes = int64_t{512} << 20;  ///< A file is ended at the row group after this.

  /// Bounds the rows waiting in all open files together. When they grow past it, the files least
  /// recently written to are ended. Row groups are never larger than half of it.
  int64_t memory_bytes = int64_t{256} << 20;
  int open_files_max = 200;  ///< Partitions with an open file at a time.

  /// Rows bring their lineage (`table::LineageColumns`), which is stored: for rows that exist and
  /// are moved to other files (spec, "Row Lineage"). New rows among them have nulls.
  bool row_lineage = false;

  /// Table properties that only the metrics read (write.metadata.metrics.*).
  std::map<std::string, std::string> properties;
};

/// Reads the options from table properties (write.parquet.*, write.target-file-size-bytes, and the
/// per-column firn.parquet.compression-codec.column.NAME, .compression-level.column.NAME).
/// Errors: `kInvalidArgument`, naming the property and its value.
Result<WriterOptions> WriterOptionsFrom(const std::map<std::string, std::string>& properties);

/// Reads a codec's name: zstd, snappy, gzip, lz4, lz4_raw, brotli, uncompressed, none; any case.
/// Errors: `kInvalidArgument`.
Result<Codec> ParseCodec(std::string_view name);

}  // namespace firn::datafile
