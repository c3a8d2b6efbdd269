// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/writer_defaults.h"

#include "firn/base/testing.h"
#include "firn/lakehouse/config.h"

namespace firn::lakehouse {
namespace {

using datafile::Codec;
using datafile::Compression;

datafile::WriterDefaults DefaultsOf(std::string_view text) {
  return WriterDefaultsOf(ParseConfig(text, "firn.toml").value());
}

TEST(WriterDefaults, LeaveTheCodecToTheTableWhereTheConfigurationIsSilent) {
  const auto defaults = DefaultsOf("");
  EXPECT_FALSE(defaults.properties.contains("write.parquet.compression-codec"));
  const auto options = datafile::WriterOptionsFrom({}, defaults).value();
  EXPECT_EQ(options.file_bytes_max, 50'000'000'000);
  EXPECT_EQ(options.rotation_timeout, Millis{300'000});
}

TEST(WriterDefaults, SayWhatTheConfigurationSays) {
  const auto defaults = DefaultsOf(
      "[storage.parquet]\nmax_file_size = \"1GB\"\nrotation_timeout = \"2m\"\n"
      "[storage.parquet.compression]\ndefault = \"zstd:5\"\n"
      "column_overrides = { content = \"brotli:9\", \"*_id\" = \"snappy\", \"type:binary\" = "
      "\"none\" }");
  const auto options = datafile::WriterOptionsFrom({}, defaults).value();
  EXPECT_EQ(options.file_bytes_max, 1'000'000'000);
  EXPECT_EQ(options.rotation_timeout, Millis{120'000});
  EXPECT_EQ(options.compression, (Compression{Codec::kZstd, 5}));
  EXPECT_EQ(options.columns.at("content"), (Compression{Codec::kBrotli, 9}));
  ASSERT_EQ(options.rules.size(), 2u);
  EXPECT_EQ(options.rules[0].pattern, "*_id");
  EXPECT_EQ(options.rules[1].type, "binary");
}

TEST(WriterDefaults, LeaveMemoryToWhatNobodyCounts) {
  const LakeConfig config = ParseConfig("[memory]\nmax_usage = \"400MB\"\n", "firn.toml").value();
  EXPECT_EQ(WriterMemory(config), 100'000'000);
  EXPECT_EQ(EngineMemory(config), 200'000'000);
}

TEST(WriterDefaults, GiveWayToTheTable) {
  const auto defaults = DefaultsOf("[storage.parquet.compression]\ndefault = \"zstd:5\"\n");
  const auto codec =
      datafile::WriterOptionsFrom({{"write.parquet.compression-codec", "snappy"}}, defaults);
  ASSERT_THAT(codec, IsOk());
  EXPECT_EQ(codec->compression, (Compression{Codec::kSnappy, std::nullopt}));
  const auto snappy = DefaultsOf("[storage.parquet.compression]\ndefault = \"snappy\"\n");
  const auto level =
      datafile::WriterOptionsFrom({{"write.parquet.compression-level", "9"}}, snappy);
  ASSERT_THAT(level, IsOk());
  EXPECT_EQ(level->compression, (Compression{Codec::kZstd, 9}));
}

TEST(WriterDefaults, RefuseWhatNoWriterTakes) {
  const auto refuses = [](const std::string& entry, const std::string& place) {
    EXPECT_THAT(ParseConfig("[storage.parquet.compression]\n" + entry, "f"),
                HasMessage("f:2: storage.parquet.compression." + place + " must be"));
  };
  refuses("default = \"lzo\"", "default");
  refuses("default = \"snappy:3\"", "default");
  refuses("column_overrides = { a = \"zstd:99\" }", "column_overrides.a");
  refuses("column_overrides = { \"type:text\" = \"zstd\" }", "column_overrides.type:text");
}

}  // namespace
}  // namespace firn::lakehouse
