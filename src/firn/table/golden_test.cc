// SPDX-License-Identifier: Apache-2.0
//
// Walks every metadata, view and manifest-list file that other implementations keep for their own
// tests. Each is read or refused as its name says; what is read is written again and read equally,
// with nothing of it lost. Puffin files and bitmaps are read by their own rooms' tests.

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata_json.h"
#include "firn/table/view_json.h"

namespace firn::table {
namespace {

using std::filesystem::path;

std::string Contents(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<path> GoldenFiles(const path& shared) {
  std::vector<path> found;
  for (const char* project : {"iceberg-java", "iceberg-go", "iceberg-rust"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(shared / "golden" / project)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What a golden file is, told by its name and folder.
enum class Kind : uint8_t { kTable, kView, kManifestList, kResponse, kOther };

Kind KindOf(const path& file) {
  const std::string name = file.filename().string();
  if (name.ends_with(".avro")) return Kind::kManifestList;
  if (!name.ends_with(".json")) return Kind::kOther;
  if (name.find("ViewMetadata") != std::string::npos) return Kind::kView;
  if (name.ends_with("_table_response.json")) return Kind::kResponse;
  const bool table = name.starts_with("TableMetadata") || name.starts_with("example_");
  return table ? Kind::kTable : Kind::kOther;
}

// The kind of error a file must be refused with; unset for good files.
std::optional<ErrorKind> RefusalOf(const path& file) {
  const std::string name = file.filename().string();
  if (name.find("UnsupportedVersion") != std::string::npos) {
    // One is of a time when version 3 was unsupported: now it only lacks fields.
    const bool version_3 = file.string().find("iceberg-rust") != std::string::npos &&
                           name.starts_with("TableMetadata");
    return version_3 ? ErrorKind::kCorrupt : ErrorKind::kUnsupported;
  }
  for (const char* mark : {"Missing", "NotFound", "NoValid", "Invalid", "MultipleSQLs"}) {
    if (name.find(mark) != std::string::npos) return ErrorKind::kCorrupt;
  }
  return std::nullopt;
}

bool IsEmpty(const Json& json) {
  const bool no_items = json.as_array() != nullptr && json.as_array()->empty();
  const bool no_members = json.as_object() != nullptr && json.as_object()->empty();
  return json.is_null() || no_items || no_members;
}

// Every member of `before`, unless it says nothing, that a rewrite lost, with its path.
void CollectLost(const Json& before, const Json& after, const std::string& at,
                 std::vector<std::string>& lost) {
  if (const Json::Object* object = before.as_object()) {
    for (const auto& [key, value] : *object) {
      const Json* other = after.Find(key);
      if (other != nullptr) {
        CollectLost(value, *other, at + "/" + key, lost);
      } else if (!IsEmpty(value)) {
        lost.push_back(at + "/" + key);
      }
    }
  } else if (const Json::Array* array = before.as_array()) {
    const Json::Array* others = after.as_array();
    for (size_t i = 0; i < array->size(); ++i) {
      if (others == nullptr || i >= others->size()) {
        lost.push_back(at + "/" + std::to_string(i));
      } else {
        CollectLost((*array)[i], (*others)[i], at + "/" + std::to_string(i), lost);
      }
    }
  }
}

void CheckTable(const path& file, const std::string& bytes) {
  const auto metadata = ParseMetadata(bytes);
  if (const auto refusal = RefusalOf(file)) {
    EXPECT_THAT(metadata, IsError(*refusal));
    return;
  }
  ASSERT_THAT(metadata, IsOk());
  const std::string written = WriteMetadata(*metadata);
  EXPECT_THAT(ParseMetadata(written), HasValue(*metadata));
  std::vector<std::string> lost;
  const auto before = ParseMetadataJson(bytes, {}, "golden");
  CollectLost(*before, *Json::Parse(written), "", lost);
  EXPECT_THAT(lost, ::testing::IsEmpty());
}

void CheckView(const path& file, const std::string& bytes) {
  const auto view = ParseViewMetadata(bytes);
  if (const auto refusal = RefusalOf(file)) {
    EXPECT_THAT(view, IsError(*refusal));
    return;
  }
  ASSERT_THAT(view, IsOk());
  const Json written = ViewMetadataToJson(*view);
  EXPECT_THAT(ParseViewMetadata(written.Dump()), HasValue(*view));
  std::vector<std::string> lost;
  CollectLost(*Json::Parse(bytes), written, "", lost);
  EXPECT_THAT(lost, ::testing::IsEmpty());
}

// A table inside a catalog's answer.
void CheckResponse(const std::string& bytes) {
  const auto json = Json::Parse(bytes);
  ASSERT_THAT(json, IsOk());
  const Json* inner = json->Find("metadata");
  ASSERT_NE(inner, nullptr);
  const auto metadata = MetadataFromJson(*inner);
  ASSERT_THAT(metadata, IsOk());
  EXPECT_THAT(MetadataFromJson(MetadataToJson(*metadata)), HasValue(*metadata));
}

void CheckManifestList(const path& file, const std::string& bytes) {
  io::MemoryFileIO files;
  auto out = files.Create("file:///list.avro");
  ASSERT_THAT(out, IsOk());
  ASSERT_THAT((*out)->Write(bytes), IsOk());
  ASSERT_THAT((*out)->Close(), IsOk());
  const auto list = ReadManifestList(files, "file:///list.avro");
  if (file.filename().string().find("encrypted") != std::string::npos) {
    EXPECT_THAT(list, IsError(ErrorKind::kCorrupt));  // Its key is not ours to know.
    return;
  }
  ASSERT_THAT(list, IsOk());
  EXPECT_FALSE(list->empty());
  ManifestListWriteOptions options;
  options.format_version = 2;
  ASSERT_THAT(WriteManifestList(files, "file:///again.avro", options, *list), IsOk());
  EXPECT_THAT(ReadManifestList(files, "file:///again.avro"), HasValue(*list));
}

TEST(GoldenFiles, AreReadAndWrittenAgainOrRefusedAsTheirNamesSay) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  std::map<Kind, int> seen;
  for (const path& file : GoldenFiles(shared)) {
    SCOPED_TRACE(file.string());
    const Kind kind = KindOf(file);
    ++seen[kind];
    const std::string bytes = Contents(file);
    if (kind == Kind::kTable) CheckTable(file, bytes);
    if (kind == Kind::kView) CheckView(file, bytes);
    if (kind == Kind::kResponse) CheckResponse(bytes);
    if (kind == Kind::kManifestList) CheckManifestList(file, bytes);
  }
  EXPECT_GE(seen[Kind::kTable], 40);
  EXPECT_GE(seen[Kind::kView], 12);
  EXPECT_EQ(seen[Kind::kManifestList], 3);
  EXPECT_EQ(seen[Kind::kResponse], 3);
}

}  // namespace
}  // namespace firn::table
