// SPDX-License-Identifier: Apache-2.0

#include "firn/table/variant.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "firn/base/testing.h"
#include "firn/table/variant_json.h"

namespace firn::table {
namespace {

std::string Contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Result<std::string> RoundTrip(std::string_view json) {
  const VariantBytes bytes = VariantFromJson(*Json::Parse(json));
  return VariantToJson(bytes.metadata, bytes.value);
}

TEST(Variant, GivesBackTheJsonItWasMadeOf) {
  for (const char* json : {"null",
                           "true",
                           "false",
                           "0",
                           "-1",
                           "127",
                           "-128",
                           "128",
                           "32767",
                           "-32769",
                           "2147483648",
                           "-9223372036854775808",
                           "9223372036854775807",
                           "18446744073709551615",
                           "1.5",
                           "-0.25",
                           R"("")",
                           R"("text é")",
                           "[]",
                           "{}",
                           "[1,[2,[]],{}]",
                           R"({"a":1,"b":{"a":[null,"x"]}})"}) {
    EXPECT_THAT(RoundTrip(json), HasValue(std::string(json)));
  }
}

TEST(Variant, HoldsLongTextsAndManyElements) {
  std::string array = "[";
  for (int i = 0; i < 300; ++i)
    array += std::to_string(i * 1000) + ",";
  array += "\"" + std::string(70'000, 'x') + "\"]";
  EXPECT_THAT(RoundTrip(array), HasValue(array));
  std::string object = "{";
  for (int i = 100; i < 500; ++i)
    object += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  object.back() = '}';
  EXPECT_THAT(RoundTrip(object), HasValue(object));
}

TEST(Variant, KeepsTheSmallestIntegerTypes) {
  EXPECT_EQ(EncodeVariantInteger(34), std::string("\x0C\x22", 2));
  EXPECT_EQ(EncodeVariantInteger(300).size(), 3u);
  EXPECT_EQ(EncodeVariantInteger(70'000).size(), 5u);
  EXPECT_EQ(EncodeVariantInteger(int64_t{1} << 40).size(), 9u);
  EXPECT_EQ(EncodeVariantString("n/a"), "\x0Dn/a");
}

TEST(Variant, FindsNamesInSortedAndOtherDictionaries) {
  const std::string sorted = EncodeVariantMetadata({"a", "b", "cc"});
  std::string unsorted = sorted;
  unsorted[0] = static_cast<char>(unsorted[0] & ~0x10);
  for (const std::string& bytes : {sorted, unsorted}) {
    const auto metadata = VariantMetadata::Parse(bytes);
    ASSERT_THAT(metadata, IsOk());
    EXPECT_EQ(metadata->Find("cc"), 2u);
    EXPECT_EQ(metadata->Find("c"), std::nullopt);
    EXPECT_EQ(metadata->Find(""), std::nullopt);
    EXPECT_EQ(*metadata->Name(1), "b");
    EXPECT_THAT(metadata->Name(3), IsError(ErrorKind::kCorrupt));
  }
}

TEST(Variant, RefusesBytesThatBreakOff) {
  const VariantBytes bytes =
      VariantFromJson(*Json::Parse(R"({"a":[1,"text",2.5],"b":{"c":true}})"));
  for (size_t size = 0; size < bytes.value.size(); ++size) {
    EXPECT_THAT(CheckVariant(bytes.metadata, bytes.value.substr(0, size)),
                IsError(ErrorKind::kCorrupt))
        << size;
  }
  for (size_t size = 0; size < bytes.metadata.size(); ++size) {
    EXPECT_THAT(CheckVariant(bytes.metadata.substr(0, size), bytes.value),
                IsError(ErrorKind::kCorrupt))
        << size;
  }
  EXPECT_THAT(CheckVariant(bytes.metadata, bytes.value + "x"), IsError(ErrorKind::kCorrupt));
}

// Three levels of arrays whose 255 elements are all the next level: 16 million values in 2 KiB.
TEST(Variant, RefusesValuesThatAreHeldManyTimes) {
  std::string value = EncodeVariantInteger(1);
  for (int level = 0; level < 3; ++level) {
    std::string outer("\x07\xFF", 2);  // An array with offsets of two bytes, 255 elements,
    for (int i = 0; i < 255; ++i)
      outer += std::string("\0\0", 2);  // all at the same place.
    outer += static_cast<char>(value.size() & 0xFF);
    outer += static_cast<char>(value.size() >> 8);
    value = outer + value;
  }
  EXPECT_THAT(CheckVariant(EncodeVariantMetadata({}), value), IsError(ErrorKind::kCorrupt));
}

TEST(Variant, RefusesDeepNesting) {
  std::string value = EncodeVariantInteger(1);
  for (int level = 0; level < 500; ++level) {
    value = EncodeVariantArray({value});
  }
  EXPECT_THAT(CheckVariant(EncodeVariantMetadata({}), value),
              IsError(ErrorKind::kResourceExhausted));
}

TEST(Variant, RefusesTypesAndVersionsItDoesNotKnow) {
  EXPECT_THAT(CheckVariant(EncodeVariantMetadata({}), "\xFC"), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(CheckVariant(std::string("\x02\0\0", 3), std::string("\0", 1)),
              IsError(ErrorKind::kUnsupported));
}

// The values that Parquet's own implementations are tested with. Other writers may choose other
// types for a number; what is said must be the same.
TEST(Variant, ReadsTheSamplesOfTheParquetProject) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  const auto folder = shared / "golden" / "parquet-testing" / "variant";
  std::string dictionary = Contents(folder / "data_dictionary.json");
  dictionary.erase(dictionary.rfind(','), 1);  // Behind the last member.
  const auto expected = Json::Parse(dictionary);
  ASSERT_THAT(expected, IsOk());
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".value") continue;
    const std::string name = entry.path().stem().string();
    SCOPED_TRACE(name);
    std::filesystem::path metadata = entry.path();
    metadata.replace_extension(".metadata");
    const auto text = VariantToJson(Contents(metadata), Contents(entry.path()));
    ASSERT_THAT(text, IsOk());
    ++seen;
    const Json* wanted = expected->Find(name);
    if (wanted == nullptr) continue;
    const auto parsed = Json::Parse(*text);
    ASSERT_THAT(parsed, IsOk());
    const bool is_text = wanted->as_string() != nullptr;  // Written in as many ways as there are.
    if (wanted->is_number()) {
      EXPECT_FLOAT_EQ(static_cast<float>(*parsed->ToDouble()),
                      static_cast<float>(*wanted->ToDouble()));
    } else if (!is_text) {
      EXPECT_EQ(*parsed, *wanted) << *text;
    }
  }
  EXPECT_GE(seen, 28);
}

}  // namespace
}  // namespace firn::table
