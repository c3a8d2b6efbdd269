// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/writer_options.h"

#include <gtest/gtest.h>

#include "firn/base/testing.h"

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

TEST(WriterOptions, DropALevelThatTheCodecDoesNotTake) {
  const auto options = WriterOptionsFrom(
      {{"write.parquet.compression-codec", "snappy"}, {"write.parquet.compression-level", "3"}});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->compression.level, std::nullopt);
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

}  // namespace
}  // namespace firn::datafile
