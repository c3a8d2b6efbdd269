// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

const std::string kFile = "src/firn/conversations/claude_ai/testdata/conversations.json";
const std::string kConversation = "2f1d7c40-77aa-4c0a-8a6e-7d2f3a5b9c01";

TEST(ClaudeAi, KeepsEveryBranchAndFlagsTheOneLastSeen) {
  const SilverStore store = StoreOfFile(ClaudeAi(), kFile);
  EXPECT_EQ(store.sources.size(), 2u);
  EXPECT_EQ(store.messages.size(), 5u);
  EXPECT_TRUE(store.message("m1").is_active_path);
  EXPECT_FALSE(store.message("m2").is_active_path);
  EXPECT_TRUE(store.message("m3").is_active_path);
  EXPECT_EQ(store.message("m3").content, "Found.");
  EXPECT_EQ(store.message("m3").reasoning, "Search.");
  EXPECT_EQ(store.message("m2").latency_ms, 2000);
  EXPECT_EQ(store.message("m4").content, "Thanks");
  EXPECT_EQ(store.message("m5").kind, "other");
  EXPECT_EQ(store.messages.begin()->first.first, kConversation);
}

TEST(ClaudeAi, PairsCallsWithTheirResultsAndCountsNoTokens) {
  const SilverStore store = StoreOfFile(ClaudeAi(), kFile);
  const ToolCall& call = store.tool_call("t1");
  EXPECT_EQ(call.tool_name, "web_search");
  EXPECT_EQ(call.parameters, R"({"query":"it"})");
  EXPECT_EQ(call.result, R"([{"type":"text","text":"here"}])");
  EXPECT_EQ(call.success, true);
  for (const auto& [id, one] : ApiCallsOf(store))
    EXPECT_FALSE(one.usage.known());
  EXPECT_EQ(ApiCallsOf(store).size(), 2u);
}

TEST(ClaudeAi, LetsTheLaterExportWinWhicheverComesFirst) {
  const std::string older = ReadSample(kFile);
  std::string newer = older;
  newer.replace(newer.find("2026-01-15T10:05"), 16, "2026-01-15T10:09");
  newer.replace(newer.find("Found."), 6, "Newer.");
  const auto slices = [](const std::string& text) { return SliceAll(ClaudeAi(), kFile, text); };
  SilverStore forward, backward;
  forward.Add(slices(older), "/1/c.json");
  forward.Add(slices(newer), "/2/c.json");
  backward.Add(slices(newer), "/2/c.json");
  backward.Add(slices(older), "/1/c.json");
  EXPECT_EQ(forward.messages, backward.messages);
  EXPECT_EQ(forward.message("m3").content, "Newer.");
}

class ClaudeAiSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& file) {
    return StoreOfFile(ClaudeAi(), SamplesFolder() + "/claude_ai_export/derived/" + file + ".json");
  }
};

TEST_F(ClaudeAiSamples, AreReadWhole) {
  const SilverStore store = Load("_11");
  EXPECT_EQ(store.sources.size(), 3u);
  EXPECT_EQ(store.messages.size(), 3u);
  EXPECT_EQ(store.message("msg-002").latency_ms, 30'000);
}

TEST_F(ClaudeAiSamples, TakeTheTextOfBlocksBeforeTheTextOfTheMessage) {
  const SilverStore store = Load("TestParseClaudeAIExport_ContentBlocks_118");
  EXPECT_EQ(store.message("m1").content, "First part.\n\nSecond part.");
  EXPECT_EQ(store.message("m2").reasoning, "deep thought");
  EXPECT_EQ(store.tool_calls.size(), 1u);
  EXPECT_EQ(
      Load("TestParseClaudeAIExport_TextFallbackPreservesWhitespace_344").message("m1").content,
      "  keep surrounding whitespace  ");
}

TEST_F(ClaudeAiSamples, KeepWhatWasAttached) {
  const SilverStore store = Load("TestParseClaudeAIExport_AttachmentContent_176");
  EXPECT_EQ(store.message("m1/attachment-0").content, "notes.md\n\nline one\nline two");
  EXPECT_EQ(store.message("m1/attachment-0").kind, "attachment");
}

}  // namespace
}  // namespace firn::conversations
