// SPDX-License-Identifier: Apache-2.0

#include "firn/io/encrypted_stream.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include "firn/base/aes_gcm.h"
#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

constexpr std::string_view kAt = "file:///t/stream";
constexpr int64_t kBlock = kStreamBlockBytes;
constexpr int64_t kSealedBlock = kBlock + 28;

const StreamKey kKey{"0123456789012345", "prefix of the file"};

std::string Text(int64_t size) {
  std::string text(static_cast<size_t>(size), '\0');
  for (size_t at = 0; at < text.size(); ++at) {
    text[at] = static_cast<char>(at * 2654435761U >> 13);
  }
  return text;
}

void WriteStream(FileIO& files, std::string_view text, size_t piece, const StreamKey& key = kKey) {
  auto file = WriteEncrypted(files.Create(kAt).value(), key).value();
  for (size_t at = 0; at < text.size(); at += piece) {
    ASSERT_THAT(file->Write(text.substr(at, piece)), IsOk());
    ASSERT_EQ(file->position(), static_cast<int64_t>(std::min(at + piece, text.size())));
  }
  ASSERT_THAT(file->Close(), IsOk());
  EXPECT_EQ(file->position(), static_cast<int64_t>(text.size()));
}

Result<std::unique_ptr<InputFile>> OpenStream(FileIO& files, int64_t stream_bytes,
                                              const StreamKey& key = kKey) {
  return OpenEncrypted(files.Open(kAt).value(), key, stream_bytes, std::string(kAt));
}

// The bytes at rest, as somebody else might change them.
Result<std::string> ReadChanged(const std::string& bytes, int64_t stream_bytes,
                                const StreamKey& key = kKey) {
  MemoryFileIO files;
  files.Replace(kAt, bytes);
  FIRN_ASSIGN(const auto file, OpenStream(files, stream_bytes, key));
  return file->Read(0, file->size_bytes());
}

std::string StoredText(int64_t size) {
  MemoryFileIO files;
  WriteStream(files, Text(size), 100'000);
  return files.ReadAll(kAt, int64_t{1} << 30).value();
}

TEST(EncryptedStream, GivesBackWhatWasWrittenWhateverItsSize) {
  for (const int64_t size : {int64_t{0}, int64_t{1}, int64_t{1000}, kBlock - 1, kBlock, kBlock + 1,
                             2 * kBlock, 2 * kBlock + 77}) {
    SCOPED_TRACE(size);
    MemoryFileIO files;
    WriteStream(files, Text(size), 70'001);
    ASSERT_EQ(files.Open(kAt).value()->size_bytes(), StreamBytes(size));
    const auto file = OpenStream(files, StreamBytes(size));
    ASSERT_THAT(file, IsOk());
    EXPECT_EQ((*file)->size_bytes(), size);
    EXPECT_THAT((*file)->Read(0, size + 10), HasValue(Text(size)));
  }
}

TEST(EncryptedStream, IsReadAtAnyPosition) {
  MemoryFileIO files;
  const std::string text = Text(2 * kBlock + 500);
  WriteStream(files, text, text.size());
  const auto file = OpenStream(files, StreamBytes(2 * kBlock + 500)).value();
  FixedEnv env;
  for (int i = 0; i < 200; ++i) {
    const auto offset = static_cast<int64_t>(env.Random64() % (text.size() + 10));
    const auto length = static_cast<int64_t>(env.Random64() % 5000);
    const size_t from = std::min(static_cast<size_t>(offset), text.size());
    EXPECT_EQ(file->Read(offset, length).value(), text.substr(from, static_cast<size_t>(length)))
        << offset << ' ' << length;
  }
  EXPECT_EQ(file->Read(kBlock - 5, kBlock + 10).value(),
            text.substr(static_cast<size_t>(kBlock) - 5, static_cast<size_t>(kBlock) + 10));
}

TEST(EncryptedStream, ShowsNothingOfTheText) {
  MemoryFileIO files;
  const std::string text(100'000, 'a');
  WriteStream(files, text, 1000);
  const std::string stored = files.ReadAll(kAt, 1 << 20).value();
  EXPECT_EQ(stored.substr(0, 8), std::string("AGS1\0\0\x10\0", 8));
  EXPECT_EQ(stored.find("aaa"), std::string::npos);
}

TEST(EncryptedStream, RefusesAChangedByteWhereverItIs) {
  const std::string stored = StoredText(200);
  for (size_t at = 0; at < stored.size(); ++at) {
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    EXPECT_FALSE(ReadChanged(changed, StreamBytes(200)).has_value()) << at;
  }
}

TEST(EncryptedStream, RefusesBlocksInAnotherOrder) {
  const std::string stored = StoredText(3 * kBlock);
  const auto block = [&stored](int64_t number) {
    return stored.substr(static_cast<size_t>(8 + number * kSealedBlock),
                         static_cast<size_t>(kSealedBlock));
  };
  const std::string swapped = stored.substr(0, 8) + block(1) + block(0) + block(2);
  EXPECT_THAT(ReadChanged(swapped, StreamBytes(3 * kBlock)), IsError(ErrorKind::kCorrupt));
  const std::string twice = stored.substr(0, 8) + block(0) + block(1) + block(1);
  EXPECT_THAT(ReadChanged(twice, StreamBytes(3 * kBlock)), HasMessage("block 2"));
}

TEST(EncryptedStream, RefusesAFileThatWasCut) {
  const std::string stored = StoredText(2 * kBlock + 9);
  for (const int64_t left : {int64_t{0}, int64_t{7}, 8 + kSealedBlock, 8 + 2 * kSealedBlock,
                             StreamBytes(2 * kBlock + 9) - 1}) {
    EXPECT_THAT(
        ReadChanged(stored.substr(0, static_cast<size_t>(left)), StreamBytes(2 * kBlock + 9)),
        IsError(ErrorKind::kCorrupt))
        << left;
  }
  // Whoever cuts the file cannot make the length known of it shorter, but if: a cut block tells.
  EXPECT_THAT(ReadChanged(stored, 8 + 2 * kSealedBlock + 30), IsError(ErrorKind::kCorrupt));
}

TEST(EncryptedStream, RefusesTheKeyOrThePrefixOfAnotherFile) {
  const std::string stored = StoredText(100);
  EXPECT_THAT(ReadChanged(stored, StreamBytes(100), {"0123456789012346", kKey.aad_prefix}),
              IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(ReadChanged(stored, StreamBytes(100), {kKey.key, "prefix of another"}),
              IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(ReadChanged(stored, StreamBytes(100), {"short", kKey.aad_prefix}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(EncryptedStream, RefusesLengthsThatNoStreamHas) {
  const std::string stored = StoredText(kBlock + 100);
  for (const int64_t claimed : {int64_t{-1}, int64_t{0}, int64_t{35}, 8 + kSealedBlock + 27}) {
    EXPECT_THAT(ReadChanged(stored, claimed), IsError(ErrorKind::kCorrupt)) << claimed;
  }
  EXPECT_THAT(ReadChanged(stored, INT64_MAX), IsError(ErrorKind::kCorrupt));
}

TEST(EncryptedStream, NamesBlocksOfAnotherSize) {
  std::string stored = StoredText(100);
  stored[4] = 1;
  EXPECT_THAT(ReadChanged(stored, StreamBytes(100)), IsError(ErrorKind::kUnsupported));
}

// Made by org.apache.iceberg.encryption.AesGcmOutputFile of Iceberg 1.11.0; test/interop has what
// made them.
TEST(EncryptedStream, ReadsWhatJavaWrote) {
  FixedEnv env;
  LocalFileIO disk(env);
  for (const int64_t size : {int64_t{0}, int64_t{5}, int64_t{1000}}) {
    SCOPED_TRACE(size);
    const std::string stored =
        disk.ReadAll(FileLocation(std::filesystem::absolute(
                                      "src/firn/io/testdata/corpus/encrypted_stream/java-" +
                                      std::to_string(size) + ".ags1")
                                      .string()),
                     1 << 20)
            .value();
    ASSERT_EQ(static_cast<int64_t>(stored.size()), StreamBytes(size));
    std::string text;
    for (int64_t at = 0; at < size; ++at)
      text.push_back(static_cast<char>(at * 7 % 251));
    EXPECT_THAT(ReadChanged(stored, StreamBytes(size), {"0123456789012345", "aad prefix"}),
                HasValue(text));
  }
}

TEST(EncryptedStream, IsWholeOrAbsentWhicheverOperationFails) {
  const std::string text = Text(kBlock + 10);
  const auto attempt = [&text](FaultPlan plan) {
    MemoryFileIO disk;
    FaultyFileIO faulty(disk, std::move(plan));
    const auto write = [&]() -> Status {
      FIRN_ASSIGN(auto file, faulty.Create(kAt));
      FIRN_ASSIGN(file, WriteEncrypted(std::move(file), kKey));
      FIRN_TRY(file->Write(text));
      OutputFile* const pointer = file.get();
      return faulty.CloseAll(std::span(&pointer, 1));
    };
    const Status written = write();
    if (disk.Exists(kAt).value()) {
      EXPECT_EQ(OpenStream(disk, StreamBytes(kBlock + 10)).value()->Read(0, 2 * kBlock).value(),
                text);
    } else {
      EXPECT_FALSE(written.ok());
    }
    return faulty.fault_reached();
  };
  EXPECT_GE(ForEachFault(FaultKind::kFail, attempt), 4);
  EXPECT_GE(ForEachFault(FaultKind::kShortWrite, attempt), 4);
}

}  // namespace
}  // namespace firn::io
