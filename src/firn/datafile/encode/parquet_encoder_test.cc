// SPDX-License-Identifier: Apache-2.0
//
// Whole files, read by Arrow.

#include "firn/datafile/encode/parquet_encoder.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/bloom_filter.h>
#include <parquet/bloom_filter_reader.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/size_statistics.h>
#include <parquet/statistics.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/name_mapping.h"
#include "firn/datafile/random_rows.h"

namespace firn::datafile {
namespace {

using ::testing::Contains;
using ::testing::Not;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using Random = std::mt19937_64;
using table::NestedField;
using table::Type;

table::Schema SchemaOf(std::vector<NestedField> fields) {
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

// Columns of rows without field ids are none of the table's.
constexpr const char* kUnnamed = "";

// The bytes of a file whose row groups are `groups`.
std::string Encode(const table::Schema& schema, const std::vector<ParquetEncoder::Batches>& groups,
                   const WriterOptions& options = {}) {
  std::string bytes;
  const auto layout = groups.at(0).at(0)->schema();
  auto encoder = ParquetEncoder::Open(layout, schema, options, [&](std::string_view more) {
    bytes += more;
    return Ok();
  });
  EXPECT_THAT(encoder, IsOk());
  for (size_t i = 0; i < groups.size(); ++i)
    EXPECT_THAT((*encoder)->WriteRowGroup(groups[i], i + 1 == groups.size()), IsOk());
  EXPECT_THAT((*encoder)->WriteFooter(), IsOk());
  EXPECT_EQ((*encoder)->position(), static_cast<int64_t>(bytes.size()));
  return bytes;
}

std::unique_ptr<parquet::ParquetFileReader> Open(const std::string& bytes) {
  auto properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  return parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)), properties);
}

std::shared_ptr<arrow::Table> Read(const std::string& bytes) {
  auto properties = parquet::default_arrow_reader_properties();
  properties.set_arrow_extensions_enabled(true);
  const auto reader =
      parquet::arrow::FileReader::Make(arrow::default_memory_pool(), Open(bytes), properties)
          .ValueOrDie();
  auto table = reader->ReadTable().ValueOrDie();
  EXPECT_TRUE(table->ValidateFull().ok());
  return table;
}

void ExpectSame(const std::string& bytes, const std::vector<ParquetEncoder::Batches>& groups) {
  std::vector<BatchPtr> all;
  for (const auto& group : groups)
    all.insert(all.end(), group.begin(), group.end());
  const auto wanted = arrow::Table::FromRecordBatches(all).ValueOrDie();
  const auto read = Read(bytes);
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false);
  ASSERT_EQ(read->num_columns(), wanted->num_columns());
  // The fields within maps have other names.
  const auto rows = Relabel(*read->CombineChunksToBatch().ValueOrDie(), wanted->schema());
  EXPECT_TRUE(rows->Equals(*wanted->CombineChunksToBatch().ValueOrDie(), false, options));
}

// Cuts rows into batches, each a slice.
ParquetEncoder::Batches Cut(const BatchPtr& rows, Random& random) {
  ParquetEncoder::Batches batches;
  for (int64_t at = 0; at < rows->num_rows();) {
    const auto left = static_cast<uint64_t>(rows->num_rows() - at);
    const auto count = static_cast<int64_t>(1 + random() % left);
    batches.push_back(rows->Slice(at, count));
    at += count;
  }
  return batches;
}

// The rows again and again, so that values repeat.
BatchPtr Repeated(const BatchPtr& rows, int64_t count, Random& random) {
  arrow::Int64Builder indices;
  for (int64_t i = 0; i < count; ++i) {
    const auto at = random() % static_cast<uint64_t>(rows->num_rows());
    EXPECT_TRUE(indices.Append(static_cast<int64_t>(at)).ok());
  }
  return arrow::compute::Take(arrow::Datum(rows), arrow::Datum(indices.Finish().ValueOrDie()))
      .ValueOrDie()
      .record_batch();
}

// A schema of columns at random, nested ones among them.
class SchemaGenerator {
 public:
  explicit SchemaGenerator(Random& random) : random_(random) {}

  table::Schema Make() {
    std::vector<NestedField> fields;
    for (uint64_t i = 0; i < 1 + random_() % 4; ++i)
      fields.push_back(Field(0));
    return SchemaOf(std::move(fields));
  }

 private:
  NestedField Field(int depth) { return Field("c" + std::to_string(next_id_), depth); }

  NestedField Field(const std::string& name, int depth) {
    const int32_t id = next_id_++;
    Type type = AnyType(depth);
    return random_() % 3 == 0 ? NestedField::Required(id, name, std::move(type))
                              : NestedField::Optional(id, name, std::move(type));
  }

  Type AnyType(int depth) {
    switch (random_() % (depth < 4 ? 12 : 8)) {
      case 0:
        return Type::Boolean();
      case 1:
        return Type::Int();
      case 2:
        return Type::Decimal(static_cast<int32_t>(1 + random_() % 38), 0);
      case 3:
        return Type::Double();
      case 4:
        return Type::Uuid();
      case 5:
      case 6:
        return Type::String();
      case 7:
        return Type::TimestampTz();
      case 8:
        return Type::Struct({Field(depth + 1), Field(depth + 1)});
      case 9:
        return Type::Map(NestedField::Required(next_id_++, "key", Type::String()),
                         Field("value", depth + 1));
      default:
        return Type::List(Field("element", depth + 1));
    }
  }

  Random& random_;
  int32_t next_id_ = 1;
};

TEST(ParquetEncoder, GivesBackRandomRowsOfRandomSchemas) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto schema = SchemaGenerator(random).Make();
    WriterOptions options;
    options.page_rows = static_cast<int64_t>(1 + random() % 300);
    if (random() % 2 == 0) options.page_bytes = static_cast<int64_t>(1 + random() % 4000);
    options.dictionary_bytes = static_cast<int64_t>(1 + random() % 3000);
    if (random() % 4 == 0) options.page_version = 1;
    std::vector<ParquetEncoder::Batches> groups;
    for (uint64_t i = 0; i < 1 + random() % 3; ++i) {
      auto rows = RandomRows(schema, static_cast<int64_t>(1 + random() % 200), random);
      if (random() % 2 == 0) rows = Repeated(rows, 700, random);
      groups.push_back(Cut(rows, random));
    }
    ExpectSame(Encode(schema, groups, options), groups);
  }
}

class ParquetEncoderCodecs : public ::testing::TestWithParam<Codec> {};

TEST_P(ParquetEncoderCodecs, GivesBackRowsOfEveryTypeInBothPageVersions) {
  const auto schema = SchemaOfAllTypes();
  Random random(7);
  const auto rows = RandomRows(schema, 300, random);
  for (const BatchPtr& batch : {rows, Repeated(rows, 3000, random)}) {
    for (const int version : {1, 2}) {
      WriterOptions options;
      options.compression.codec = GetParam();
      options.page_version = version;
      ExpectSame(Encode(schema, {{batch}}, options), {{batch}});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllCodecs, ParquetEncoderCodecs,
                         ::testing::Values(Codec::kUncompressed, Codec::kSnappy, Codec::kGzip,
                                           Codec::kLz4, Codec::kBrotli, Codec::kZstd));

TEST(ParquetEncoder, MakesTheSameBytesOnAnyNumberOfThreadsAndBatches) {
  const auto schema = SchemaOfAllTypes();
  Random random(3);
  const auto rows = Repeated(RandomRows(schema, 2000, random), 12'000, random);
  const std::string whole = Encode(schema, {{rows}});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(Encode(schema, {Cut(rows, random)}), whole);
}

BatchPtr OneColumn(const std::shared_ptr<arrow::Array>& values, const table::Schema& schema) {
  return arrow::RecordBatch::Make(ToArrow(schema).value(), values->length(), {values});
}

BatchPtr Longs(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return OneColumn(builder.Finish().ValueOrDie(),
                   SchemaOf({NestedField::Optional(1, "n", Type::Long())}));
}

BatchPtr Texts(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return OneColumn(builder.Finish().ValueOrDie(),
                   SchemaOf({NestedField::Optional(1, "t", Type::String())}));
}

// The encodings of the only column.
std::vector<parquet::Encoding::type> EncodingsOf(const BatchPtr& rows,
                                                 const WriterOptions& options = {}) {
  const std::string bytes = Encode({}, {{rows}}, options);
  ExpectSame(bytes, {{rows}});
  return Open(bytes)->metadata()->RowGroup(0)->ColumnChunk(0)->encodings();
}

TEST(EncodingChoice, TakesWhatIsSmallestForTheValues) {
  Random random(1);
  std::vector<int64_t> rising, few, scattered;
  std::vector<std::string> words, names, paths;
  for (int64_t i = 0; i < 30'000; ++i) {
    rising.push_back(i * 1000 + static_cast<int64_t>(random() % 1000));
    few.push_back(static_cast<int64_t>(random() % 9) * 1'000'003);
    words.push_back(few.back() % 2 == 0 ? "even" : "odd");
    names.push_back(std::to_string(random()));
    paths.push_back("s3://bucket/a/very/long/common/path/" + std::to_string(100'000 + i));
  }
  EXPECT_THAT(EncodingsOf(Longs(rising)), Contains(parquet::Encoding::DELTA_BINARY_PACKED));
  EXPECT_THAT(EncodingsOf(Longs(few)), Contains(parquet::Encoding::RLE_DICTIONARY));
  EXPECT_THAT(EncodingsOf(Texts(words)), Contains(parquet::Encoding::RLE_DICTIONARY));
  EXPECT_THAT(EncodingsOf(Texts(names)), Contains(parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY));
  EXPECT_THAT(EncodingsOf(Texts(paths)), Contains(parquet::Encoding::DELTA_BYTE_ARRAY));
}

// Few in any stretch of rows, and yet as many as there are rows by the end.
TEST(EncodingChoice, TakesNoDictionaryForValuesThatComeAndGo) {
  Random random(1);
  std::vector<std::string> sessions;
  while (sessions.size() < 100'000) {
    const std::string session = std::to_string(random()) + std::to_string(random());
    sessions.insert(sessions.end(), 1 + random() % 7, session);
  }
  EXPECT_THAT(EncodingsOf(Texts(sessions)), Not(Contains(parquet::Encoding::RLE_DICTIONARY)));
}

TEST(EncodingChoice, HoldsForRowGroupsOfHalfAMillionRows) {
  std::vector<ParquetEncoder::Batches> groups;
  Random random(1);
  for (int64_t group = 0; group < 6; ++group) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < 200'000; ++i)
      values.push_back(group == 0 ? static_cast<int64_t>(random() % 9) * 1'000'003 : i);
    groups.push_back({Longs(values)});
  }
  const auto file = Open(Encode({}, groups, {}));
  const auto encodings = [&](int group) {
    return file->metadata()->RowGroup(group)->ColumnChunk(0)->encodings();
  };
  EXPECT_THAT(encodings(0), Contains(parquet::Encoding::RLE_DICTIONARY));
  EXPECT_THAT(encodings(2), Contains(parquet::Encoding::RLE_DICTIONARY));
  EXPECT_THAT(encodings(3), Not(Contains(parquet::Encoding::RLE_DICTIONARY)));
}

TEST(EncodingChoice, KnowsOnlyPlainValuesAndDictionariesInVersion1) {
  Random random(1);
  std::vector<int64_t> rising;
  for (int64_t i = 0; i < 3000; ++i)
    rising.push_back(i * 1000 + static_cast<int64_t>(random() % 1000));
  WriterOptions options;
  options.page_version = 1;
  EXPECT_THAT(EncodingsOf(Longs(rising), options),
              Not(Contains(parquet::Encoding::DELTA_BINARY_PACKED)));
}

TEST(EncodingChoice, LeavesADictionaryThatIsFullForTheRowsBehind) {
  std::vector<std::string> texts;
  for (int i = 0; i < 60'000; ++i)
    texts.push_back(i < 50'000 ? "same" + std::to_string(i % 100) : std::to_string(i * 7919));
  WriterOptions options;
  options.dictionary_bytes = 5000;
  const std::string bytes = Encode({}, {{Texts(texts)}}, options);
  ExpectSame(bytes, {{Texts(texts)}});
  const auto file = Open(bytes);
  const auto pages = file->metadata()->RowGroup(0)->ColumnChunk(0)->encoding_stats();
  EXPECT_EQ(pages.size(), 3u);  // The dictionary, places in it, and the rest.
}

TEST(EncodingChoice, IsTheTablesWhereItSaysOne) {
  std::vector<int64_t> rising;
  for (int64_t i = 0; i < 3000; ++i)
    rising.push_back(i);
  const std::pair<ColumnEncoding, parquet::Encoding::type> encodings[] = {
      {ColumnEncoding::kPlain, parquet::Encoding::PLAIN},
      {ColumnEncoding::kDictionary, parquet::Encoding::RLE_DICTIONARY},
      {ColumnEncoding::kDeltaBinaryPacked, parquet::Encoding::DELTA_BINARY_PACKED},
      {ColumnEncoding::kByteStreamSplit, parquet::Encoding::BYTE_STREAM_SPLIT}};
  for (const auto& [wanted, stored] : encodings) {
    WriterOptions options;
    options.storage[kUnnamed].encoding = wanted;
    EXPECT_THAT(EncodingsOf(Longs(rising), options), Contains(stored));
    ExpectSame(Encode({}, {{Longs(rising)}}, options), {{Longs(rising)}});
  }
}

TEST(BloomFilter, HoldsTheValuesOfItsColumnAlone) {
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i)
    texts.push_back("key" + std::to_string(i * 7));
  WriterOptions options;
  options.storage[kUnnamed].bloom_filter = true;
  const std::string bytes = Encode({}, {{Texts(texts)}, {Texts(texts)}}, options);
  ExpectSame(bytes, {{Texts(texts)}, {Texts(texts)}});
  const auto file = Open(bytes);
  for (int group = 0; group < 2; ++group) {
    const auto filter = file->GetBloomFilterReader().RowGroup(group)->GetColumnBloomFilter(0);
    ASSERT_NE(filter, nullptr);
    int found = 0;
    for (int i = 0; i < 35'000; ++i) {
      const std::string text = "key" + std::to_string(i);
      const parquet::ByteArray value(text);
      const bool may = filter->FindHash(filter->Hash(&value));
      if (i % 7 == 0) {
        EXPECT_TRUE(may) << text;
      } else {
        found += may ? 1 : 0;
      }
    }
    EXPECT_LT(found, 900);  // 1 % of 30,000 may be wrong.
  }
}

TEST(PageIndex, IsThereOrNotAsTheTableSays) {
  const auto rows = Longs({1, 2, 3});
  WriterOptions options;
  options.page_index = true;
  const auto with = Open(Encode({}, {{rows}}, options))->metadata()->RowGroup(0)->ColumnChunk(0);
  EXPECT_TRUE(with->GetOffsetIndexLocation().has_value());
  std::vector<int64_t> many(100'000, 7);
  options.page_index = false;
  const auto without =
      Open(Encode({}, {{Longs(many)}}, options))->metadata()->RowGroup(0)->ColumnChunk(0);
  EXPECT_FALSE(without->GetOffsetIndexLocation().has_value());
}

TEST(PageWriter, LeavesAPageUncompressedThatDoesNotShrink) {
  Random random(1);
  std::vector<std::string> noise(2000);
  for (std::string& bytes : noise) {
    for (int i = 0; i < 300; ++i)
      bytes.push_back(static_cast<char>(random() % 128));
  }
  // Of seven bits in eight there is an eighth to gain, of nothing nothing.
  const auto chunk_of = [](const std::string& bytes) {
    return Open(bytes)->metadata()->RowGroup(0)->ColumnChunk(0);
  };
  const std::string shrinks = Encode({}, {{Texts(noise)}});
  EXPECT_LT(chunk_of(shrinks)->total_compressed_size() * 10,
            chunk_of(shrinks)->total_uncompressed_size() * 9);
  std::vector<int64_t> numbers(20'000);
  for (int64_t& number : numbers)
    number = static_cast<int64_t>(random());
  const std::string stays = Encode({}, {{Longs(numbers)}});
  EXPECT_EQ(chunk_of(stays)->total_compressed_size(), chunk_of(stays)->total_uncompressed_size());
  ExpectSame(stays, {{Longs(numbers)}});
}

TEST(Footer, HasTheExtremesAndNullsOfEachChunk) {
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({0.0, std::nan(""), 4.5}).ok());
  ASSERT_TRUE(builder.AppendNull().ok());
  const auto schema = SchemaOf({NestedField::Optional(1, "d", Type::Double())});
  WriterOptions options;
  options.page_rows = 2;
  const std::string bytes =
      Encode(schema, {{OneColumn(builder.Finish().ValueOrDie(), schema)}}, options);
  const auto file = Open(bytes);
  const auto chunk = file->metadata()->RowGroup(0)->ColumnChunk(0);
  const auto statistics = std::static_pointer_cast<parquet::DoubleStatistics>(chunk->statistics());
  ASSERT_TRUE(statistics->HasMinMax());
  EXPECT_EQ(statistics->min(), 0.0);
  EXPECT_TRUE(std::signbit(statistics->min()));
  EXPECT_EQ(statistics->max(), 4.5);
  EXPECT_EQ(statistics->null_count(), 1);
  EXPECT_EQ(chunk->num_values(), 4);
  EXPECT_EQ(file->metadata()->created_by(), "firn version 0.1.0");
}

TEST(Footer, HasNoIndexWhereTheFileIsOnePage) {
  const auto file = Open(Encode({}, {{Longs({3, 1, 2})}}));
  const auto chunk = file->metadata()->RowGroup(0)->ColumnChunk(0);
  EXPECT_FALSE(chunk->GetOffsetIndexLocation().has_value());
  EXPECT_FALSE(chunk->statistics()->HasMinMax());
  EXPECT_EQ(chunk->statistics()->null_count(), 0);
}

TEST(PageIndex, HoldsTheBoundsAndThePlaceOfEveryPage) {
  Random random(5);
  const std::string stem(100, 'x');
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i)
    texts.push_back((i / 100 == 3 ? "\xF4\x8F\xBF\xBF" : stem) + std::to_string(random() % 1000));
  std::sort(texts.begin(), texts.end());
  WriterOptions options;
  options.page_rows = 64;
  const auto file = Open(Encode({}, {{Texts(texts)}}, options));
  const auto index = file->GetPageIndexReader()->RowGroup(0);
  const auto bounds =
      std::static_pointer_cast<parquet::ByteArrayColumnIndex>(index->GetColumnIndex(0));
  const auto places = index->GetOffsetIndex(0);
  ASSERT_NE(bounds, nullptr);
  ASSERT_EQ(places->page_locations().size(), bounds->null_pages().size());
  EXPECT_GE(places->page_locations().size(), 16u);
  EXPECT_EQ(bounds->boundary_order(), parquet::BoundaryOrder::Ascending);
  for (size_t page = 0; page < places->page_locations().size(); ++page) {
    const auto first = static_cast<size_t>(places->page_locations()[page].first_row_index);
    const size_t last =
        page + 1 < places->page_locations().size()
            ? static_cast<size_t>(places->page_locations()[page + 1].first_row_index)
            : texts.size();
    EXPECT_LE(bounds->encoded_min_values()[page], texts[first]);
    EXPECT_GE(bounds->encoded_max_values()[page], texts[last - 1]);
    EXPECT_LE(bounds->encoded_min_values()[page].size(), 256u);
  }
}

// What a reader finds in a chunk, as its footer should say.
struct Found {
  std::vector<int64_t> definition, repetition;
  int64_t text_bytes = 0;
};

template <typename PhysicalType>
Found FoundIn(parquet::ColumnReader& reader) {
  constexpr int64_t kSlots = 100;
  Found found;
  found.definition.resize(static_cast<size_t>(reader.descr()->max_definition_level()) + 1);
  found.repetition.resize(static_cast<size_t>(reader.descr()->max_repetition_level()) + 1);
  std::vector<int16_t> definition(kSlots), repetition(kSlots);
  const auto values = std::make_unique<typename PhysicalType::c_type[]>(kSlots);
  auto& typed = static_cast<parquet::TypedColumnReader<PhysicalType>&>(reader);
  while (typed.HasNext()) {
    int64_t count = 0;
    const int64_t slots =
        typed.ReadBatch(kSlots, definition.data(), repetition.data(), values.get(), &count);
    for (size_t slot = 0; slot < static_cast<size_t>(slots); ++slot) {
      ++found.definition[static_cast<size_t>(definition[slot])];
      ++found.repetition[static_cast<size_t>(repetition[slot])];
    }
    if constexpr (std::is_same_v<PhysicalType, parquet::ByteArrayType>) {
      for (int64_t i = 0; i < count; ++i)
        found.text_bytes += values[static_cast<size_t>(i)].len;
    }
  }
  return found;
}

Found FoundIn(parquet::ColumnReader& reader) {
  switch (reader.type()) {
    case parquet::Type::BOOLEAN:
      return FoundIn<parquet::BooleanType>(reader);
    case parquet::Type::INT32:
      return FoundIn<parquet::Int32Type>(reader);
    case parquet::Type::INT64:
      return FoundIn<parquet::Int64Type>(reader);
    case parquet::Type::DOUBLE:
      return FoundIn<parquet::DoubleType>(reader);
    case parquet::Type::BYTE_ARRAY:
      return FoundIn<parquet::ByteArrayType>(reader);
    default:
      return FoundIn<parquet::FLBAType>(reader);
  }
}

// The counts of all pages, which lie one behind the other, added up.
std::vector<int64_t> AddedUp(const std::vector<int64_t>& pages, size_t levels) {
  std::vector<int64_t> sums(levels);
  for (size_t i = 0; i < pages.size(); ++i)
    sums[i % levels] += pages[i];
  return sums;
}

void ExpectSizesFound(parquet::ParquetFileReader& file, int column) {
  const auto group = file.RowGroup(0);
  const auto found = FoundIn(*group->Column(column));
  const bool is_text =
      file.metadata()->schema()->Column(column)->physical_type() == parquet::Type::BYTE_ARRAY;
  const bool repeats = found.repetition.size() > 1, is_nested = found.definition.size() > 2;
  const auto sizes = group->metadata()->ColumnChunk(column)->size_statistics();
  ASSERT_EQ(sizes != nullptr && sizes->is_set(), is_text || repeats || is_nested);
  const auto index = file.GetPageIndexReader()->RowGroup(0);
  const auto places = index->GetOffsetIndex(column);
  ASSERT_EQ(places->unencoded_byte_array_data_bytes().size(),
            is_text ? places->page_locations().size() : 0);
  const auto bounds = index->GetColumnIndex(column);
  ASSERT_TRUE(bounds == nullptr || bounds->has_repetition_level_histograms() == repeats);
  ASSERT_TRUE(bounds == nullptr || bounds->has_definition_level_histograms() == is_nested);
  if (is_text) {
    EXPECT_EQ(sizes->unencoded_byte_array_data_bytes, found.text_bytes);
    EXPECT_EQ(AddedUp(places->unencoded_byte_array_data_bytes(), 1).front(), found.text_bytes);
  }
  if (repeats) {
    EXPECT_EQ(sizes->repetition_level_histogram, found.repetition);
    if (bounds == nullptr) return;
    EXPECT_EQ(AddedUp(bounds->repetition_level_histograms(), found.repetition.size()),
              found.repetition);
  }
  if (is_nested) {
    EXPECT_EQ(sizes->definition_level_histogram, found.definition);
    if (bounds == nullptr) return;
    EXPECT_EQ(AddedUp(bounds->definition_level_histograms(), found.definition.size()),
              found.definition);
  }
}

TEST(SizeStatistics, CountTheLevelsAndTextsThatAReaderFinds) {
  Random random(31);
  for (int turn = 0; turn < 60; ++turn) {
    const table::Schema schema = SchemaGenerator(random).Make();
    const BatchPtr rows = Repeated(RandomRows(schema, 40, random), 300, random);
    WriterOptions options;
    options.page_rows = 1 + static_cast<int64_t>(random() % 100);
    options.page_index = true;
    options.page_version = turn % 2 == 0 ? 2 : 1;
    const auto file = Open(Encode(schema, {Cut(rows, random)}, options));
    for (int column = 0; column < file->metadata()->num_columns(); ++column)
      ExpectSizesFound(*file, column);
  }
}

TEST(PageIndex, KnowsPagesOfNullsAlone) {
  arrow::Int64Builder builder;
  ASSERT_TRUE(builder.AppendNulls(4).ok());
  ASSERT_TRUE(builder.AppendValues({5, 6, 7, 8}).ok());
  const auto schema = SchemaOf({NestedField::Optional(1, "n", Type::Long())});
  WriterOptions options;
  options.page_rows = 4;
  const std::string bytes =
      Encode(schema, {{OneColumn(builder.Finish().ValueOrDie(), schema)}}, options);
  const auto file = Open(bytes);
  const auto index = file->GetPageIndexReader()->RowGroup(0)->GetColumnIndex(0);
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(index->null_pages(), (std::vector<bool>{true, false}));
  EXPECT_EQ(index->null_counts(), (std::vector<int64_t>{4, 0}));
}

TEST(ParquetEncoder, TakesLimitsLargerThanAnyPage) {
  WriterOptions options;
  options.page_rows = options.dictionary_bytes = int64_t{1} << 50;
  options.page_bytes = int64_t{1} << 50;
  const auto rows = Texts(std::vector<std::string>(50'000, "the same"));
  ExpectSame(Encode({}, {{rows}}, options), {{rows}});
}

TEST(ParquetEncoder, RefusesTypesThatNoTableHasAndNamesTheColumn) {
  const auto layout = arrow::schema({arrow::field("small", arrow::int8())});
  const auto encoder = ParquetEncoder::Open(layout, {}, {}, [](std::string_view) { return Ok(); });
  ASSERT_FALSE(encoder.has_value());
  EXPECT_EQ(encoder.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(encoder.error().message.find("small"), std::string::npos);
}

TEST(ParquetEncoder, EndsWithTheErrorOfItsSinkWhereverThatFails) {
  const auto schema = SchemaOfAllTypes();
  Random random(2);
  const auto rows = Repeated(RandomRows(schema, 500, random), 9000, random);
  const auto encode = [&](int fails_at, int& writes) -> Status {
    FIRN_ASSIGN(const auto encoder,
                ParquetEncoder::Open(rows->schema(), schema, {}, [&](std::string_view) -> Status {
                  return writes++ == fails_at ? Status(Io("full")) : Ok();
                }));
    FIRN_TRY(encoder->WriteRowGroup({rows}, true));
    return encoder->WriteFooter();
  };
  int all = 0;
  ASSERT_THAT(encode(-1, all), IsOk());
  EXPECT_GT(all, 20);
  for (int fails_at = 0; fails_at < all; fails_at += 3) {
    int writes = 0;
    EXPECT_THAT(encode(fails_at, writes), IsError(ErrorKind::kIo));
    EXPECT_EQ(writes, fails_at + 1);
  }
}

}  // namespace
}  // namespace firn::datafile
