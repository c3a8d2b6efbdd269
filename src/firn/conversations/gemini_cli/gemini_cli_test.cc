// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

const std::string kFile = "src/firn/conversations/gemini_cli/testdata/session.jsonl";

TEST(GeminiCli, LetsALaterLineReplaceAMessage) {
  const SilverStore store = StoreOfFile(GeminiCli(), kFile);
  EXPECT_EQ(store.messages.size(), 7u);
  const Message& answer = store.message("a1");
  EXPECT_EQ(answer.content, "All of it.");
  EXPECT_EQ(answer.reasoning, "Plan: read first");
  EXPECT_EQ(answer.usage, (TokenUsage{300, 700, {}, {}, 60, 20}));
  EXPECT_EQ(answer.latency_ms, 3000);
  EXPECT_EQ(ApiCallsOf(store).size(), 2u);
  const ToolCall& call = store.tool_call("t1");
  EXPECT_EQ(call.result, R"("wrote it")");
  EXPECT_EQ(call.success, true);
  EXPECT_EQ(store.message("x1").kind, "other");
  const SourceFacts& facts = store.facts();
  EXPECT_THAT(facts.files_modified, testing::ElementsAre("a.md"));
  EXPECT_EQ(facts.title, "Write a.md");
  EXPECT_EQ(facts.records_other, 1);
  EXPECT_EQ(facts.error_count, 1);
}

TEST(GeminiCli, KeepsWhatWasTakenBackOffTheActivePath) {
  const SilverStore store = StoreOfFile(GeminiCli(), kFile);
  EXPECT_FALSE(store.message("u2").is_active_path);
  EXPECT_FALSE(store.message("a2").is_active_path);
  EXPECT_EQ(store.message("a2").content, "Done.");
  EXPECT_TRUE(store.message("a1").is_active_path);
  EXPECT_EQ(store.message("s1").content, "So far: a.md");
  EXPECT_EQ(store.message("u1").sequence, 0);
  EXPECT_EQ(store.facts().project_path, "/home/p/notes");
}

TEST(GeminiCli, KnowsWhomAnAgentWorksFor) {
  const std::string parent = "7b2f0c88-4a8c-4d55-9d1b-0d6c5e5b1a11";
  const SilverStore store =
      StoreOf(GeminiCli(), "/h/chats/" + parent + "/a.jsonl", ReadSample(kFile));
  EXPECT_EQ(store.facts().parent_conversation_id, parent);
  EXPECT_EQ(StoreOfFile(GeminiCli(), kFile).facts().parent_conversation_id, std::nullopt);
}

TEST(GeminiCli, GivesTheSameRowsForAnySlices) {
  const SilverStore whole = StoreOfFile(GeminiCli(), kFile);
  SilverStore store;
  store.AddOneByOne(SliceAll(GeminiCli(), kFile, ReadSample(kFile), {.slice_bytes_max = 1}), kFile);
  EXPECT_EQ(store.messages, whole.messages);
  EXPECT_EQ(store.facts(), whole.facts());
}

TEST(GeminiCli, IsLookedForInItsFolder) {
  EXPECT_THAT(GeminiCli().DefaultRoots({{"HOME", "/h"}, {"WSL_DISTRO_NAME", "Debian"}}),
              testing::ElementsAre("/h/.gemini/tmp", "/mnt/c/Users/*/.gemini/tmp"));
}

class GeminiSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& file) {
    return StoreOfFile(GeminiCli(), SamplesFolder() + "/gemini_cli/" + file);
  }
};

// Counted by another program from the same files.
TEST_F(GeminiSamples, HaveTheExpectedTokensAndCalls) {
  struct Expected {
    const char* file;
    size_t messages, calls, tools;
    TokenTotals totals;
  };
  for (const Expected& one :
       {Expected{"entire_12_cbfeaa512b_0.json", 6, 4, 2, {13'635, 35'330, 0, 0, 302}},
        Expected{"entire_51_3fab7adf0b_0.json", 4, 2, 1, {12'341, 11'835, 0, 0, 153}},
        Expected{"entire_9c_53780d06b7_0.json", 8, 6, 4, {12'424, 50'471, 0, 0, 773}},
        Expected{"entire_ab_2b9748b105_0.json", 13, 11, 9, {17'521, 113'854, 0, 0, 1812}},
        Expected{"entire_ec_38b74f08e3_2.json", 1, 0, 0, {}},
        Expected{"agentsview/standard_session.json", 4, 2, 0, {3350, 150, 0, 0, 650}},
        Expected{"agent_sessions/jsonl_v040.jsonl", 3, 2, 1, {12'422, 11'502, 0, 0, 228}}}) {
    const SilverStore store = Load(one.file);
    EXPECT_EQ(store.messages.size(), one.messages) << one.file;
    EXPECT_EQ(store.tool_calls.size(), one.tools) << one.file;
    EXPECT_EQ(ApiCallsOf(store).size(), one.calls) << one.file;
    EXPECT_EQ(TotalsOf(ApiCallsOf(store)), one.totals) << one.file;
    EXPECT_EQ(store.facts().records_other, 0) << one.file;
  }
}

TEST_F(GeminiSamples, CountAMessageThatSeveralFilesHoldOnce) {
  SilverStore store;
  for (const char* file : {"entire_9c_53780d06b7_0.json", "entire_ab_2b9748b105_0.json"}) {
    const std::string path = SamplesFolder() + "/gemini_cli/" + file;
    store.Add(SliceAll(GeminiCli(), path, ReadSample(path)), path);
  }
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)), (TokenTotals{17'521, 113'854, 0, 0, 1812}));
}

TEST_F(GeminiSamples, PairCallsWithTheirResults) {
  const SilverStore store = Load("entire_12_cbfeaa512b_0.json");
  EXPECT_EQ(store.tool_call("read_file-1768010961326-7266fc4bc8133").result,
            R"("hello from gemini")");
  EXPECT_THAT(store.facts().files_modified, testing::ElementsAre("test-gemini.txt"));
}

}  // namespace
}  // namespace firn::conversations
