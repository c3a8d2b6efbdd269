// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/schema.h"

namespace firn::io {
class ScratchSpace;
}

namespace firn::datafile {

class MemoryBudget;

enum class Codec : uint8_t { kUncompressed, kSnappy, kGzip, kLz4, kBrotli, kZstd };

/// How a column's pages are compressed.
struct Compression {
  Codec codec = Codec::kZstd;
  std::optional<int> level;  ///< Unset = the codec's own default. Never set where it takes none.

  friend bool operator==(const Compression&, const Compression&) = default;
};

/// How values are laid out in pages, by Parquet's names.
enum class ColumnEncoding : uint8_t {
  kPlain,
  kDictionary,
  kDeltaBinaryPacked,
  kDeltaLengthByteArray,
  kDeltaByteArray,
  kByteStreamSplit
};

/// How one column is stored beside its compression. What is unset is decided from the rows.
struct ColumnStorage {
  std::optional<ColumnEncoding> encoding;      ///< firn.parquet.encoding.column.NAME
  bool bloom_filter = false;                   ///< write.parquet.bloom-filter-enabled.column.NAME
  double bloom_filter_fpp = 0.01;              ///< write.parquet.bloom-filter-fpp.column.NAME
  std::optional<int64_t> bloom_filter_values;  ///< write.parquet.bloom-filter-ndv.column.NAME

  friend bool operator==(const ColumnStorage&, const ColumnStorage&) = default;
};

/// A compression for the columns of a kind: those whose dotted name fits a pattern with `*`, or
/// those of a type.
struct CompressionRule {
  std::string pattern;  ///< "*_json"; empty for a rule about a type.
  std::string type;     ///< "string", "decimal", ...
  Compression compression;

  friend bool operator==(const CompressionRule&, const CompressionRule&) = default;
};

/// How data files are written. The defaults are those of Iceberg's table properties.
struct WriterOptions {
  Compression compression;                                  ///< write.parquet.compression-codec
  std::map<std::string, Compression, std::less<>> columns;  ///< Overrides, by dotted column name.
  std::vector<CompressionRule> rules;  ///< The first that fits a column counts.
  std::map<std::string, ColumnStorage, std::less<>> storage;  ///< By dotted column name.
  int64_t bloom_filter_bytes_max = int64_t{1} << 20;          ///< Of one column of a row group.
  std::optional<bool> page_index;                ///< Unset = where there are many pages.
  int64_t row_group_bytes = int64_t{128} << 20;  ///< Uncompressed.
  /// Unset = 1 MiB, or 8 MiB where a column holds long texts (they compress better so).
  std::optional<int64_t> page_bytes;
  int64_t page_rows = 20'000;
  /// write.parquet.page-version, v1 or v2. Readers that know only version 1 know only plain values
  /// and dictionaries, so pages of it hold no others.
  int page_version = 2;
  int64_t dictionary_bytes = int64_t{2} << 20;
  int64_t target_file_bytes = int64_t{512} << 20;  ///< A file is ended at the row group after this.
  int64_t file_bytes_max = 50'000'000'000;         ///< And before a row group that could pass this.
  std::optional<int64_t> file_rows_max;            ///< And after so many rows.
  std::optional<Millis> file_age_max;  ///< `TableWriter::IsDue` so long after the first row,
  Millis rotation_timeout{300'000};    ///< or so long after the last.

  /// Bounds the rows that wait in memory. Past it, those of the fullest file become a row group, or
  /// all wait on disk. Row groups are never larger than half of it.
  int64_t memory_bytes = int64_t{256} << 20;
  MemoryBudget* memory = nullptr;  ///< Shared with other writers; null = none. Outlives the writer.
  io::ScratchSpace* scratch = nullptr;  ///< Where rows wait on disk; null = the system's folder.
  int64_t batch_rows = 10'000;          ///< Rows handled at a time where rows are sorted.
  int open_files_max = 200;             ///< Files with row groups in them that may grow at a time.

  /// Rows bring their lineage (`table::LineageColumns`), which is stored: for rows that exist and
  /// are moved to other files (spec, "Row Lineage"). New rows among them have nulls.
  bool row_lineage = false;

  /// Table properties, for what reads them by itself: metrics, encryption, shredding of variants.
  std::map<std::string, std::string> properties;
};

/// What holds for tables that do not say otherwise, from the configuration.
struct WriterDefaults {
  std::map<std::string, std::string> properties;  ///< Table properties.
  MemoryBudget* memory = nullptr;                 ///< These three as in `WriterOptions`.
  io::ScratchSpace* scratch = nullptr;
  int64_t batch_rows = 10'000;
};

/// Reads the options from table properties: write.parquet.*, write.target-file-size-bytes and those
/// that begin with firn.parquet and firn.write (docs/reference/writing.md). A codec and its level
/// go together: where the table has one of the two, neither is taken from `defaults`. Errors:
/// `kInvalidArgument`, naming the property and its value.
Result<WriterOptions> WriterOptionsFrom(const std::map<std::string, std::string>& properties,
                                        const WriterDefaults& defaults = {});

/// Applies the rules of `options` to the columns of `schema`: afterwards `options.columns` says all
/// of them, and none is left.
/// Errors: `kInvalidArgument`, naming the property, for an encoding or a bloom filter that the type
/// of its column does not take.
Status ApplyToColumns(const table::Schema& schema, WriterOptions& options);

/// Reads a codec's name: zstd, snappy, gzip, lz4, lz4_raw, brotli, uncompressed, none; any case.
/// Errors: `kInvalidArgument`.
Result<Codec> ParseCodec(std::string_view name);

/// Reads a codec with or without a level: "snappy", "zstd:9". Errors: `kInvalidArgument`.
Result<Compression> ParseCompression(std::string_view text);

/// Names a codec and an encoding as properties do: "zstd", "delta-binary-packed".
std::string_view ToString(Codec codec);
std::string_view ToString(ColumnEncoding encoding);

}  // namespace firn::datafile
