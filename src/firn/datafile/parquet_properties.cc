// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/parquet_properties.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include <arrow/chunked_array.h>
#include <arrow/table.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/schema.h>
#include <parquet/schema.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/leaf_measures.h"

namespace firn::datafile {
namespace {

constexpr int64_t kPageBytes = int64_t{1} << 20;
constexpr int64_t kLongTextPageBytes = int64_t{8} << 20;
constexpr int kWindowLog = 23;  // 8 MiB.
constexpr int kFastLevelMax = 4;
// Of zstd's parameters; their numbers are stable.
constexpr int kZstdWindowLog = 101;
constexpr int kZstdLongDistanceMatching = 160;

// The override of the column itself, else of what it lies in, else the table's.
const Compression& CompressionOf(const WriterOptions& options, std::string_view column) {
  for (;;) {
    const auto found = options.columns.find(column);
    if (found != options.columns.end()) return found->second;
    const size_t dot = column.rfind('.');
    if (dot == std::string_view::npos) return options.compression;
    column = column.substr(0, dot);
  }
}

// A level goes only with codecs that take one: snappy with a level is refused by the library.
bool TakesLevel(Codec codec) {
  return codec == Codec::kZstd || codec == Codec::kGzip || codec == Codec::kBrotli;
}

// zstd looks for repetitions in a whole page, not only in what its level thinks enough (2 MiB at
// level 3): long texts repeat far apart. Fast levels soon forget what they saw, which its
// long-distance matcher makes up for at little cost. A page is one frame of known size, so this
// asks nothing of readers; those that bound windows allow what a page of 8 MiB needs.
std::shared_ptr<arrow::util::CodecOptions> LongTextOptions(const Compression& compression) {
  auto options = std::make_shared<arrow::util::ZstdCodecOptions>();
  if (compression.level) options->compression_level = *compression.level;
  options->compression_context_params = {{kZstdWindowLog, kWindowLog}};
  if (compression.level.value_or(3) <= kFastLevelMax) {
    options->compression_context_params.emplace_back(kZstdLongDistanceMatching, 1);
  }
  return options;
}

void SetCompression(parquet::WriterProperties::Builder& builder, const std::string& path,
                    const Compression& compression, bool is_long) {
  builder.compression(path, CodecOf(compression.codec));
  if (compression.codec == Codec::kZstd && is_long) {
    builder.codec_options(path, LongTextOptions(compression));
  } else if (compression.level && TakesLevel(compression.codec)) {
    builder.compression_level(path, *compression.level);
  }
}

Status SetColumns(parquet::WriterProperties::Builder& builder, const FileSettings& settings,
                  const LeafMeasures& measured) {
  std::shared_ptr<parquet::SchemaDescriptor> schema;
  FIRN_TRY(FromArrow(parquet::arrow::ToParquetSchema(settings.layout.get(), *builder.build(),
                                                     *ParquetArrowProperties(), &schema)));
  for (int i = 0; i < schema->num_columns(); ++i) {
    const auto& column = *schema->Column(i);
    const std::string path = column.path()->ToDotString();
    const table::FieldId id(column.schema_node()->field_id());
    const auto leaf = measured.find(id);
    const bool is_long = leaf != measured.end() && leaf->second.is_long();
    const bool repeats = leaf == measured.end() || leaf->second.repeats;
    SetCompression(builder, path, CompressionOf(settings.options, settings.schema.NameOf(id)),
                   is_long);
    if (is_long || !repeats) builder.disable_dictionary(path);
  }
  return Ok();
}

// Whether no column of a file with these rows has more than one page.
bool IsOnePage(const arrow::Table& rows, const WriterOptions& options, int64_t page_bytes) {
  int64_t bytes = 0;
  for (const auto& column : rows.columns()) {
    for (const auto& chunk : column->chunks())
      bytes += BytesOf(*chunk);
  }
  return rows.num_rows() <= options.page_rows && bytes <= page_bytes;
}

bool AnyLong(const LeafMeasures& leaves) {
  return std::ranges::any_of(leaves, [](const auto& leaf) { return leaf.second.is_long(); });
}

}  // namespace

parquet::Compression::type CodecOf(Codec codec) {
  switch (codec) {
    case Codec::kSnappy:
      return parquet::Compression::SNAPPY;
    case Codec::kGzip:
      return parquet::Compression::GZIP;
    case Codec::kLz4:
      return parquet::Compression::LZ4;
    case Codec::kBrotli:
      return parquet::Compression::BROTLI;
    case Codec::kZstd:
      return parquet::Compression::ZSTD;
    default:
      return parquet::Compression::UNCOMPRESSED;
  }
}

std::shared_ptr<parquet::ArrowWriterProperties> ParquetArrowProperties() {
  return parquet::ArrowWriterProperties::Builder().build();
}

Result<std::shared_ptr<parquet::WriterProperties>> ParquetProperties(const FileSettings& settings,
                                                                     const arrow::Table& first_rows,
                                                                     bool whole) {
  const WriterOptions& options = settings.options;
  const LeafMeasures leaves = MeasureLeaves(first_rows);
  const int64_t page_bytes =
      options.page_bytes.value_or(AnyLong(leaves) ? kLongTextPageBytes : kPageBytes);
  parquet::WriterProperties::Builder builder;
  builder.created_by("firn version 0.1.0")
      ->max_row_group_length(std::numeric_limits<int64_t>::max())
      ->data_pagesize(page_bytes)
      ->max_rows_per_page(options.page_rows)
      ->dictionary_pagesize_limit(options.dictionary_bytes)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->enable_store_decimal_as_integer()
      ->enable_page_checksum();
  // In a small file half of the bytes would tell readers what to leave out of the other half; the
  // bounds they prune files by are in the manifest.
  if (whole && IsOnePage(first_rows, options, page_bytes)) {
    builder.max_statistics_size(0);
  } else {
    builder.enable_write_page_index();
  }
  FIRN_TRY(SetColumns(builder, settings, leaves));
  return builder.build();
}

}  // namespace firn::datafile
