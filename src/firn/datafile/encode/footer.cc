// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/footer.h"

#include <cstring>
#include <set>
#include <string>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "firn/datafile/encode/schema_elements.h"
#include "firn/datafile/encode/thrift_writer.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kCreatedBy = "firn version 0.1.0";
constexpr int32_t kFormatVersion = 2;

// Where the parts of a page index lie.
struct IndexPlace {
  int64_t offset = 0;
  int64_t size_bytes = 0;
};

// Of a chunk; sizes of 0 where there is none.
struct ChunkIndex {
  IndexPlace bounds, places;
};

int32_t NumberOf(Codec codec) {
  switch (codec) {
    case Codec::kSnappy:
      return 1;
    case Codec::kGzip:
      return 2;
    case Codec::kBrotli:
      return 4;
    case Codec::kZstd:
      return 6;
    case Codec::kLz4:
      return 7;  // LZ4_RAW: without Hadoop's framing.
    default:
      return 0;
  }
}

void WriteNumbers(int16_t field, const std::vector<int64_t>& numbers, ThriftWriter& thrift) {
  if (numbers.empty()) return;
  thrift.List(field, ThriftElement::kI64, numbers.size());
  for (const int64_t number : numbers)
    thrift.I64Element(number);
}

// The levels of all pages, one behind the other.
std::vector<int64_t> LevelsOfPages(const ColumnChunk& chunk,
                                   std::vector<int64_t> SizeStatistics::*levels) {
  std::vector<int64_t> all;
  for (const IndexedPage& page : chunk.pages()) {
    const std::vector<int64_t>& counts = page.sizes.*levels;
    all.insert(all.end(), counts.begin(), counts.end());
  }
  return all;
}

void AppendColumnIndex(const ColumnChunk& chunk, ByteBuffer& out) {
  ThriftWriter thrift(out);
  const auto& pages = chunk.pages();
  thrift.List(1, ThriftElement::kBool, pages.size());
  for (const IndexedPage& page : pages)
    thrift.BoolElement(!page.lowest);
  thrift.List(2, ThriftElement::kBinary, pages.size());
  for (const IndexedPage& page : pages)
    thrift.BinaryElement(page.lowest.value_or(""));
  thrift.List(3, ThriftElement::kBinary, pages.size());
  for (const IndexedPage& page : pages)
    thrift.BinaryElement(page.highest.value_or(""));
  thrift.I32(4, static_cast<int32_t>(chunk.order()));
  thrift.List(5, ThriftElement::kI64, pages.size());
  for (const IndexedPage& page : pages)
    thrift.I64Element(page.nulls);
  WriteNumbers(6, LevelsOfPages(chunk, &SizeStatistics::repetition), thrift);
  WriteNumbers(7, LevelsOfPages(chunk, &SizeStatistics::definition), thrift);
  thrift.End();
}

void AppendOffsetIndex(const ColumnChunk& chunk, ByteBuffer& out) {
  ThriftWriter thrift(out);
  thrift.List(1, ThriftElement::kStruct, chunk.pages().size());
  for (const IndexedPage& page : chunk.pages()) {
    thrift.Element();
    thrift.I64(1, page.offset);
    thrift.I32(2, static_cast<int32_t>(page.size_bytes));
    thrift.I64(3, page.first_row);
    thrift.End();
  }
  std::vector<int64_t> text_bytes;
  for (const IndexedPage& page : chunk.pages()) {
    if (page.sizes.text_bytes) text_bytes.push_back(*page.sizes.text_bytes);
  }
  WriteNumbers(2, text_bytes, thrift);
  thrift.End();
}

// Appends a module, encrypted where the file is.
Status AppendModule(const ByteBuffer& plain, const Module& module,
                    const std::optional<FileEncryption>& encryption, ByteBuffer& out) {
  if (encryption) return encryption->cipher.Append(module, plain.view(), out);
  out.Append(plain.view());
  return Ok();
}

// Appends parts of the page index, and tells where they are.
class IndexAppender {
 public:
  IndexAppender(int64_t offset, const std::optional<FileEncryption>& encryption, ByteBuffer& out)
      : offset_(offset), encryption_(encryption), out_(out) {}

  template <typename Append>
  Result<IndexPlace> Add(const Module& module, Append append) {
    plain_.Clear();
    append(plain_);
    const auto before = static_cast<int64_t>(out_.size());
    FIRN_TRY(AppendModule(plain_, module, encryption_, out_));
    return IndexPlace{offset_ + before, static_cast<int64_t>(out_.size()) - before};
  }

 private:
  int64_t offset_;
  const std::optional<FileEncryption>& encryption_;
  ByteBuffer& out_;
  ByteBuffer plain_;
};

using FileIndex = std::vector<std::vector<ChunkIndex>>;

// The bounds of all chunks, then the places of all pages.
Result<FileIndex> AppendIndex(const EncodedFile& file, IndexAppender appender) {
  FileIndex index;
  for (const RowGroupInfo& group : file.row_groups)
    index.emplace_back(group.chunks.size());
  for (size_t group = 0; file.has_index && group < file.row_groups.size(); ++group) {
    const auto& chunks = file.row_groups[group].chunks;
    for (size_t i = 0; i < chunks.size(); ++i) {
      if (!chunks[i].has_bounds() || file.leaves[i].order == LeafOrder::kNone) continue;
      const auto append = [&](ByteBuffer& plain) { AppendColumnIndex(chunks[i], plain); };
      FIRN_ASSIGN(index[group][i].bounds,
                  appender.Add({ModuleType::kColumnIndex, group, i}, append));
    }
  }
  for (size_t group = 0; file.has_index && group < file.row_groups.size(); ++group) {
    const auto& chunks = file.row_groups[group].chunks;
    for (size_t i = 0; i < chunks.size(); ++i) {
      const auto append = [&](ByteBuffer& plain) { AppendOffsetIndex(chunks[i], plain); };
      FIRN_ASSIGN(index[group][i].places,
                  appender.Add({ModuleType::kOffsetIndex, group, i}, append));
    }
  }
  return index;
}

// Cut values are none: such a chunk has no extremes here.
void WriteStatistics(const LeafColumn& leaf, const LeafStatistics& statistics, bool has_extremes,
                     ThriftWriter& thrift) {
  thrift.Struct(12);
  thrift.I64(3, statistics.nulls);
  if (has_extremes && statistics.lowest && statistics.highest && !statistics.lowest_is_cut &&
      !statistics.highest_is_cut) {
    thrift.Binary(5, HighestBytes(leaf, *statistics.highest));
    thrift.Binary(6, LowestBytes(leaf, *statistics.lowest));
    thrift.Bool(7, true);
    thrift.Bool(8, true);
  }
  thrift.End();
}

std::set<Encoding> EncodingsOf(const LeafColumn& leaf, const ColumnChunk& chunk) {
  std::set<Encoding> encodings;
  for (const auto& [kind, count] : chunk.page_counts())
    encodings.insert(kind.second);
  if (leaf.definition_max > 0) encodings.insert(Encoding::kRle);
  return encodings;
}

void WritePageCounts(const ColumnChunk& chunk, ThriftWriter& thrift) {
  thrift.List(13, ThriftElement::kStruct, chunk.page_counts().size());
  for (const auto& [kind, count] : chunk.page_counts()) {
    thrift.Element();
    thrift.I32(1, static_cast<int32_t>(kind.first));
    thrift.I32(2, static_cast<int32_t>(kind.second));
    thrift.I32(3, count);
    thrift.End();
  }
}

void WriteSizes(const SizeStatistics& sizes, ThriftWriter& thrift) {
  if (sizes.empty()) return;
  thrift.Struct(16);
  if (sizes.text_bytes) thrift.I64(1, *sizes.text_bytes);
  WriteNumbers(2, sizes.repetition, thrift);
  WriteNumbers(3, sizes.definition, thrift);
  thrift.End();
}

void WriteBox(const parquet::geospatial::EncodedGeoStatistics& given, ThriftWriter& thrift) {
  thrift.Struct(1);
  thrift.Double(1, given.xmin);
  thrift.Double(2, given.xmax);
  thrift.Double(3, given.ymin);
  thrift.Double(4, given.ymax);
  if (given.z_bounds_present) {
    thrift.Double(5, given.zmin);
    thrift.Double(6, given.zmax);
  }
  if (given.m_bounds_present) {
    thrift.Double(7, given.mmin);
    thrift.Double(8, given.mmax);
  }
  thrift.End();
}

void WriteGeospatial(const ColumnChunk& chunk, ThriftWriter& thrift) {
  if (!chunk.geospatial) return;
  thrift.Struct(17);
  if (chunk.geospatial->xy_bounds_present) WriteBox(*chunk.geospatial, thrift);
  const auto& types = chunk.geospatial->geospatial_types;
  if (!types.empty()) thrift.List(2, ThriftElement::kI32, types.size());
  for (const int32_t type : types)
    thrift.I32Element(type);
  thrift.End();
}

void WriteColumnMetadata(const LeafColumn& leaf, const ColumnChunk& chunk, bool has_extremes,
                         ThriftWriter& thrift) {
  thrift.Struct(3);
  thrift.I32(1, static_cast<int32_t>(leaf.type));
  const auto encodings = EncodingsOf(leaf, chunk);
  thrift.List(2, ThriftElement::kI32, encodings.size());
  for (const Encoding encoding : encodings)
    thrift.I32Element(static_cast<int32_t>(encoding));
  thrift.List(3, ThriftElement::kBinary, leaf.path.size());
  for (const std::string& name : leaf.path)
    thrift.BinaryElement(name);
  thrift.I32(4, NumberOf(chunk.codec));
  thrift.I64(5, chunk.slots());
  thrift.I64(6, chunk.uncompressed_bytes());
  thrift.I64(7, chunk.size_bytes());
  thrift.I64(9, chunk.data_offset());
  if (chunk.dictionary_offset()) thrift.I64(11, *chunk.dictionary_offset());
  if (!leaf.is_geospatial) WriteStatistics(leaf, chunk.statistics(), has_extremes, thrift);
  WritePageCounts(chunk, thrift);
  if (chunk.bloom_filter_offset) {
    thrift.I64(14, *chunk.bloom_filter_offset);
    thrift.I32(15, static_cast<int32_t>(chunk.bloom_filter_bytes));
  }
  WriteSizes(chunk.sizes(), thrift);
  WriteGeospatial(chunk, thrift);
  thrift.End();
}

void WriteChunk(const LeafColumn& leaf, const ColumnChunk& chunk, const ChunkIndex& index,
                bool has_extremes, bool encrypted, ThriftWriter& thrift) {
  thrift.Element();
  thrift.I64(2, 0);  // Where a copy of the metadata lies: nowhere.
  WriteColumnMetadata(leaf, chunk, has_extremes, thrift);
  if (index.places.size_bytes > 0) {
    thrift.I64(4, index.places.offset);
    thrift.I32(5, static_cast<int32_t>(index.places.size_bytes));
  }
  if (index.bounds.size_bytes > 0) {
    thrift.I64(6, index.bounds.offset);
    thrift.I32(7, static_cast<int32_t>(index.bounds.size_bytes));
  }
  if (encrypted) {
    thrift.Struct(8);  // With the key of the footer.
    thrift.Struct(1);
    thrift.End();
    thrift.End();
  }
  thrift.End();
}

void WriteRowGroup(const EncodedFile& file, size_t number, const std::vector<ChunkIndex>& index,
                   bool encrypted, ThriftWriter& thrift) {
  const RowGroupInfo& group = file.row_groups[number];
  int64_t size_bytes = 0, uncompressed_bytes = 0;
  thrift.Element();
  thrift.List(1, ThriftElement::kStruct, group.chunks.size());
  for (size_t i = 0; i < group.chunks.size(); ++i) {
    WriteChunk(file.leaves[i], group.chunks[i], index[i], file.has_index, encrypted, thrift);
    size_bytes += group.chunks[i].size_bytes();
    uncompressed_bytes += group.chunks[i].uncompressed_bytes();
  }
  thrift.I64(2, uncompressed_bytes);
  thrift.I64(3, group.rows);
  if (!group.chunks.empty()) thrift.I64(5, group.chunks.front().offset());
  thrift.I64(6, size_bytes);
  if (number <= INT16_MAX) thrift.I16(7, static_cast<int16_t>(number));
  thrift.End();
}

void WriteKeyValues(const arrow::KeyValueMetadata& metadata, ThriftWriter& thrift) {
  thrift.List(5, ThriftElement::kStruct, static_cast<size_t>(metadata.size()));
  for (int64_t i = 0; i < metadata.size(); ++i) {
    thrift.Element();
    thrift.Binary(1, metadata.key(i));
    thrift.Binary(2, metadata.value(i));
    thrift.End();
  }
}

// Every leaf is in the order that its type defines.
void WriteColumnOrders(size_t leaves, ThriftWriter& thrift) {
  thrift.List(7, ThriftElement::kStruct, leaves);
  for (size_t i = 0; i < leaves; ++i) {
    thrift.Element();
    thrift.Struct(1);
    thrift.End();
    thrift.End();
  }
}

void WriteMetadata(const EncodedFile& file, const parquet::SchemaDescriptor& schema,
                   const arrow::Schema& layout, const FileIndex& index, bool encrypted,
                   ThriftWriter& thrift) {
  int64_t rows = 0;
  for (const RowGroupInfo& group : file.row_groups)
    rows += group.rows;
  thrift.I32(1, kFormatVersion);
  WriteSchema(schema, file.variants, 2, thrift);
  thrift.I64(3, rows);
  thrift.List(4, ThriftElement::kStruct, file.row_groups.size());
  for (size_t i = 0; i < file.row_groups.size(); ++i)
    WriteRowGroup(file, i, index[i], encrypted, thrift);
  if (layout.HasMetadata()) WriteKeyValues(*layout.metadata(), thrift);
  thrift.Binary(6, kCreatedBy);
  WriteColumnOrders(file.leaves.size(), thrift);
  thrift.End();
}

// The algorithm, and what tells the file from others (parquet.thrift, FileCryptoMetaData). The AAD
// prefix is for the reader to know.
void WriteCryptoMetadata(const FileEncryption& encryption, ByteBuffer& out) {
  ThriftWriter thrift(out);
  thrift.Struct(1);
  thrift.Struct(1);  // AES_GCM_V1
  thrift.Binary(2, encryption.file_unique);
  thrift.Bool(3, true);
  thrift.End();
  thrift.End();
  thrift.End();
}

}  // namespace

std::string_view MagicOf(const std::optional<FileEncryption>& encryption) {
  return encryption ? "PARE" : "PAR1";
}

Status AppendFooter(const EncodedFile& file, const parquet::SchemaDescriptor& schema,
                    const arrow::Schema& layout, int64_t offset,
                    const std::optional<FileEncryption>& encryption, ByteBuffer& out) {
  FIRN_ASSIGN(const FileIndex index, AppendIndex(file, {offset, encryption, out}));
  ByteBuffer metadata;
  ThriftWriter thrift(metadata);
  WriteMetadata(file, schema, layout, index, encryption.has_value(), thrift);
  const size_t before = out.size();
  if (encryption) WriteCryptoMetadata(*encryption, out);
  FIRN_TRY(AppendModule(metadata, {ModuleType::kFooter}, encryption, out));
  const auto length = static_cast<uint32_t>(out.size() - before);
  std::memcpy(out.Extend(sizeof(length)), &length, sizeof(length));
  out.Append(MagicOf(encryption));
  return Ok();
}

}  // namespace firn::datafile
