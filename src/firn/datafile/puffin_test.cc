// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/puffin.h"

#include <array>

#include "firn/base/bytes.h"
#include "firn/base/compression.h"
#include "firn/datafile/testing.h"

namespace firn::datafile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kLimit = int64_t{1} << 20;
constexpr std::string_view kLocation = "file:///p.puffin";

PuffinBlob Blob(const std::string& type) {
  PuffinBlob blob;
  blob.type = type;
  blob.fields = {table::FieldId(3), table::FieldId(1)};
  blob.snapshot_id = table::SnapshotId(42);
  blob.sequence_number = table::SequenceNumber(7);
  blob.properties = {{"z", "1"}, {"a", "\"2\""}};
  return blob;
}

PuffinCodec CodecOf(const PuffinBlob& blob) {
  if (blob.compression == "zstd") return PuffinCodec::kZstd;
  return blob.compression == "lz4" ? PuffinCodec::kLz4 : PuffinCodec::kNone;
}

// Reads a file and writes all it holds anew.
std::string Rewrite(io::MemoryFileIO& files, std::string_view location) {
  const auto reader = PuffinReader::Open(files, location);
  EXPECT_THAT(reader, IsOk());
  auto writer =
      PuffinWriter::Create(files, std::string(location) + ".2", reader->footer().properties);
  EXPECT_THAT(writer, IsOk());
  for (const PuffinBlob& blob : reader->footer().blobs) {
    EXPECT_THAT(writer->Add(blob, reader->Read(blob, kLimit).value(), CodecOf(blob)), IsOk());
  }
  EXPECT_THAT(writer->Finish(), IsOk());
  EXPECT_THAT(writer->TakeFile()->Close(), IsOk());
  return files.ReadAll(std::string(location) + ".2", kLimit).value();
}

std::string FileWithFooter(std::string_view json) {
  std::string bytes = "PFA1PFA1" + std::string(json);
  AppendLittleEndian(bytes, static_cast<int32_t>(json.size()));
  return bytes + std::string(4, '\0') + "PFA1";
}

TEST(Puffin, GivesBackWhatWasWrittenUnderEveryCodec) {
  const std::string large(100'000, 'x');
  for (const PuffinCodec footer : {PuffinCodec::kNone, PuffinCodec::kLz4}) {
    io::MemoryFileIO files;
    auto writer = PuffinWriter::Create(files, kLocation, {{"created-by", "x"}}, footer);
    ASSERT_THAT(writer, IsOk());
    for (const PuffinCodec codec : {PuffinCodec::kNone, PuffinCodec::kLz4, PuffinCodec::kZstd}) {
      ASSERT_THAT(writer->Add(Blob("t"), large, codec), IsOk());
      ASSERT_THAT(writer->Add(Blob("u"), "", codec), IsOk());
    }
    ASSERT_THAT(writer->Finish(), IsOk());
    ASSERT_THAT(writer->TakeFile()->Close(), IsOk());
    const auto reader = PuffinReader::Open(files, kLocation);
    ASSERT_THAT(reader, IsOk());
    EXPECT_EQ(reader->footer(), writer->footer());
    EXPECT_EQ(reader->footer_bytes(), writer->footer_bytes());
    ASSERT_THAT(reader->footer().blobs, SizeIs(6));
    for (const PuffinBlob& blob : reader->footer().blobs) {
      EXPECT_THAT(reader->Read(blob, kLimit), HasValue(blob.type == "t" ? large : ""));
    }
  }
}

TEST(Puffin, ReadsAndRewritesWhatOthersWrote) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  int checked = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shared / "golden")) {
    const std::string bytes = entry.is_regular_file() ? ReadBytes(entry.path()) : "";
    if (!bytes.starts_with("PFA1")) continue;
    SCOPED_TRACE(entry.path().string());
    io::MemoryFileIO files;
    files.Replace(kLocation, bytes);
    const std::string rewritten = Rewrite(files, kLocation);
    const auto before = PuffinReader::Open(files, kLocation);
    ASSERT_THAT(before, IsOk());
    bool compressed = false;
    for (const PuffinBlob& blob : before->footer().blobs)
      compressed |= !blob.compression.empty();
    // The format fixes every byte but those of compressed payloads.
    if (!compressed) {
      EXPECT_EQ(rewritten, bytes);
    }
    const auto after = PuffinReader::Open(files, std::string(kLocation) + ".2");
    ASSERT_THAT(after, IsOk());
    ASSERT_EQ(after->footer().blobs.size(), before->footer().blobs.size());
    for (size_t i = 0; i < after->footer().blobs.size(); ++i) {
      EXPECT_EQ(after->Read(after->footer().blobs[i], kLimit).value(),
                before->Read(before->footer().blobs[i], kLimit).value());
    }
    ++checked;
  }
  EXPECT_GE(checked, 12);
}

TEST(Puffin, ReadsTheBlobsOfTheSampleFile) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  io::MemoryFileIO files;
  for (const auto* kind : {"uncompressed", "compressed-zstd"}) {
    files.Replace(kLocation, ReadBytes(shared / "golden/iceberg-go/puffin/testdata" /
                                       ("sample-metric-data-" + std::string(kind) + ".bin")));
    const auto reader = PuffinReader::Open(files, kLocation);
    ASSERT_THAT(reader, IsOk());
    EXPECT_THAT(reader->footer().properties,
                ElementsAre(std::pair<std::string, std::string>("created-by", "Test 1234")));
    ASSERT_THAT(reader->footer().blobs, SizeIs(2));
    EXPECT_THAT(reader->Read(reader->footer().blobs[0], kLimit), HasValue("abcdefghi"));
    EXPECT_THAT(
        reader->Read(reader->footer().blobs[1], kLimit),
        HasValue(std::string("some blob \0 binary data \xF0\x9F\xA4\xAF that is not very very very "
                             "very very very long, is it?",
                             83)));
  }
}

TEST(Puffin, KeepsFieldsItDoesNotKnow) {
  const std::string json =
      R"({"blobs":[{"type":"t","fields":[],"snapshot-id":1,"sequence-number":2,"offset":4,)"
      R"("length":0,"properties":{"k":"v"},"later":[1]}],"properties":{"b":"1","a":"2"},"more":{}})";
  const auto footer = FooterFromJson(Json::Parse(json).value());
  ASSERT_THAT(footer, IsOk());
  EXPECT_EQ(FooterToJson(*footer).Dump(), json);
}

TEST(Puffin, RefusesFilesThatAreNone) {
  io::MemoryFileIO files;
  const std::string good = FileWithFooter(R"({"blobs":[]})");
  const auto kind_of = [&](const std::string& bytes) {
    files.Replace(kLocation, bytes);
    const auto reader = PuffinReader::Open(files, kLocation);
    return reader ? ErrorKind::kInternal : reader.error().kind;
  };
  files.Replace(kLocation, good);
  ASSERT_THAT(PuffinReader::Open(files, kLocation), IsOk());
  EXPECT_EQ(kind_of(""), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(good.substr(0, 19)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of("PFA2" + good.substr(4)), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(good.substr(0, good.size() - 1) + "2"), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(FileWithFooter("nonsense")), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(FileWithFooter("{}")), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of(FileWithFooter(R"({"blobs":[{}]})")), ErrorKind::kCorrupt);
  for (const auto& [size, flags, kind] :
       {std::tuple{1 << 30, 0, ErrorKind::kCorrupt}, std::tuple{-1, 0, ErrorKind::kCorrupt},
        std::tuple{12, 2, ErrorKind::kUnsupported}, std::tuple{12, 1, ErrorKind::kCorrupt}}) {
    std::string bytes = good.substr(0, good.size() - 12);
    AppendLittleEndian(bytes, size);
    AppendLittleEndian(bytes, flags);
    EXPECT_EQ(kind_of(bytes + "PFA1"), kind) << size << " " << flags;
  }
}

TEST(Puffin, RefusesBlobsOutsideTheFileAndOverTheLimit) {
  io::MemoryFileIO files;
  const auto with_place = [](int64_t offset, int64_t length) {
    return FileWithFooter(R"({"blobs":[{"type":"t","fields":[],"snapshot-id":1,)"
                          R"("sequence-number":2,"offset":)" +
                          std::to_string(offset) + R"(,"length":)" + std::to_string(length) +
                          "}]}");
  };
  for (const auto& [offset, length] : {std::pair<int64_t, int64_t>{0, 1},
                                       {4, 1},
                                       {4, -1},
                                       {INT64_MAX, 1},
                                       {4, INT64_MAX},
                                       {5, 0},
                                       {-1, 2}}) {
    files.Replace(kLocation, with_place(offset, length));
    EXPECT_THAT(PuffinReader::Open(files, kLocation), IsError(ErrorKind::kCorrupt)) << offset;
  }
  auto writer = PuffinWriter::Create(files, "file:///q", {});
  ASSERT_THAT(writer, IsOk());
  for (const PuffinCodec codec : {PuffinCodec::kNone, PuffinCodec::kLz4, PuffinCodec::kZstd}) {
    ASSERT_THAT(writer->Add(Blob("t"), std::string(1'000'000, 'x'), codec), IsOk());
  }
  ASSERT_THAT(writer->Finish(), IsOk());
  ASSERT_THAT(writer->TakeFile()->Close(), IsOk());
  const auto reader = PuffinReader::Open(files, "file:///q");
  ASSERT_THAT(reader, IsOk());
  for (PuffinBlob blob : reader->footer().blobs) {
    EXPECT_THAT(reader->Read(blob, 999'999), IsError(ErrorKind::kResourceExhausted));
    blob.compression = "brotli";
    EXPECT_THAT(reader->Read(blob, 1'000'000), IsError(ErrorKind::kUnsupported));
  }
}

TEST(Puffin, LeavesNothingWithoutBeingClosed) {
  io::MemoryFileIO files;
  {
    auto writer = PuffinWriter::Create(files, kLocation, {});
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT(writer->Finish(), IsOk());
  }
  EXPECT_THAT(files.Exists(kLocation), HasValue(false));
}

}  // namespace
}  // namespace firn::datafile
