// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/deletion_vector.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "firn/base/bytes.h"
#include "firn/base/digest.h"
#include "firn/datafile/puffin.h"
#include "firn/datafile/testing.h"

namespace firn::datafile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kContainer = int64_t{1} << 16;
constexpr int64_t kBitmap = int64_t{1} << 32;

std::filesystem::path JavaVectors(const std::filesystem::path& shared) {
  return shared / "golden/iceberg-java/core/src/test/resources/org/apache/iceberg/deletes";
}

void AddRange(PositionBitmap& bitmap, int64_t first, int64_t end) {
  for (int64_t at = first; at < end; ++at)
    bitmap.Add(at);
}

PositionBitmap RandomBitmap(std::mt19937_64& random, std::set<int64_t>& model) {
  PositionBitmap bitmap;
  const int64_t bases[] = {0, 5 * kContainer, kBitmap, 3 * kBitmap + kContainer};
  for (int piece = 0; piece < 6; ++piece) {
    const int64_t base = bases[random() % 4];
    const auto size = static_cast<int64_t>(random() % 6000);
    const int64_t step = random() % 3 == 0 ? 1 : 1 + static_cast<int64_t>(random() % 9);
    std::vector<int64_t> positions;
    for (int64_t i = 0; i < size; ++i)
      positions.push_back(base + i * step);
    if (random() % 2 == 0) std::shuffle(positions.begin(), positions.end(), random);
    bitmap.Add(positions);
    model.insert(positions.begin(), positions.end());
  }
  return bitmap;
}

TEST(PositionBitmap, HoldsWhatASetHolds) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::set<int64_t> model;
    PositionBitmap bitmap = RandomBitmap(random, model);
    const PositionBitmap other = RandomBitmap(random, model);
    bitmap.Add(other);
    const std::vector<int64_t> all(model.begin(), model.end());
    EXPECT_EQ(bitmap.ToVector(), all);
    EXPECT_EQ(bitmap.cardinality(), static_cast<int64_t>(model.size()));
    EXPECT_THAT(PositionBitmap::Parse(bitmap.Serialize()), HasValue(bitmap));
    for (int i = 0; i < 50; ++i) {
      const int64_t first = all.empty() ? 0 : all[random() % all.size()] - 3;
      const int64_t end = first + static_cast<int64_t>(random() % 9000);
      const std::vector<int64_t> within(model.lower_bound(first), model.lower_bound(end));
      EXPECT_EQ(bitmap.Within(first, end), within);
      EXPECT_EQ(bitmap.Contains(first), model.contains(first));
    }
  }
}

TEST(PositionBitmap, TakesTheLargestPosition) {
  PositionBitmap bitmap;
  bitmap.Add(PositionBitmap::kPositionMax);
  EXPECT_THAT(bitmap.ToVector(), ElementsAre(PositionBitmap::kPositionMax));
  EXPECT_THAT(PositionBitmap::Parse(bitmap.Serialize()), HasValue(bitmap));
  EXPECT_FALSE(bitmap.Contains(-1));
}

TEST(PositionBitmap, ReadsTheExamplesOfTheRoaringFormat) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  const auto parse = [&](const char* name) {
    return PositionBitmap::Parse(ReadBytes(JavaVectors(shared) / name));
  };
  EXPECT_THAT(parse("64mapempty.bin"), HasValue(PositionBitmap()));
  for (const auto* name : {"64map32bitvals.bin", "64mapspreadvals.bin"}) {
    const auto bitmap = parse(name);
    ASSERT_THAT(bitmap, IsOk());
    EXPECT_GT(bitmap->cardinality(), 0);
    EXPECT_THAT(PositionBitmap::Parse(bitmap->Serialize()), HasValue(*bitmap));
  }
  EXPECT_THAT(parse("64maphighvals.bin"), IsError(ErrorKind::kCorrupt));
}

TEST(DeletionVector, ReadsAndWritesTheBytesThatJavaWrites) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  std::map<std::string, PositionBitmap> expected;
  expected["empty-position-index.bin"] = {};
  expected["small-alternating-values-position-index.bin"] =
      PositionBitmap::Of(std::vector<int64_t>{1, 3, 5, 7, 9});
  expected["small-and-large-values-position-index.bin"] =
      PositionBitmap::Of(std::vector<int64_t>{100, 101, INT32_MAX + 100L, INT32_MAX + 101L});
  PositionBitmap& all = expected["all-container-types-position-index.bin"];
  for (const int64_t base : {int64_t{0}, kBitmap}) {
    all.Add(base + (base == 0 ? 5 : 10));
    all.Add(base + (base == 0 ? 7 : 20));
    AddRange(all, base + kContainer + (base == 0 ? 1 : 10),
             base + kContainer + (base == 0 ? 1000 : 500));
    AddRange(all, base + 2 * kContainer + 1, base + 3 * kContainer - 1);
  }
  for (const auto& [name, bitmap] : expected) {
    SCOPED_TRACE(name);
    const std::string bytes = ReadBytes(JavaVectors(shared) / name);
    EXPECT_THAT(DecodeDeletionVector(bytes), HasValue(bitmap));
    EXPECT_EQ(HexEncode(EncodeDeletionVector(bitmap)), HexEncode(bytes));
  }
}

TEST(DeletionVector, ReadsTheVectorsOfOthersByTheirPlaceInTheFile) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  io::MemoryFileIO files;
  files.Replace("file:///p", ReadBytes(shared / "golden/iceberg-go/table/dv/testdata/deletes" /
                                       "multi-blob-dv.puffin"));
  const auto puffin = PuffinReader::Open(files, "file:///p");
  ASSERT_THAT(puffin, IsOk());
  for (const PuffinBlob& blob : puffin->footer().blobs) {
    table::DataFile deletes;
    deletes.file_path = "file:///p";
    deletes.content_offset = blob.offset;
    deletes.content_size_bytes = blob.length;
    deletes.record_count = std::stoll(*FindProperty(blob.properties, "cardinality"));
    EXPECT_THAT(ReadDeletionVector(files, deletes), IsOk());
    deletes.record_count += 1;
    EXPECT_THAT(ReadDeletionVector(files, deletes), HasMessage("cardinality"));
    deletes.content_offset = blob.offset + 1;
    EXPECT_THAT(ReadDeletionVector(files, deletes), IsError(ErrorKind::kCorrupt));
    deletes.content_size_bytes = int64_t{10} << 30;
    EXPECT_THAT(ReadDeletionVector(files, deletes), IsError(ErrorKind::kCorrupt));
    deletes.content_size_bytes.reset();
    EXPECT_THAT(ReadDeletionVector(files, deletes), IsError(ErrorKind::kCorrupt));
  }
}

// Puts a bitmap, right or wrong, into a payload that is right otherwise.
std::string Framed(const std::string& bitmap) {
  const std::string content = "\xD1\xD3\x39\x64" + bitmap;
  std::string payload;
  AppendLittleEndian(payload, __builtin_bswap32(static_cast<uint32_t>(content.size())));
  payload += content;
  AppendLittleEndian(payload, __builtin_bswap32(Crc32(content)));
  return payload;
}

TEST(DeletionVector, RefusesEveryChangedByte) {
  PositionBitmap bitmap = PositionBitmap::Of(std::vector<int64_t>{1, 3, 5, 70000, kBitmap + 1});
  AddRange(bitmap, 200'000, 200'300);
  const std::string payload = EncodeDeletionVector(bitmap);
  ASSERT_THAT(DecodeDeletionVector(payload), HasValue(bitmap));
  ASSERT_EQ(Framed(bitmap.Serialize()), payload);
  for (size_t at = 0; at < payload.size(); ++at) {
    std::string damaged = payload;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_THAT(DecodeDeletionVector(damaged), IsError(ErrorKind::kCorrupt)) << at;
    EXPECT_THAT(DecodeDeletionVector(payload.substr(0, at)), IsError(ErrorKind::kCorrupt)) << at;
  }
}

TEST(DeletionVector, RefusesBitmapsThatLieOfThemselves) {
  const auto number = [](auto value) {
    std::string bytes;
    AppendLittleEndian(bytes, value);
    return bytes;
  };
  const auto one = number(uint64_t{1});
  const auto key = number(uint32_t{0});
  const auto array = number(uint32_t{12346}) + number(uint32_t{1}) + number(uint16_t{0}) +
                     number(uint16_t{1}) + number(uint32_t{16});
  const auto good = one + key + array + number(uint16_t{1}) + number(uint16_t{2});
  ASSERT_THAT(PositionBitmap::Parse(good), IsOk());
  const std::string runs = number(uint32_t{12347}) + "\1" + number(uint16_t{0}) +
                           number(uint16_t{9}) + number(uint16_t{1});
  ASSERT_THAT(PositionBitmap::Parse(one + key + runs + number(uint16_t{0}) + number(uint16_t{9})),
              IsOk());
  const std::vector<std::string> broken = {
      "",
      number(uint64_t{1} << 60),
      one + number(uint32_t{0x80000000}) + array + number(uint16_t{1}) + number(uint16_t{2}),
      number(uint64_t{2}) + good.substr(8) + good.substr(8),               // Equal keys.
      one + key + array + number(uint16_t{2}) + number(uint16_t{1}),       // Not ascending.
      one + key + array + number(uint16_t{1}) + number(uint16_t{1}),       // Twice.
      good + "x",                                                          // Something behind.
      one + key + number(uint32_t{12346}) + number(uint32_t{0xFFFFFFFF}),  // Containers.
      one + key + number(uint32_t{12345}) + number(uint32_t{0}),           // Cookie.
      one + key + runs + number(uint16_t{0}) + number(uint16_t{8}),        // Cardinality.
      one + key + runs + number(uint16_t{0xFFFF}) + number(uint16_t{9}),   // Past the end.
      one + key + number(uint32_t{12346}) + number(uint32_t{1}) + number(uint16_t{0}) +
          number(uint16_t{0xFFFF}) + number(uint32_t{16}) + std::string(8192, '\0'),  // No bits.
  };
  for (size_t i = 0; i < broken.size(); ++i) {
    EXPECT_THAT(PositionBitmap::Parse(broken[i]), IsError(ErrorKind::kCorrupt)) << i;
    EXPECT_THAT(DecodeDeletionVector(Framed(broken[i])), IsError(ErrorKind::kCorrupt)) << i;
  }
}

}  // namespace
}  // namespace firn::datafile
