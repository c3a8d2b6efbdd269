// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/key_drift.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

constexpr char kFile[] = "src/firn/conversations/known_keys.txt";

std::vector<NewKey> FoundIn(std::string_view platform, const std::vector<std::string>& records) {
  KeyDrift drift(platform);
  std::vector<NewKey> found;
  simdjson::dom::parser parser;
  for (const std::string& record : records) {
    JsonObject object;
    EXPECT_EQ(parser.parse(simdjson::padded_string(record)).get(object), simdjson::SUCCESS);
    drift.Note(object, found);
  }
  return found;
}

// Each as "version, type: key, records".
std::vector<std::string> KeysOf(std::string_view platform,
                                const std::vector<std::string>& records) {
  std::vector<std::string> texts;
  for (const NewKey& one : FoundIn(platform, records)) {
    texts.push_back(one.version + ", " + one.type + ": " + one.key + ", " +
                    std::to_string(one.records));
  }
  return texts;
}

TEST(KeyDrift, FindsKeysThatNoKnownRecordHas) {
  const std::string known = R"({"type":"user","version":"9.9.9","message":{"role":"user"}})";
  const std::string fresh =
      R"({"type":"user","version":"9.9.9","message":{"role":"user","mood":{"any":1}},"zest":1})";
  EXPECT_THAT(
      KeysOf("claude_code", {known, fresh, known, fresh}),
      testing::UnorderedElementsAre("9.9.9, user: message.mood, 2", "9.9.9, user: zest, 2"));
}

TEST(KeyDrift, LooksIntoListsOfWhatIsAsGoodAsARecord) {
  const std::string document =
      R"({"sessionId":"s","history":[{"message":{"role":"user","mood":1}},"text",)"
      R"({"message":{"role":"user","mood":2}, "zest":{"any":[1]}}]})";
  EXPECT_THAT(KeysOf("continue", {document}),
              testing::UnorderedElementsAre(", : history.message.mood, 2", ", : history.zest, 1"));
}

TEST(KeyDrift, TellsVersionsAndTypesApart) {
  const auto record = [](const std::string& type, const std::string& version) {
    return R"({"type":")" + type + R"(","version":")" + version + R"(","zest":1})";
  };
  EXPECT_THAT(
      KeysOf("claude_code", {record("user", "1"), record("user", "2"), record("user", "1"),
                             record("system", "1")}),
      testing::UnorderedElementsAre("1, user: zest, 2", "2, user: zest, 1", "1, system: zest, 1"));
}

TEST(KeyDrift, SaysOfNothingThatItIsNewWhereNothingIsKnown) {
  EXPECT_THAT(KeysOf("smoke_signals", {R"({"puff":1})"}), testing::IsEmpty());
}

TEST(KeyDrift, IsBoundedWhateverKeysThereAre) {
  std::vector<std::string> records;
  for (int i = 0; i < 3'000; ++i) {
    records.push_back("{\"" + std::string(500, 'k') + std::to_string(i) + "\":1,\"x" +
                      std::to_string(i) + "\":2}");
  }
  const auto found = FoundIn("claude_code", records);
  EXPECT_EQ(found.size(), kNewKeysMax);
  EXPECT_EQ(found[0].key.size(), 200U);
  EXPECT_EQ(found[0].records, 3'000);
}

std::vector<std::string> Histories() {
  std::vector<std::string> folders = {"examples/histories", "src/firn/conversations"};
  if (!SamplesFolder().empty()) folders.push_back(SamplesFolder());
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    for (const std::string& path : FilesUnder(folder, "")) {
      const bool json = path.ends_with(".json") || path.ends_with(".jsonl");
      if (json) paths.push_back(path);
    }
  }
  return paths;
}

// What samples have by mistake or to try us: no assistant writes it.
bool IsNonsense(const std::string& key) {
  static const std::set<std::string> kNonsense = {"claude_code message.contenst",
                                                  "claude_code silly", "claude_code timesstamp",
                                                  "openai_api what"};
  return kNonsense.contains(key);
}

// FIRN_UPDATE_GOLDEN=1 adds what is missing, of each file so much as a source keeps; build and run
// it again until nothing is.
TEST(KnownKeys, AreThoseOfAllHistoriesThereAre) {
  std::set<std::string> missing;
  for (const std::string& path : Histories()) {
    const std::string text = ReadSample(path);
    const Platform* platform = RecognisePlatform(path, text.substr(0, kHeadBytes));
    if (platform == nullptr || !platform->MayHold(path)) continue;
    for (const auto& [key, row] : StoreOf(*platform, path, text).sources) {
      for (const NewKey& one : row.facts.new_keys)
        missing.insert(std::string(platform->name()) + " " + one.key);
    }
  }
  std::erase_if(missing, IsNonsense);
  if (missing.empty()) return;
  if (std::getenv("FIRN_UPDATE_GOLDEN") == nullptr) {
    FAIL() << missing.size() << " keys are not in " << kFile << ", the first: " << *missing.begin();
  }
  std::ifstream known(kFile);
  for (std::string line; std::getline(known, line);)
    missing.insert(line);
  std::ofstream file(kFile);
  for (const std::string& line : missing)
    file << line << "\n";
}

}  // namespace
}  // namespace firn::conversations
