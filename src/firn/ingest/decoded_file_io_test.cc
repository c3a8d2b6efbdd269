// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/decoded_file_io.h"

#include <filesystem>

#include "firn/base/compression.h"
#include "firn/base/testing.h"
#include "firn/ingest/testing.h"
#include "firn/io/memory_file_io.h"

namespace firn::ingest {
namespace {

constexpr char kLocation[] = "file:///s/a";

Result<std::string> Read(std::string bytes, bool* decoded = nullptr,
                         const DecodeLimits& limits = {}) {
  const ScratchFolder folder;
  io::MemoryFileIO files;
  files.Replace(kLocation, std::move(bytes));
  DecodedFileIO decoding(files, folder.path().string(), limits);
  FIRN_ASSIGN(const auto file, decoding.Open(kLocation));
  if (decoded != nullptr) *decoded = IsDecoded(*file);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  return file->Read(0, file->size_bytes());
}

const std::string kText = "id,name\n1,a\n";
const std::string kBzip2(
    "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xc8\xbb\xe2\xeb\x00\x00\x04\xd9\x00\x00"
    "\x10\x00\x04\x20\x00\x26\x23\x20\x00\x31\x06\x4c\x41\x01\xe9\x34\x20\x42\xe7\xc3"
    "\x5e\x2e\xe4\x8a\x70\xa1\x21\x91\x77\xc5\xd6",
    51);

TEST(DecodedFileIO, ShowsTheTextOfCompressedFiles) {
  EXPECT_THAT(Read(*Deflate(kText, DeflateFormat::kGzip)), HasValue(kText));
  EXPECT_THAT(Read(*ZstdCompress(kText)), HasValue(kText));
  EXPECT_THAT(Read(kBzip2), HasValue(kText));
  // Files may be joined.
  EXPECT_THAT(Read(*Deflate(kText, DeflateFormat::kGzip) + *Deflate("2,b\n", DeflateFormat::kGzip)),
              HasValue(kText + "2,b\n"));
}

TEST(DecodedFileIO, HoldsALongTextInAFileWithoutAName) {
  std::string text;
  while (text.size() < (size_t{20} << 20))
    text += std::to_string(text.size()) + ",some text\n";
  EXPECT_TRUE(Read(*ZstdCompress(text)).value() == text);
}

TEST(DecodedFileIO, ShowsUtf16AsUtf8) {
  using std::string_literals::operator""s;
  EXPECT_THAT(Read("\xff\xfe"
                   "a\0\xe4\0\xac\x20\x3d\xd8\x00\xde"s),
              HasValue("a\u00e4\u20ac\U0001f600"s));
  EXPECT_THAT(Read("\xfe\xff"
                   "\0a\xd8\x3d\0b"s),
              HasValue("a\ufffd"
                       "b"s));
  EXPECT_THAT(Read("\xff\xfe"
                   "a"s),
              IsError(ErrorKind::kCorrupt));
}

TEST(DecodedFileIO, LeavesOtherFilesAsTheyAre) {
  bool decoded = true;
  EXPECT_THAT(Read(kText, &decoded), HasValue(kText));
  EXPECT_FALSE(decoded);
  EXPECT_THAT(Read(""), HasValue(""));
}

// Wherever a compressed file is cut, it is said; a cut in its first bytes leaves no compressed
// file.
TEST(DecodedFileIO, SaysWhereACompressedFileIsCut) {
  for (const std::string& bytes :
       {*Deflate(kText, DeflateFormat::kGzip), *ZstdCompress(kText), kBzip2}) {
    ASSERT_THAT(Read(bytes), HasValue(kText));
    for (size_t length = 4; length < bytes.size(); ++length) {
      const auto cut = Read(bytes.substr(0, length));
      EXPECT_THAT(cut, IsError(ErrorKind::kCorrupt)) << length;
      EXPECT_THAT(cut, HasMessage("ends too early")) << length;
    }
  }
}

TEST(DecodedFileIO, RefusesWhatIsDamaged) {
  std::string bytes = *Deflate(kText, DeflateFormat::kGzip);
  EXPECT_THAT(Read(bytes + "no stream"), IsError(ErrorKind::kCorrupt));
  bytes[12] ^= 0x55;
  EXPECT_THAT(Read(bytes), HasMessage("damaged"));
}

TEST(DecodedFileIO, RefusesATextThatGrowsOutOfProportion) {
  const std::string zeros(size_t{4} << 20, '0');
  const DecodeLimits limits{
      .text_bytes_max = 1 << 30, .ratio_max = 50, .ratio_from_bytes = 1 << 20};
  for (const auto& bomb : {Deflate(zeros, DeflateFormat::kGzip), ZstdCompress(zeros)}) {
    const auto refused = Read(*bomb, nullptr, limits);
    EXPECT_THAT(refused, IsError(ErrorKind::kResourceExhausted));
    EXPECT_THAT(refused, HasMessage("in decompression: 50"));
  }
  EXPECT_THAT(Read(*ZstdCompress(zeros)), IsOk());  // A short one may be what it is.
}

TEST(DecodedFileIO, RefusesATextThatIsTooLong) {
  const DecodeLimits limits{.text_bytes_max = 11};
  EXPECT_THAT(Read(*Deflate(kText, DeflateFormat::kGzip), nullptr, limits),
              IsError(ErrorKind::kResourceExhausted));
}

}  // namespace
}  // namespace firn::ingest
