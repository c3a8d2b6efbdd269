// SPDX-License-Identifier: Apache-2.0

#include "firn/base/compression.h"

#include <zstd.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"

namespace firn {
namespace {

std::string SomeBytes(size_t size, uint64_t seed) {
  FixedEnv env(TimeUs{0}, seed);
  std::string bytes;
  while (bytes.size() < size) {
    bytes.append(env.Random64() % 50, static_cast<char>(env.Random64()));
  }
  bytes.resize(size);
  return bytes;
}

TEST(Compression, GivesBackWhatItDeflated) {
  for (const DeflateFormat format : {DeflateFormat::kRaw, DeflateFormat::kGzip}) {
    for (const size_t size : {0, 1, 100, 65536, 300000}) {
      const std::string bytes = SomeBytes(size, size + 1);
      const auto packed = Deflate(bytes, format);
      ASSERT_THAT(packed, IsOk());
      EXPECT_THAT(Inflate(*packed, format, size), HasValue(bytes));
    }
  }
}

TEST(Compression, StopsAtTheLimit) {
  const auto bomb = Deflate(std::string(50'000'000, 'x'), DeflateFormat::kGzip);
  ASSERT_THAT(bomb, IsOk());
  ASSERT_LT(bomb->size(), 100'000u);
  EXPECT_THAT(Inflate(*bomb, DeflateFormat::kGzip, 1'000'000),
              IsError(ErrorKind::kResourceExhausted));
}

// The first room for a stream is several times its size; this one needs far more.
TEST(Compression, FindsTheRoomForWhatExpandsManyTimes) {
  const std::string bytes(3'000'000, 'x');
  for (const DeflateFormat format : {DeflateFormat::kRaw, DeflateFormat::kGzip}) {
    const auto packed = Deflate(bytes, format);
    ASSERT_THAT(packed, IsOk());
    EXPECT_THAT(Inflate(*packed, format, bytes.size()), HasValue(bytes));
    EXPECT_THAT(Inflate(*packed, format, bytes.size() - 1), IsError(ErrorKind::kResourceExhausted));
  }
}

TEST(Compression, InflatesStreamsOfAnySizeOneAfterAnother) {
  Inflater inflater(DeflateFormat::kRaw, 4'000'000);
  for (const size_t size : {300'000, 0, 3'900'000, 7, 100'000}) {
    const std::string bytes = SomeBytes(size, size + 3);
    const auto packed = Deflate(bytes, DeflateFormat::kRaw);
    ASSERT_THAT(packed, IsOk());
    EXPECT_THAT(inflater.Inflate(*packed), HasValue(bytes));
    EXPECT_THAT(inflater.Inflate(packed->substr(0, packed->size() / 2)),
                IsError(ErrorKind::kCorrupt));
  }
}

TEST(Compression, RefusesCutAndDamagedStreams) {
  const auto packed = Deflate(SomeBytes(10000, 5), DeflateFormat::kGzip);
  ASSERT_THAT(packed, IsOk());
  EXPECT_THAT(Inflate(packed->substr(0, packed->size() / 2), DeflateFormat::kGzip, 1 << 20),
              IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Inflate("no gzip", DeflateFormat::kGzip, 1 << 20), IsError(ErrorKind::kCorrupt));
}

TEST(Compression, ReadsZstdWithinTheLimit) {
  const std::string bytes = SomeBytes(300000, 9);
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 3));
  EXPECT_TRUE(IsZstd(packed));
  EXPECT_THAT(ZstdDecompress(packed, bytes.size()), HasValue(bytes));
  EXPECT_THAT(ZstdDecompress(packed, 1000), IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(ZstdDecompress(packed.substr(0, packed.size() - 9), bytes.size()),
              IsError(ErrorKind::kCorrupt));
}

TEST(Compression, GivesBackWhatZstdAndLz4Compressed) {
  for (const size_t size : {0, 1, 100, 65536, 300000}) {
    const std::string bytes = SomeBytes(size, size + 1);
    const auto zstd = ZstdCompress(bytes);
    ASSERT_THAT(zstd, IsOk());
    EXPECT_EQ(ZSTD_getFrameContentSize(zstd->data(), zstd->size()), size);
    EXPECT_THAT(ZstdDecompress(*zstd, size), HasValue(bytes));
    const auto lz4 = Lz4Compress(bytes);
    ASSERT_THAT(lz4, IsOk());
    EXPECT_THAT(Lz4Decompress(*lz4, size), HasValue(bytes));
  }
}

TEST(Compression, RefusesLz4FramesThatAreTooLargeCutDamagedOrFollowed) {
  const auto bomb = Lz4Compress(std::string(50'000'000, 'x'));
  ASSERT_THAT(bomb, IsOk());
  EXPECT_THAT(Lz4Decompress(*bomb, 1'000'000), IsError(ErrorKind::kResourceExhausted));
  const auto packed = Lz4Compress(SomeBytes(10000, 5));
  ASSERT_THAT(packed, IsOk());
  EXPECT_THAT(Lz4Decompress(packed->substr(0, packed->size() / 2), 1 << 20),
              IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Lz4Decompress("no frame at all", 1 << 20), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Lz4Decompress(*packed + "x", 1 << 20), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Lz4Decompress("", 1 << 20), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn
