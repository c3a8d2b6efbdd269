// SPDX-License-Identifier: Apache-2.0

#include <zstd.h>

#include "firn/avro/encoder.h"
#include "firn/avro/file_reader.h"
#include "firn/avro/file_writer.h"
#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"

namespace firn::avro {
namespace {

constexpr std::string_view kSchema =
    R"({"type":"record","name":"r","fields":[{"name":"n","type":"long"},)"
    R"({"name":"s","type":["null","string"]}]})";
constexpr std::string_view kLocation = "file:///t/a.avro";

std::string RecordOf(int64_t number) {
  std::string object;
  AppendLong(object, number);
  AppendLong(object, number % 2);
  if (number % 2 == 1) AppendBytes(object, "text " + std::to_string(number));
  return object;
}

Result<int64_t> WriteNumbers(io::FileIO& io, int64_t count, Codec codec) {
  FIRN_ASSIGN(auto file, io.Create(kLocation));
  FIRN_ASSIGN(auto writer, FileWriter::Open(std::move(file), kSchema, {{"k", "v"}}, codec));
  for (int64_t number = 0; number < count; ++number) {
    FIRN_TRY(writer.Append(RecordOf(number)));
  }
  return writer.Close();
}

Result<FileReader> OpenFile(io::FileIO& io, FileLimits limits = {}) {
  FIRN_ASSIGN(auto file, io.Open(kLocation));
  return FileReader::Open(std::move(file), limits);
}

Result<int64_t> CountNumbers(io::FileIO& io, FileLimits limits = {}) {
  FIRN_ASSIGN(FileReader reader, OpenFile(io, limits));
  for (int64_t expected = 0;; ++expected) {
    FIRN_ASSIGN(const bool more, reader.Next());
    if (!more) return expected;
    FIRN_ASSIGN(const int64_t number, reader.decoder().ReadLong());
    if (number != expected) return Corrupt("not the number expected", number, expected);
    FIRN_TRY(reader.decoder().Skip(*reader.schema().fields[1].schema));
  }
}

TEST(AvroFile, GivesBackWhatWasWritten) {
  for (const Codec codec : {Codec::kNull, Codec::kDeflate}) {
    for (const int64_t count : {0, 1, 10, 100'000}) {
      io::MemoryFileIO io;
      ASSERT_THAT(WriteNumbers(io, count, codec), IsOk());
      EXPECT_THAT(CountNumbers(io), HasValue(count));
    }
  }
}

TEST(AvroFile, KeepsItsMetadata) {
  io::MemoryFileIO io;
  ASSERT_THAT(WriteNumbers(io, 1, Codec::kDeflate), IsOk());
  const auto reader = OpenFile(io);
  ASSERT_THAT(reader, IsOk());
  ASSERT_NE(reader->Metadata("k"), nullptr);
  EXPECT_EQ(*reader->Metadata("k"), "v");
  EXPECT_EQ(reader->Metadata("absent"), nullptr);
}

TEST(AvroFile, ReportsTheSizeItHas) {
  io::MemoryFileIO io;
  const auto size = WriteNumbers(io, 1000, Codec::kDeflate);
  EXPECT_THAT(size, HasValue(static_cast<int64_t>(io.ReadAll(kLocation, 1 << 30)->size())));
}

// The header of a file written without objects, up to and with its sync marker.
std::string EmptyFile(std::string_view codec) {
  io::MemoryFileIO io;
  WriteNumbers(io, 0, Codec::kNull).value();
  std::string bytes = *io.ReadAll(kLocation, 1 << 20);
  std::string wanted;
  AppendBytes(wanted, codec);
  const size_t at = bytes.find(std::string("\x08null", 5));
  return bytes.replace(at, 5, wanted);
}

std::string Block(int64_t count, std::string_view bytes, const std::string& file) {
  std::string block;
  AppendLong(block, count);
  AppendLong(block, static_cast<int64_t>(bytes.size()));
  return block.append(bytes) + file.substr(file.size() - 16);
}

TEST(AvroFile, ReadsZstandardBlocks) {
  const std::string objects = RecordOf(0) + RecordOf(1) + RecordOf(2);
  std::string packed(ZSTD_compressBound(objects.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), objects.data(), objects.size(), 3));
  const std::string file = EmptyFile("zstandard");
  io::MemoryFileIO io;
  io.Replace(kLocation, file + Block(3, packed, file));
  EXPECT_THAT(CountNumbers(io), HasValue(3));
}

TEST(AvroFile, RefusesUnknownCodecs) {
  const std::string file = EmptyFile("lzma");
  io::MemoryFileIO io;
  io.Replace(kLocation, file + Block(1, RecordOf(0), file));
  EXPECT_THAT(CountNumbers(io), IsError(ErrorKind::kUnsupported));
}

TEST(AvroFile, RefusesBlocksThatClaimMoreThanThereIs) {
  const std::string file = EmptyFile("null");
  io::MemoryFileIO io;
  io.Replace(kLocation, file + Block(int64_t{1} << 40, RecordOf(0), file));
  EXPECT_THAT(CountNumbers(io), IsError(ErrorKind::kCorrupt));
  std::string claim;
  AppendLong(claim, 1);
  AppendLong(claim, int64_t{1} << 40);
  io.Replace(kLocation, file + claim + "xx");
  EXPECT_THAT(CountNumbers(io), IsError(ErrorKind::kCorrupt));
  io.Replace(kLocation, file + Block(1, RecordOf(0) + "left over", file));
  EXPECT_THAT(CountNumbers(io), IsError(ErrorKind::kCorrupt));
}

TEST(AvroFile, RefusesEveryFileThatIsCut) {
  io::MemoryFileIO io;
  ASSERT_THAT(WriteNumbers(io, 50, Codec::kDeflate), IsOk());
  const std::string whole = *io.ReadAll(kLocation, 1 << 20);
  const std::string empty = EmptyFile("deflate");
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size == empty.size()) continue;  // Cut between blocks: a whole file without objects.
    io.Replace(kLocation, whole.substr(0, size));
    EXPECT_THAT(CountNumbers(io), IsError(ErrorKind::kCorrupt)) << size;
  }
}

TEST(AvroFile, StopsAtTheLimitOfABlock) {
  io::MemoryFileIO io;
  ASSERT_THAT(WriteNumbers(io, 10'000, Codec::kDeflate), IsOk());
  EXPECT_THAT(CountNumbers(io, {1 << 20, 1000}), IsError(ErrorKind::kResourceExhausted));
}

TEST(Decoder, GivesBackNumbers) {
  FixedEnv env;
  std::string bytes;
  std::vector<int64_t> numbers = {0, 1, -1, INT64_MAX, INT64_MIN};
  for (int at = 0; at < 64; ++at)
    numbers.push_back(static_cast<int64_t>(env.Random64() >> at));
  for (const int64_t number : numbers)
    AppendLong(bytes, number);
  Decoder decoder(bytes);
  for (const int64_t number : numbers)
    EXPECT_THAT(decoder.ReadLong(), HasValue(number));
  EXPECT_TRUE(decoder.at_end());
}

TEST(Decoder, RefusesItemsThatAreNotThere) {
  std::string bytes;
  AppendLong(bytes, int64_t{1} << 50);
  Decoder decoder(bytes);
  EXPECT_THAT(decoder.ReadItems([] { return Ok(); }), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::avro
