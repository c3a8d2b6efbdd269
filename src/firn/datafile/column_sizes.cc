// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/column_sizes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/parquet_decryption.h"

namespace firn::datafile {
namespace {

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

void AddChunk(const parquet::ColumnChunkMetaData& chunk, ColumnSize& size) {
  size.values += chunk.num_values();
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
      const int32_t id = FieldIdOf(*footer.schema()->Column(column));
      if (id >= 0) AddChunk(*row_group->ColumnChunk(column), sizes[table::FieldId(id)]);
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
