// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/writer_options.h"

#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/column_kinds.h"
#include "firn/table/nested_field.h"

namespace firn::datafile {
namespace {

TEST(WriterOptions, AreThoseOfIcebergWithoutProperties) {
  const auto options = WriterOptionsFrom({}).value();
  EXPECT_EQ(options.compression, (Compression{Codec::kZstd, std::nullopt}));
  EXPECT_EQ(options.row_group_bytes, 128 << 20);
  EXPECT_EQ(options.target_file_bytes, 512 << 20);
}

TEST(WriterOptions, ReadTheTablesProperties) {
  const auto options = WriterOptionsFrom({{"write.parquet.compression-codec", "GZIP"},
                                          {"write.parquet.compression-level", "9"},
                                          {"write.parquet.page-size-bytes", "4096"},
                                          {"write.target-file-size-bytes", "1000"}})
                           .value();
  EXPECT_EQ(options.compression, (Compression{Codec::kGzip, 9}));
  EXPECT_EQ(options.page_bytes, 4096);
  EXPECT_EQ(options.target_file_bytes, 1000);
}

TEST(WriterOptions, RefuseALevelThatTheCodecDoesNotTake) {
  for (const char* codec : {"snappy", "lz4", "uncompressed"}) {
    const auto options = WriterOptionsFrom(
        {{"write.parquet.compression-codec", codec}, {"write.parquet.compression-level", "3"}});
    EXPECT_THAT(options, IsError(ErrorKind::kInvalidArgument));
    EXPECT_THAT(options, HasMessage(std::string("the codec ") + codec +
                                    " takes no level: write.parquet.compression-level, 3"));
  }
  EXPECT_THAT(WriterOptionsFrom({{"firn.parquet.compression-codec.column.a", "snappy"},
                                 {"firn.parquet.compression-level.column.a", "3"}}),
              HasMessage("takes no level: firn.parquet.compression-level.column.a, 3"));
}

TEST(WriterOptions, TakeNoLevelFromWhatJavaWritesForNone) {
  EXPECT_THAT(WriterOptionsFrom({{"write.parquet.compression-codec", "snappy"},
                                 {"write.parquet.compression-level", "null"}}),
              IsOk());
}

TEST(WriterOptions, GiveColumnsTheirOwnCodecAndLevel) {
  const auto options = WriterOptionsFrom({{"write.parquet.compression-level", "3"},
                                          {"firn.parquet.compression-codec.column.a.b", "snappy"},
                                          {"firn.parquet.compression-level.column.raw", "12"}})
                           .value();
  EXPECT_EQ(options.columns.at("a.b"), (Compression{Codec::kSnappy, std::nullopt}));
  EXPECT_EQ(options.columns.at("raw"), (Compression{Codec::kZstd, 12}));
}

TEST(WriterOptions, NameThePropertyThatIsWrong) {
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"write.parquet.compression-codec", "lzo"},
                                          {"write.parquet.compression-level", "99"},
                                          {"write.parquet.row-group-size-bytes", "128MB"},
                                          {"write.target-file-size-bytes", "-1"}}) {
    const auto options = WriterOptionsFrom({{key, value}});
    EXPECT_THAT(options, IsError(ErrorKind::kInvalidArgument));
    EXPECT_THAT(options, HasMessage(key + ", " + value));
  }
}

TEST(WriterOptions, ReadWhenAFileEnds) {
  const auto options = WriterOptionsFrom({{"firn.write.max-file-size-bytes", "1000"},
                                          {"firn.write.max-file-rows", "7"},
                                          {"firn.write.max-file-age-ms", "60000"},
                                          {"firn.write.rotation-timeout-ms", "5000"}})
                           .value();
  EXPECT_EQ(options.file_bytes_max, 1000);
  EXPECT_EQ(options.file_rows_max, 7);
  EXPECT_EQ(options.file_age_max, Millis{60'000});
  EXPECT_EQ(options.rotation_timeout, Millis{5000});
}

TEST(WriterOptions, ReadHowColumnsAreStored) {
  const auto options = WriterOptionsFrom({{"firn.parquet.encoding.column.a", "byte-stream-split"},
                                          {"firn.parquet.page-index", "false"},
                                          {"write.parquet.bloom-filter-enabled.column.b", "true"},
                                          {"write.parquet.bloom-filter-fpp.column.b", "0.05"},
                                          {"write.parquet.bloom-filter-ndv.column.b", "1000"},
                                          {"write.parquet.bloom-filter-max-bytes", "4096"}})
                           .value();
  EXPECT_EQ(options.storage.at("a").encoding, ColumnEncoding::kByteStreamSplit);
  EXPECT_EQ(options.storage.at("b"), (ColumnStorage{std::nullopt, true, 0.05, 1000}));
  EXPECT_EQ(options.bloom_filter_bytes_max, 4096);
  EXPECT_EQ(options.page_index, false);
}

TEST(WriterOptions, RefuseStorageThatDoesNotExist) {
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"firn.parquet.encoding.column.a", "rle"},
                                          {"firn.parquet.page-index", "maybe"},
                                          {"firn.parquet.compression-codec.type.text", "zstd"},
                                          {"write.parquet.bloom-filter-enabled.column.a", "yes"},
                                          {"write.parquet.bloom-filter-fpp.column.a", "1"}}) {
    EXPECT_THAT(WriterOptionsFrom({{key, value}}), IsError(ErrorKind::kInvalidArgument)) << key;
  }
}

using table::NestedField;
using table::Type;

// A table of ids, texts and a measure in a struct.
table::Schema Columns() {
  return table::Schema::Make(
             table::SchemaId(0),
             {NestedField::Required(1, "id", Type::Long()),
              NestedField::Optional(2, "raw_json", Type::String()),
              NestedField::Optional(3, "note", Type::String()),
              NestedField::Optional(
                  4, "s", Type::Struct({NestedField::Optional(5, "x_json", Type::String())}))})
      .value();
}

TEST(ApplyToColumns, TakesTheColumnItselfThenPatternsThenTypes) {
  auto options = WriterOptionsFrom({{"firn.parquet.compression-codec.column.*_json", "zstd"},
                                    {"firn.parquet.compression-level.column.*_json", "12"},
                                    {"firn.parquet.compression-codec.column.s.*", "gzip"},
                                    {"firn.parquet.compression-codec.column.raw*json", "brotli"},
                                    {"firn.parquet.compression-codec.type.string", "lz4"}})
                     .value();
  ASSERT_THAT(ApplyToColumns(Columns(), options), IsOk());
  EXPECT_EQ(options.columns.at("raw_json"), (Compression{Codec::kBrotli, std::nullopt}));
  EXPECT_EQ(options.columns.at("s.x_json"), (Compression{Codec::kZstd, 12}));
  EXPECT_EQ(options.columns.at("note"), (Compression{Codec::kLz4, std::nullopt}));
  EXPECT_FALSE(options.columns.contains("id"));
}

TEST(ApplyToColumns, LeavesColumnsWithAnOverrideOfTheirOwnAlone) {
  auto options = WriterOptionsFrom({{"firn.parquet.compression-codec.column.s", "snappy"},
                                    {"firn.parquet.compression-codec.type.string", "lz4"}})
                     .value();
  ASSERT_THAT(ApplyToColumns(Columns(), options), IsOk());
  EXPECT_FALSE(options.columns.contains("s.x_json"));
}

TEST(ApplyToColumns, RefusesWhatTheTypeOfAColumnDoesNotTake) {
  for (const auto& [property, value] : std::map<std::string, std::string>{
           {"firn.parquet.encoding.column.note", "delta-binary-packed"},
           {"firn.parquet.encoding.column.id", "delta-byte-array"},
           {"firn.parquet.encoding.column.s", "plain"},
           {"write.parquet.bloom-filter-enabled.column.s", "true"}}) {
    auto options = WriterOptionsFrom({{property, value}}).value();
    const Status applied = ApplyToColumns(Columns(), options);
    EXPECT_THAT(applied, IsError(ErrorKind::kInvalidArgument));
    EXPECT_THAT(applied, HasMessage(property));
  }
}

TEST(FitsPattern, LetsStarsStandForAnything) {
  EXPECT_TRUE(FitsPattern("abc", "*"));
  EXPECT_TRUE(FitsPattern("abc", "a*c"));
  EXPECT_TRUE(FitsPattern("abcbc", "a*bc"));
  EXPECT_TRUE(FitsPattern("a", "a**"));
  EXPECT_FALSE(FitsPattern("abc", "a*b"));
  EXPECT_FALSE(FitsPattern("abc", "abcd*"));
  EXPECT_FALSE(FitsPattern("", "?"));
}

TEST(WriterOptionsFrom, KnowsTwoVersionsOfPages) {
  EXPECT_EQ(WriterOptionsFrom({})->page_version, 2);
  EXPECT_EQ(WriterOptionsFrom({{"write.parquet.page-version", "v1"}})->page_version, 1);
  EXPECT_THAT(WriterOptionsFrom({{"write.parquet.page-version", "1"}}),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::datafile
