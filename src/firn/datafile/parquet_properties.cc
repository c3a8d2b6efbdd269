// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/parquet_properties.h"

#include <limits>
#include <map>
#include <string>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <parquet/arrow/schema.h>
#include <parquet/schema.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

// Values longer than this on average are long texts.
constexpr int64_t kLongValueBytes = 512;
constexpr int64_t kPageBytes = int64_t{1} << 20;
constexpr int64_t kLongTextPageBytes = int64_t{8} << 20;

// How many values a leaf has and what they take.
struct LeafSize {
  int64_t values = 0;
  int64_t bytes = 0;
  bool is_long() const { return bytes > values * kLongValueBytes; }
};
using LeafSizes = std::map<table::FieldId, LeafSize>;

void Measure(const arrow::Field& field, const arrow::Array& array, LeafSizes& sizes) {
  const auto& type = *array.type();
  if (type.id() == arrow::Type::STRUCT) {
    const auto& fields = static_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < fields.num_fields(); ++i) {
      Measure(*type.field(i), *fields.field(i), sizes);
    }
  } else if (arrow::is_var_length_list(type.id())) {
    const auto& list = static_cast<const arrow::ListArray&>(array);
    const int64_t first = list.length() == 0 ? 0 : list.value_offset(0);
    const int64_t last = list.length() == 0 ? 0 : list.value_offset(list.length());
    Measure(*type.field(0), *list.values()->Slice(first, last - first), sizes);
  } else if (const auto id = FieldIdOf(field); id && arrow::is_base_binary_like(type.id())) {
    sizes[*id].values += array.length() - array.null_count();
    sizes[*id].bytes += BytesOf(array);
  }
}

LeafSizes Measure(const arrow::Table& rows) {
  LeafSizes sizes;
  for (int i = 0; i < rows.num_columns(); ++i) {
    for (const auto& chunk : rows.column(i)->chunks()) {
      Measure(*rows.schema()->field(i), *chunk, sizes);
    }
  }
  return sizes;
}

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

void SetCompression(parquet::WriterProperties::Builder& builder, const std::string& path,
                    const Compression& compression) {
  builder.compression(path, CodecOf(compression.codec));
  if (compression.level && TakesLevel(compression.codec)) {
    builder.compression_level(path, *compression.level);
  }
}

Status SetColumns(parquet::WriterProperties::Builder& builder, const FileSettings& settings,
                  const LeafSizes& sizes) {
  std::shared_ptr<parquet::SchemaDescriptor> leaves;
  FIRN_TRY(FromArrow(parquet::arrow::ToParquetSchema(settings.layout.get(), *builder.build(),
                                                     *ParquetArrowProperties(), &leaves)));
  for (int i = 0; i < leaves->num_columns(); ++i) {
    const auto& leaf = *leaves->Column(i);
    const std::string path = leaf.path()->ToDotString();
    const table::FieldId id(leaf.schema_node()->field_id());
    const std::string_view name = settings.schema.NameOf(id);  // A variant's parts have no id.
    SetCompression(builder, path, CompressionOf(settings.options, name.empty() ? path : name));
    const auto size = sizes.find(id);
    if (size != sizes.end() && size->second.is_long()) builder.disable_dictionary(path);
  }
  return Ok();
}

bool AnyLong(const LeafSizes& sizes) {
  for (const auto& [id, size] : sizes) {
    if (size.is_long()) return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<parquet::ArrowWriterProperties> ParquetArrowProperties() {
  return parquet::ArrowWriterProperties::Builder().build();
}

Result<std::shared_ptr<parquet::WriterProperties>> ParquetProperties(
    const FileSettings& settings, const arrow::Table& first_rows) {
  const WriterOptions& options = settings.options;
  const LeafSizes sizes = Measure(first_rows);
  parquet::WriterProperties::Builder builder;
  builder.created_by("firn version 0.1.0")
      ->max_row_group_length(std::numeric_limits<int64_t>::max())
      ->data_pagesize(options.page_bytes.value_or(AnyLong(sizes) ? kLongTextPageBytes : kPageBytes))
      ->max_rows_per_page(options.page_rows)
      ->dictionary_pagesize_limit(options.dictionary_bytes)
      ->enable_store_decimal_as_integer()
      ->enable_page_checksum()
      ->enable_write_page_index();
  FIRN_TRY(SetColumns(builder, settings, sizes));
  return builder.build();
}

}  // namespace firn::datafile
