// SPDX-License-Identifier: Apache-2.0

#include "firn/table/metadata_json.h"

#include "firn/base/compression.h"
#include "firn/base/testing.h"

namespace firn::table {
namespace {

constexpr std::string_view kMinimal = R"({"format-version": 2,
  "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": "file:///t",
  "last-sequence-number": 3, "last-updated-ms": 1602638573590, "last-column-id": 1,
  "current-schema-id": 0, "schemas": [{"type": "struct", "schema-id": 0, "fields":
    [{"id": 1, "name": "x", "required": true, "type": "long"}]}],
  "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": []}],
  "last-partition-id": 999, "default-sort-order-id": 0,
  "sort-orders": [{"order-id": 0, "fields": []}], "current-snapshot-id": -1,
  "snapshots": [], "from-the-future": {"a": [1, 2.5, "x"]}})";

TEST(ParseMetadata, ReadsMinusOneAsNoSnapshot) {
  const auto metadata = ParseMetadata(kMinimal);
  ASSERT_THAT(metadata, IsOk());
  EXPECT_EQ(metadata->current_snapshot(), nullptr);
  EXPECT_EQ(metadata->FindRef(kMainBranch), nullptr);
}

TEST(ParseMetadata, KeepsUnknownFields) {
  const auto metadata = ParseMetadata(kMinimal);
  ASSERT_THAT(metadata, IsOk());
  EXPECT_NE(WriteMetadata(*metadata).find(R"("from-the-future":{"a":[1,2.5,"x"]})"),
            std::string::npos);
}

TEST(ParseMetadata, ReadsGzip) {
  const auto packed = Deflate(kMinimal, DeflateFormat::kGzip);
  EXPECT_EQ(*ParseMetadata(*packed), *ParseMetadata(kMinimal));
}

TEST(ParseMetadata, StopsAtItsLimits) {
  const auto bomb = Deflate(std::string(10'000'000, ' '), DeflateFormat::kGzip);
  EXPECT_THAT(ParseMetadata(*bomb, {1'000'000, 128}), IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(ParseMetadata(std::string(100'000, '[')), IsError(ErrorKind::kResourceExhausted));
}

TEST(ParseMetadata, RefusesTypesNestedTooDeeply) {
  std::string type = "\"long\"";
  for (int depth = 0; depth < 100; ++depth) {
    type = R"({"type":"list","element-id":)" + std::to_string(depth + 2) +
           R"(,"element-required":true,"element":)" + type + "}";
  }
  std::string text(kMinimal);
  text.replace(text.find("\"long\""), 6, type);
  EXPECT_THAT(ParseMetadata(text, {1 << 20, 1000}), IsError(ErrorKind::kResourceExhausted));
}

TEST(ParseMetadata, RefusesRefsAndIdsThatNameNothing) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("current-snapshot-id": -1)", R"("current-snapshot-id": 17)"},
           {R"("default-spec-id": 0)", R"("default-spec-id": 4)"},
           {R"("default-sort-order-id": 0)", R"("default-sort-order-id": 2)"},
           {R"("snapshots": [])",
            R"("snapshots": [], "refs": {"t": {"snapshot-id": 5, "type": "tag"}})"},
           {R"("id": 1,)", R"("id": -1,)"},
           {R"("last-column-id": 1)", R"("last-column-id": "x")"}}) {
    std::string text(kMinimal);
    text.replace(text.find(from), from.size(), to);
    EXPECT_THAT(ParseMetadata(text), IsError(ErrorKind::kCorrupt)) << to;
  }
}

TEST(MetadataFileName, CarriesTheVersion) {
  const auto metadata = ParseMetadata(kMinimal);
  FixedEnv env;
  const std::string name = MetadataFileName(*metadata, 7, env);
  EXPECT_TRUE(name.starts_with("00007-") && name.ends_with(".metadata.json")) << name;
  EXPECT_EQ(VersionOfMetadataFile("file:///t/metadata/" + name), 7);
  EXPECT_EQ(VersionOfMetadataFile("file:///t/metadata/v3.metadata.json"), -1);
}

}  // namespace
}  // namespace firn::table
