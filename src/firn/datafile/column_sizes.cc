// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/column_sizes.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/size_statistics.h>
#include <parquet/statistics.h>

#include "firn/base/saturate.h"
#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/parquet_decryption.h"

namespace firn::datafile {
namespace {

// What a footer says beyond it is not true; a value has less than 2^35 bits.
constexpr int64_t kValuesMax = int64_t{1} << 28;

// The id of the column that a leaf belongs to; unset (negative) in files without ids.
int32_t FieldIdOf(const parquet::ColumnDescriptor& leaf) {
  const parquet::schema::Node* node = leaf.schema_node().get();
  while (node->field_id() < 0 && node->parent() != nullptr)
    node = node->parent();
  return node->field_id();
}

// "DELTA_BINARY_PACKED" as "delta-binary-packed"; what dictionaries are called in pages and in
// properties differs.
std::string NameOf(parquet::Encoding::type encoding) {
  if (encoding == parquet::Encoding::RLE_DICTIONARY ||
      encoding == parquet::Encoding::PLAIN_DICTIONARY) {
    return "dictionary";
  }
  std::string name = parquet::EncodingToString(encoding);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

std::string NameOf(parquet::Compression::type codec) {
  switch (codec) {
    case parquet::Compression::SNAPPY:
      return "snappy";
    case parquet::Compression::GZIP:
      return "gzip";
    case parquet::Compression::BROTLI:
      return "brotli";
    case parquet::Compression::ZSTD:
      return "zstd";
    case parquet::Compression::LZ4:
    case parquet::Compression::LZ4_FRAME:
    case parquet::Compression::LZ4_HADOOP:
      return "lz4";
    default:
      return "uncompressed";
  }
}

bool IsOfValues(parquet::PageType::type page) {
  return page == parquet::PageType::DATA_PAGE || page == parquet::PageType::DATA_PAGE_V2;
}

// Those of values: levels are run-length encoded everywhere, dictionaries plain.
void AddEncodings(const parquet::ColumnChunkMetaData& chunk, std::set<std::string>& names) {
  for (const parquet::PageEncodingStats& pages : chunk.encoding_stats()) {
    if (IsOfValues(pages.page_type) && pages.count > 0) names.insert(NameOf(pages.encoding));
  }
  if (!chunk.encoding_stats().empty()) return;
  const auto& encodings = chunk.encodings();
  for (const parquet::Encoding::type encoding : encodings) {
    const bool is_levels =
        encoding == parquet::Encoding::RLE || encoding == parquet::Encoding::BIT_PACKED;
    const bool is_dictionary_page =
        encoding == parquet::Encoding::PLAIN && chunk.has_dictionary_page();
    if (!is_levels && !is_dictionary_page) names.insert(NameOf(encoding));
  }
}

// Of a value; none for texts.
std::optional<int64_t> BitsOf(const parquet::ColumnDescriptor& leaf) {
  switch (leaf.physical_type()) {
    case parquet::Type::BOOLEAN:
      return 1;
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      return 32;
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE:
      return 64;
    case parquet::Type::INT96:
      return 96;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return int64_t{8} * leaf.type_length();
    default:
      return std::nullopt;
  }
}

// Those that are not null.
std::optional<int64_t> ValuesIn(const parquet::ColumnChunkMetaData& chunk,
                                const parquet::ColumnDescriptor& leaf) {
  if (leaf.max_definition_level() == 0) return chunk.num_values();
  const auto statistics = chunk.is_stats_set() ? chunk.statistics() : nullptr;
  if (statistics == nullptr || !statistics->HasNullCount()) return std::nullopt;
  return chunk.num_values() - statistics->null_count();
}

std::optional<int64_t> PlainBytes(const parquet::ColumnChunkMetaData& chunk,
                                  const parquet::ColumnDescriptor& leaf) {
  const auto values = ValuesIn(chunk, leaf);
  if (!values || *values < 0 || *values > kValuesMax) return std::nullopt;
  if (const auto bits = BitsOf(leaf)) return (*values * *bits + 7) / 8;
  const auto sizes = chunk.size_statistics();
  if (sizes == nullptr || !sizes->unencoded_byte_array_data_bytes) return std::nullopt;
  return AddSaturated(*sizes->unencoded_byte_array_data_bytes, 4 * *values);
}

void AddChunk(const parquet::ColumnChunkMetaData& chunk, const parquet::ColumnDescriptor& leaf,
              ColumnSize& size) {
  size.values += chunk.num_values();
  const auto plain = PlainBytes(chunk, leaf);
  size.plain_bytes = size.plain_bytes && plain
                         ? std::optional(AddSaturated(*size.plain_bytes, *plain))
                         : std::nullopt;
  size.encoded_bytes += chunk.total_uncompressed_size();
  size.compressed_bytes += chunk.total_compressed_size();
  size.codecs.insert(NameOf(chunk.compression()));
  size.bloom_filter = size.bloom_filter || chunk.bloom_filter_offset().has_value();
  AddEncodings(chunk, size.encodings);
}

void AddFooter(const parquet::FileMetaData& footer, ColumnSizeMap& sizes) {
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto row_group = footer.RowGroup(group);
    for (int column = 0; column < row_group->num_columns(); ++column) {
      const parquet::ColumnDescriptor& leaf = *footer.schema()->Column(column);
      const int32_t id = FieldIdOf(leaf);
      if (id >= 0) AddChunk(*row_group->ColumnChunk(column), leaf, sizes[table::FieldId(id)]);
    }
  }
}

}  // namespace

Status AddColumnSizes(io::FileIO& files, const table::DataFile& file, ColumnSizeMap& sizes) {
  const Status read = WithoutExceptions([&]() -> Status {
    FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input, files.Open(file.file_path));
    FIRN_ASSIGN(const parquet::ReaderProperties properties, ReaderPropertiesFor(file.key_metadata));
    const auto reader = parquet::ParquetFileReader::Open(
        std::make_shared<ArrowInput>(std::move(input)), properties);
    AddFooter(*reader->metadata(), sizes);
    return Ok();
  });
  return read.ok() ? Ok() : Status(WhileReading(read.error(), file.file_path));
}

}  // namespace firn::datafile
