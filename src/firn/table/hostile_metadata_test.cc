// SPDX-License-Identifier: Apache-2.0
//
// Metadata that somebody wrote to do harm, or a disk broke: refused or read in bounded memory and
// time, never believed about what lies outside the table.

#include <set>

#include "firn/base/compression.h"
#include "firn/base/testing.h"
#include "firn/table/metadata_json.h"
#include "firn/table/snapshot_range.h"
#include "firn/table/view_json.h"

namespace firn::table {
namespace {

constexpr std::string_view kMinimal = R"({"format-version": 2,
  "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": "file:///w/t",
  "last-sequence-number": 3, "last-updated-ms": 1602638573590, "last-column-id": 1,
  "current-schema-id": 0, "schemas": [{"type": "struct", "schema-id": 0, "fields":
    [{"id": 1, "name": "x", "required": true, "type": "long"}]}],
  "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": []}],
  "last-partition-id": 999, "default-sort-order-id": 0,
  "sort-orders": [{"order-id": 0, "fields": []}], "current-snapshot-id": -1,
  "properties": {"owner": "me"}, "snapshots": []})";

std::string With(std::string_view from, std::string_view to) {
  std::string text(kMinimal);
  text.replace(text.find(from), from.size(), to);
  return text;
}

// Writes bits in DEFLATE's order.
class BitWriter {
 public:
  void Bits(uint32_t bits, int count) {
    for (int i = 0; i < count; ++i) {
      byte_ = static_cast<uint8_t>(byte_ | (((bits >> i) & 1u) << used_));
      if (++used_ < 8) continue;
      bytes_ += static_cast<char>(byte_);
      byte_ = 0;
      used_ = 0;
    }
  }
  // Huffman codes go in most significant bit first.
  void Code(uint32_t code, int count) {
    for (int i = count - 1; i >= 0; --i)
      Bits(code >> i, 1);
  }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
  uint8_t byte_ = 0;
  int used_ = 0;
};

// A gzip file of `size_bytes` that unpacks to some 159 times as many spaces, without an end.
std::string GzipBomb(size_t size_bytes) {
  BitWriter out;
  out.Bits(0, 1);               // Not the last block,
  out.Bits(1, 2);               // of fixed codes:
  out.Code(0x30 + ' ', 8);      // a space,
  constexpr size_t kPairs = 8;  // Take 13 bytes.
  for (size_t pair = 0; pair < size_bytes * kPairs / 13; ++pair) {
    out.Code(0xC5, 8);  // and again the 258 bytes
    out.Code(0, 5);     // from one byte before.
  }
  return std::string("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10) + std::move(out).Take();
}

TEST(HostileMetadata, GzipBombsStopAtTheLimit) {
  const std::string bomb = GzipBomb(10'000'000);
  ASSERT_TRUE(IsGzip(bomb));
  const MetadataLimits limits{size_t{32} << 20, 128, 1'000'000};
  EXPECT_THAT(ParseMetadata(bomb, limits), IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(ParseViewMetadata(bomb, limits), IsError(ErrorKind::kResourceExhausted));
}

TEST(HostileMetadata, ClaimsOfTenGigabytesAreNotBelieved) {
  // A zstd frame that says its contents take 10 GB, and one empty block.
  std::string frame("\x28\xB5\x2F\xFD\xE0", 5);
  for (uint64_t size = 10'000'000'000, at = 0; at < 8; ++at, size >>= 8) {
    frame += static_cast<char>(size & 0xFF);
  }
  frame += std::string("\x01\x00\x00", 3);
  EXPECT_FALSE(ParseMetadata(frame).has_value());
}

TEST(HostileMetadata, DeepNestingIsRefusedBeforeAnythingRecurses) {
  for (const char* open : {"[", "{\"a\":", "[[{\"a\":["}) {
    std::string text;
    while (text.size() < 100'000)
      text += open;
    EXPECT_THAT(ParseMetadata(text), IsError(ErrorKind::kResourceExhausted)) << open;
    EXPECT_THAT(ParseViewMetadata(text), IsError(ErrorKind::kResourceExhausted)) << open;
  }
}

TEST(HostileMetadata, ManyTinyValuesAreRefused) {
  std::string text = "[";
  for (int i = 0; i < 200'000; ++i)
    text += "{},";
  text += "{}]";
  EXPECT_THAT(ParseMetadata(text, {size_t{1} << 20, 128, 100'000}),
              IsError(ErrorKind::kResourceExhausted));
}

TEST(HostileMetadata, TheLastOfEqualKeysCounts) {
  const auto twice = ParseMetadata(With(R"("location": "file:///w/t")",
                                        R"("location": "file:///etc", "location": "file:///w/t")"));
  EXPECT_THAT(twice, HasValue(*ParseMetadata(kMinimal)));
}

TEST(HostileMetadata, WhatIsNoJsonIsRefused) {
  for (const char* value : {"NaN", "Infinity", "-Infinity", "1e400", "-1e400", "0x10", "01", "+1",
                            "'x'", "\"\xC3\x28\"", "\"\xED\xA0\x80\"", "\"\\ud800\"", "\"\x01\""}) {
    EXPECT_THAT(ParseMetadata(With("1602638573590", value)), IsError(ErrorKind::kCorrupt)) << value;
    EXPECT_THAT(ParseMetadata(With("\"me\"", value)), IsError(ErrorKind::kCorrupt)) << value;
  }
}

TEST(HostileMetadata, TruncatedFilesAreRefusedWhereverTheyEnd) {
  const std::string packed = *Deflate(kMinimal, DeflateFormat::kGzip);
  for (size_t size = 0; size < kMinimal.size(); ++size) {
    EXPECT_THAT(ParseMetadata(kMinimal.substr(0, size)), IsError(ErrorKind::kCorrupt)) << size;
  }
  for (size_t size = 2; size < packed.size(); ++size) {
    EXPECT_FALSE(ParseMetadata(std::string_view(packed).substr(0, size)).has_value()) << size;
  }
}

TEST(HostileMetadata, NumbersThatDoNotFitAreRefused) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("last-column-id": 1)", R"("last-column-id": 4294967297)"},
           {R"("schema-id": 0)", R"("schema-id": 4294967296)"},
           {R"("schema-id": 0)", R"("schema-id": -1)"},
           {R"("id": 1)", R"("id": 4294967297)"},
           {R"("spec-id": 0)", R"("spec-id": 4294967296)"},
           {R"("order-id": 0)", R"("order-id": -4294967296)"},
           {R"("format-version": 2)", R"("format-version": 2.5)"},
           {R"("format-version": 2)", R"("format-version": 99999999999)"},
           {R"("last-updated-ms": 1602638573590)", R"("last-updated-ms": 18446744073709551615)"},
           {R"("snapshots": [])",
            R"("snapshots": [{"snapshot-id": 1, "timestamp-ms": 1, "schema-id": 4294967296}])"}}) {
    EXPECT_THAT(ParseMetadata(With(from, to)), IsError(ErrorKind::kCorrupt)) << to;
  }
}

TEST(HostileMetadata, SnapshotsOfOneIdAreRefused) {
  EXPECT_THAT(ParseMetadata(With(R"("snapshots": [])", R"("snapshots": [
      {"snapshot-id": 1, "timestamp-ms": 1}, {"snapshot-id": 1, "timestamp-ms": 2}])")),
              IsError(ErrorKind::kCorrupt));
}

TEST(HostileMetadata, ALoopOfParentsEndsAsAnError) {
  const auto metadata = ParseMetadata(With(R"("snapshots": [])", R"("snapshots": [
      {"snapshot-id": 1, "parent-snapshot-id": 2, "timestamp-ms": 1},
      {"snapshot-id": 2, "parent-snapshot-id": 1, "timestamp-ms": 2},
      {"snapshot-id": 3, "parent-snapshot-id": 3, "timestamp-ms": 3}])"));
  ASSERT_THAT(metadata, IsOk());
  for (const int64_t id : {1, 2, 3}) {
    EXPECT_THAT(Ancestors(*metadata, SnapshotId(id)), IsError(ErrorKind::kCorrupt));
    EXPECT_THAT(IsAncestor(*metadata, SnapshotId(7), SnapshotId(id)), IsError(ErrorKind::kCorrupt));
    EXPECT_THAT(SnapshotsBetween(*metadata, {}, SnapshotId(id)), IsError(ErrorKind::kCorrupt));
  }
}

// Each step is linear in the history: with a quadratic one this test would take minutes.
TEST(HostileMetadata, ALongHistoryIsReadAndWalked) {
#ifdef __SANITIZE_ADDRESS__
  constexpr int64_t kSnapshots = 10'000;  // Ten times as slow.
#else
  constexpr int64_t kSnapshots = 100'000;
#endif
  std::string snapshots, log, refs;
  for (int64_t id = kSnapshots; id > 0; --id) {  // The newest first, against the usual order.
    const std::string number = std::to_string(id);
    snapshots += R"({"snapshot-id":)" + number + R"(,"timestamp-ms":)" + number +
                 R"(,"sequence-number":)" + number +
                 (id > 1 ? R"(,"parent-snapshot-id":)" + std::to_string(id - 1) : "") +
                 R"(,"manifest-list":"file:///w/t/metadata/snap-)" + number + R"(.avro"},)";
    log += R"({"timestamp-ms":)" + number + R"(,"snapshot-id":)" + number + "},";
    if (id % 10 == 0) {
      refs += R"("t)" + number + R"(":{"type":"tag","snapshot-id":)" + number + "},";
    }
  }
  snapshots.pop_back();
  log.pop_back();
  refs.pop_back();
  const auto metadata = ParseMetadata(
      With(R"("snapshots": [])", R"("snapshots": [)" + snapshots + R"(], "snapshot-log": [)" + log +
                                     R"(], "refs": {)" + refs + "}"));
  ASSERT_THAT(metadata, IsOk());
  const auto ancestors = Ancestors(*metadata, SnapshotId(kSnapshots));
  EXPECT_THAT(ancestors, HasValue(::testing::SizeIs(kSnapshots)));
  EXPECT_EQ(metadata->SnapshotAsOf(TimeMs{kSnapshots / 2})->id, SnapshotId(kSnapshots / 2));
  EXPECT_THAT(ParseMetadata(WriteMetadata(*metadata)), HasValue(*metadata));
}

TEST(IsOwnFile, IsFalseForAllThatLiesOutsideTheTable) {
  TableMetadata metadata = *ParseMetadata(kMinimal);
  for (const char* own : {"file:///w/t/data/a.parquet", "file:/w/t/metadata/v1.json", "/w//t/./a",
                          "file://localhost/w/t/x"}) {
    EXPECT_TRUE(IsOwnFile(metadata, own)) << own;
  }
  for (const char* other : {"file:///w/t", "file:///w/t/", "file:///w/t2/a", "file:///w",
                            "file:///w/t/../u/a", "file:///w/t/..", "file:///etc/passwd",
                            "s3://w/t/a", "t/a", "", "file:///W/t/a", "file://host/w/t/a"}) {
    EXPECT_FALSE(IsOwnFile(metadata, other)) << other;
  }
}

TEST(IsOwnFile, CountsTheFoldersThatPropertiesName) {
  TableMetadata metadata = *ParseMetadata(kMinimal);
  metadata.location = "s3://b/w/t";
  metadata.properties["write.data.path"] = "s3://c/hot/t/";
  EXPECT_TRUE(IsOwnFile(metadata, "s3://b/w/t/metadata/v1.json"));
  EXPECT_TRUE(IsOwnFile(metadata, "s3://c/hot/t/a.parquet"));
  EXPECT_FALSE(IsOwnFile(metadata, "s3://c/hot/table/a.parquet"));
  metadata.location = "s3://b";
  metadata.properties["write.data.path"] = "/";
  EXPECT_TRUE(IsOwnFile(metadata, "s3://b/a"));
  EXPECT_FALSE(IsOwnFile(metadata, "file:///etc/passwd"));
  metadata.location = "s3://";
  EXPECT_FALSE(IsOwnFile(metadata, "s3://b/a"));
}

}  // namespace
}  // namespace firn::table
