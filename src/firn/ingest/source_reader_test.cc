// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/source_reader.h"

#include <algorithm>
#include <random>

#include "firn/base/digest.h"
#include "firn/base/testing.h"
#include "firn/ingest/positions.h"
#include "firn/io/memory_file_io.h"

namespace firn::ingest {
namespace {

constexpr char kLocation[] = "memory:///file";

std::string RandomBytes(size_t length, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(length, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  return bytes;
}

std::shared_ptr<const io::InputFile> Input(io::MemoryFileIO& files, std::string_view bytes) {
  EXPECT_THAT(files.WriteAll(kLocation, bytes), IsOk());
  auto input = files.Open(kLocation);
  EXPECT_THAT(input, IsOk());
  return std::move(*input);
}

TEST(SourceReader, HandsOutExactlyTheBytesInOrder) {
  io::MemoryFileIO files;
  const std::string bytes = RandomBytes(5'000'000, 1);
  auto reader = SourceReader::Open(Input(files, bytes), 100, 4'999'999);
  ASSERT_THAT(reader, IsOk());
  std::mt19937 random(3);
  std::string seen;
  while (true) {
    const size_t take = std::min<size_t>(random() % 300'000, (*reader)->window().size());
    seen.append((*reader)->window().substr(0, take));
    (*reader)->Consume(take);
    EXPECT_EQ((*reader)->offset(), 100 + static_cast<int64_t>(seen.size()));
    if (!(*reader)->window().empty()) continue;
    auto more = (*reader)->More();
    ASSERT_THAT(more, IsOk());
    if (!*more) break;
  }
  EXPECT_EQ(seen, bytes.substr(100, 4'999'899));
}

TEST(SourceReader, LengthensTheWindowUntilOneRecordFits) {
  io::MemoryFileIO files;
  const std::string bytes = RandomBytes(9'000'000, 2);
  auto reader = SourceReader::Open(Input(files, bytes), 0, 9'000'000);
  ASSERT_THAT(reader, IsOk());
  while (*(*reader)->More()) {
  }
  EXPECT_EQ((*reader)->window(), bytes);
  EXPECT_TRUE((*reader)->at_end());
}

// The hashes must not depend on the steps in which the bytes were taken, nor on where one began.
TEST(SourceReader, HashesAreThoseOfTheFileUpToTheOffset) {
  io::MemoryFileIO files;
  const std::string bytes = RandomBytes(3'000'000, 4);
  const auto input = Input(files, bytes);
  std::mt19937 random(5);
  for (const int64_t from : {0, 1, 1000, 16'384, 16'385, 40'000, 2'000'000}) {
    auto reader = SourceReader::Open(input, from, 3'000'000, true);
    ASSERT_THAT(reader, IsOk());
    for (int step = 0; step < 60; ++step) {
      if ((*reader)->window().size() < 60'000) (*reader)->More().Ignore("may be at the end");
      const size_t most = step % 3 == 0 ? 60'000 : 50;
      (*reader)->Consume(std::min<size_t>(random() % most, (*reader)->window().size()));
      const auto edges = HashEdges(*input, (*reader)->offset());
      ASSERT_THAT(edges, IsOk());
      ASSERT_EQ((*reader)->prefix_hash(), edges->prefix_hash) << (*reader)->offset();
      ASSERT_EQ((*reader)->tail_hash(), edges->tail_hash) << (*reader)->offset();
    }
    EXPECT_THAT(HashContent(*input, (*reader)->offset()), HasValue((*reader)->content_hash()));
  }
}

TEST(SourceReader, ConsumesTheRestUnread) {
  io::MemoryFileIO files;
  const auto input = Input(files, RandomBytes(100'000, 6));
  auto reader = SourceReader::Open(input, 0, 100'000, true);
  ASSERT_THAT(reader, IsOk());
  ASSERT_THAT((*reader)->ConsumeRest(), IsOk());
  const auto edges = HashEdges(*input, 100'000);
  EXPECT_EQ((*reader)->offset(), 100'000);
  EXPECT_EQ((*reader)->tail_hash(), edges->tail_hash);
  EXPECT_THAT(HashContent(*input, 100'000), HasValue((*reader)->content_hash()));
}

TEST(SourceReader, RefusesAFileThatIsShorterThanWhereToGoOn) {
  io::MemoryFileIO files;
  EXPECT_THAT(SourceReader::Open(Input(files, "abc"), 4, 10), IsError(ErrorKind::kIo));
}

TEST(HashEdges, DiffersWhereAnEdgeWasChanged) {
  io::MemoryFileIO files;
  std::string bytes = RandomBytes(100'000, 8);
  const auto before = HashEdges(*Input(files, bytes), 90'000);
  ASSERT_THAT(files.Delete(kLocation), IsOk());
  bytes[89'999] ^= 1;
  const auto after = HashEdges(*Input(files, bytes), 90'000);
  EXPECT_EQ(before->prefix_hash, after->prefix_hash);
  EXPECT_NE(before->tail_hash, after->tail_hash);
}

TEST(CountByte, CountsInBytesOfAnyLength) {
  for (const size_t length : {0, 1, 15, 16, 17, 100, 16 * 255, 16 * 256 + 5, 20'000}) {
    std::string bytes(length, 'x');
    EXPECT_EQ(CountByte(bytes, 'x'), static_cast<int64_t>(length));
    EXPECT_EQ(CountByte(bytes, 'y'), 0);
    for (size_t at = 0; at < length; at += 7)
      bytes[at] = '\xff';
    EXPECT_EQ(CountByte(bytes, '\xff'), static_cast<int64_t>((length + 6) / 7));
  }
}

}  // namespace
}  // namespace firn::ingest
