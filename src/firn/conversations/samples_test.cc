// SPDX-License-Identifier: Apache-2.0
//
// The sample histories against their oracle: EXPECTED.json and the sidecars of the sessions.

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/json.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

constexpr SlicerOptions kWhole{.take_unfinished = true};

class Samples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
    folder_ = SamplesFolder() + "/claude_code/";
    expected_ = Json::Parse(ReadSample(folder_ + "EXPECTED.json")).value();
  }

  std::vector<Slice> SlicesOf(const std::string& file) const {
    return SliceAll(ClaudeCode(), folder_ + file, ReadSample(folder_ + file), kWhole);
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& [file, facts] : *expected_.as_object())
      files.push_back(file);
    return files;
  }

  TokenTotals ExpectedTotals(const std::string& file) const {
    const Json& tokens = *expected_.Find(file)->Find("dedup_tokens");
    const auto of = [&](const char* key) { return tokens.GetInt64(key).value_or(0); };
    return {of("i"), of("cr"), of("cw5m"), of("cw1h"), of("o")};
  }

  std::string folder_;
  Json expected_;
};

TEST_F(Samples, AreRecognisedByTheirContent) {
  for (const std::string& file : Files()) {
    const std::string head = ReadSample(folder_ + file).substr(0, kHeadBytes);
    const Platform* platform = RecognisePlatform("/home/p/x.jsonl", head);
    ASSERT_NE(platform, nullptr) << file;
    EXPECT_EQ(platform->name(), "claude_code") << file;
  }
}

// The folder of a sample is the platform it is of.
std::string PlatformOfSample(const std::string& relative) {
  std::string folder = relative.substr(0, relative.find('/'));
  if (folder == "claude_ai_export") folder = "claude_ai";
  for (const char* none :
       {"claude_code/EXPECTED.json", "roo_code/derived/malformed/zero_byte",
        "roo_code/derived/malformed/empty_array", "visual_studio_traces",
        "codex/agent_sessions/session_", "tokensGenerated", "toolUsage", "metadata.json"}) {
    if (relative.find(none) != relative.npos) return "";
  }
  return FindPlatform(folder) != nullptr ? folder : "";
}

TEST_F(Samples, AreRecognisedAsWhatTheyAre) {
  for (const std::string& path : FilesUnder(SamplesFolder(), "")) {
    const std::string relative = std::filesystem::relative(path, SamplesFolder()).string();
    const Platform* platform = RecognisePlatform(path, ReadSample(path).substr(0, kHeadBytes));
    const std::string name(platform == nullptr ? "" : platform->name());
    EXPECT_EQ(name, PlatformOfSample(relative)) << relative;
  }
}

// Where the tool would have written a sample: the name tells whose conversation it is.
std::string WrittenTo(const Platform& platform, const std::string& path) {
  const std::string id = "b3a7bd3c-5a10-4e7b-8ff0-7fc0cd6d1093";
  if (platform.name() == "claude_code" || platform.name() == "github_copilot")
    return "/p/" + id + ".jsonl";
  return platform.name() == "codex" ? "/p/rollout-2026-01-01T00-00-00-" + id + ".jsonl" : path;
}

// Every file that is written to at its end, read while it grew.
TEST_F(Samples, GrowInAnyStepsToTheSameRows) {
  std::mt19937 random(11);
  int grown = 0;
  for (const std::string& path : FilesUnder(SamplesFolder(), ".jsonl")) {
    const std::string text = ReadSample(path);
    const Platform* platform = RecognisePlatform(path, text.substr(0, kHeadBytes));
    if (platform == nullptr || text.size() > 300'000) continue;
    const std::string name = WrittenTo(*platform, path);
    const SilverStore whole = StoreOf(*platform, name, text);
    for (int round = 0; round < 2; ++round) {
      std::vector<size_t> sizes;
      for (int i = 0; i < 12; ++i)
        sizes.push_back(random() % text.size());
      sizes.push_back(text.size());
      std::ranges::sort(sizes);
      SlicerOptions options = kWhole;
      options.slice_bytes_max = 1 + random() % 20'000;
      SilverStore store;
      store.AddOneByOne(SliceGrowing(*platform, name, text, sizes, options), name);
      EXPECT_EQ(store.messages, whole.messages) << path;
      EXPECT_EQ(store.tool_calls, whole.tool_calls) << path;
      for (const auto& [key, row] : whole.sources)
        EXPECT_EQ(store.sources[key].facts, row.facts) << path;
      ++grown;
    }
  }
  EXPECT_GT(grown, 100);
}

TEST_F(Samples, HaveTheExpectedTokensFileByFile) {
  for (const std::string& file : Files()) {
    SilverStore store;
    store.Add(SlicesOf(file), file);
    EXPECT_EQ(TotalsOf(ApiCallsOf(store)), ExpectedTotals(file)) << file;
  }
}

TEST_F(Samples, HaveTheTokensOfTheirSidecars) {
  int compared = 0;
  for (const std::string& path : FilesUnder(folder_, "metadata.json")) {
    const Json sidecar = Json::Parse(ReadSample(path)).value();
    const Json* usage = sidecar.Find("token_usage");
    if (usage == nullptr) continue;
    const std::string file = std::filesystem::path(path).parent_path().string() + "/full.jsonl";
    SilverStore store;
    store.Add(SliceAll(ClaudeCode(), file, ReadSample(file), kWhole), file);
    const TokenTotals totals = TotalsOf(ApiCallsOf(store));
    const auto of = [&](const char* key) { return usage->GetInt64(key).value_or(0); };
    if (of("api_call_count") == 0) continue;
    const std::string key = std::filesystem::relative(file, folder_).string();
    if (expected_.Find(key)->GetInt64("api_calls").value() != of("api_call_count")) continue;
    ++compared;
    EXPECT_EQ(totals.input, of("input_tokens")) << file;
    EXPECT_EQ(totals.output, of("output_tokens")) << file;
    EXPECT_EQ(totals.cache_read, of("cache_read_tokens")) << file;
    EXPECT_EQ(totals.cache_write_5m + totals.cache_write_1h, of("cache_creation_tokens")) << file;
  }
  EXPECT_EQ(compared, 10);  // The others have no figures, or those of a part.
}

TEST_F(Samples, NameTheExpectedEditedFiles) {
  for (const std::string& file : Files()) {
    SilverStore store;
    store.Add(SlicesOf(file), file);
    std::set<std::string> edited, expected;
    for (const auto& [key, row] : store.sources) {
      edited.insert(row.facts.files_modified.begin(), row.facts.files_modified.end());
    }
    for (const Json& one : *expected_.Find(file)->GetArray("files_edited").value()) {
      expected.insert(*one.as_string());
    }
    EXPECT_EQ(edited, expected) << file;
  }
}

TEST_F(Samples, CountTheExpectedRecords) {
  for (const std::string& file : Files()) {
    int64_t records = 0, unreadable = 0;
    for (const Slice& slice : SlicesOf(file)) {
      records += slice.records;
      unreadable += slice.unreadable;
    }
    const Json& facts = *expected_.Find(file);
    EXPECT_EQ(records, facts.GetInt64("records").value()) << file;
    EXPECT_GE(unreadable, facts.GetInt64("unparsable_lines").value()) << file;
  }
}

TEST_F(Samples, AreTiledByTheirSlices) {
  for (const std::string& path : FilesUnder(SamplesFolder(), "")) {
    const std::string text = ReadSample(path);
    const Platform* platform = RecognisePlatform(path, text.substr(0, kHeadBytes));
    if (platform == nullptr) continue;
    for (const size_t slice_bytes : {size_t{1} << 20, size_t{5000}, size_t{1}}) {
      for (const size_t block : {size_t{1} << 20, size_t{997}}) {
        SlicerOptions options = kWhole;
        options.slice_bytes_max = slice_bytes;
        EXPECT_EQ(Joined(SliceAll(*platform, path, text, options, block)), text) << path;
      }
    }
  }
}

// Order and splits ---------------------------------------------------------------------------

SilverStore StoreOf(const std::map<std::string, std::string>& files,
                    const std::vector<std::string>& order, std::mt19937& random) {
  struct Progress {
    std::vector<Slice> slices;
    size_t done = 0;
  };
  std::map<std::string, Progress> open;
  SlicerOptions options = kWhole;
  options.slice_bytes_max = std::uniform_int_distribution<size_t>(1, 20'000)(random);
  for (const std::string& file : order) {
    open[file].slices = SliceAll(ClaudeCode(), file, files.at(file), options);
  }
  SilverStore store;
  std::vector<std::string> left = order;
  while (!left.empty()) {  // Any file's next slices, any number of them, until all are in.
    const size_t pick = random() % left.size();
    Progress& progress = open[left[pick]];
    const size_t rest = progress.slices.size() - progress.done;
    const size_t take = std::min<size_t>(rest, 1 + random() % 12);
    const auto from = progress.slices.begin() + static_cast<std::ptrdiff_t>(progress.done);
    store.Add({from, from + static_cast<std::ptrdiff_t>(take)}, left[pick]);
    progress.done += take;
    if (progress.done == progress.slices.size()) {
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(pick));
    }
  }
  return store;
}

TEST_F(Samples, GiveTheSameRowsInAnyOrderAndForAnySplit) {
  std::map<std::string, std::string> files;
  for (const std::string& file : Files())
    files[file] = ReadSample(folder_ + file);
  std::vector<std::string> order = Files();
  SilverStore reference;
  for (const std::string& file : order) {
    reference.Add(SliceAll(ClaudeCode(), file, files[file], kWhole), file);
  }
  const TokenTotals totals = TotalsOf(ApiCallsOf(reference));
  // Counted by another reader of the same files: each message.id once, its largest output.
  EXPECT_EQ(ApiCallsOf(reference).size(), 471u);
  EXPECT_EQ(totals, (TokenTotals{810'139, 27'869'208, 2'131'611, 395'867, 61'539}));
  std::mt19937 random(7);
  for (int round = 0; round < 6; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    const SilverStore store = StoreOf(files, order, random);
    EXPECT_EQ(TotalsOf(ApiCallsOf(store)), totals);
    EXPECT_EQ(store.messages, reference.messages);
    EXPECT_EQ(store.tool_calls, reference.tool_calls);
    for (const auto& [key, row] : reference.sources) {
      ASSERT_TRUE(store.sources.contains(key)) << key.second;
      EXPECT_EQ(store.sources.at(key).facts, row.facts) << key.second;
    }
  }
}

TEST_F(Samples, CountACallThatSeveralFilesHoldOnce) {
  SilverStore one, all;
  const std::vector<std::string> growing = {"entire_53_0a376fb9e2_0/full.jsonl",
                                            "entire_6e_06350ae701_0/full.jsonl",
                                            "entire_2b_b8c088bdb4_0/full.jsonl"};
  for (const std::string& file : growing)
    all.Add(SlicesOf(file), file);
  one.Add(SlicesOf(growing.back()), growing.back());
  EXPECT_EQ(TotalsOf(ApiCallsOf(all)), TotalsOf(ApiCallsOf(one)));
  EXPECT_EQ(TotalsOf(ApiCallsOf(one)), ExpectedTotals(growing.back()));
  EXPECT_EQ(all.messages.size(), one.messages.size());
}

TEST_F(Samples, BelongToTheSessionTheirNameOrTheirRecordsSay) {
  const std::string parent = "b3a7bd3c-5a10-4e7b-8ff0-7fc0cd6d1093";
  const auto main = SlicesOf("vscode_copilot_chat/" + parent + ".jsonl");
  ASSERT_EQ(main.size(), 1u);
  EXPECT_EQ(main[0].conversation_id, parent);
  const auto agent = SlicesOf("vscode_copilot_chat/" + parent + "/subagents/agent-a775a67.jsonl");
  ASSERT_EQ(agent.size(), 1u);
  EXPECT_EQ(agent[0].native_id, parent + "/a775a67");
  EXPECT_EQ(agent[0].conversation_id, ConversationId("claude_code", parent + "/a775a67"));
  SilverStore store;
  store.Add(agent, "agent");
  const SourceFacts& facts = store.sources.begin()->second.facts;
  EXPECT_EQ(facts.session_id, parent);
  EXPECT_EQ(facts.parent_conversation_id, parent);
  const auto named = SlicesOf("entire_53_0a376fb9e2_0/full.jsonl");
  EXPECT_EQ(named.front().conversation_id, "768de5d6-9fad-475b-8a4f-dfa7ddc01bb0");
}

}  // namespace
}  // namespace firn::conversations
