// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using testing::Contains;
using testing::ElementsAre;

const std::string kSession = "0b5a2c1e-7f7d-4f0e-9a44-3d1f0a6b8c21";
const std::string kFolder = "src/firn/conversations/continue/testdata/";
const std::string kFile = kFolder + "sessions/" + kSession + ".json";

TEST(Continue, ReadsASession) {
  const SilverStore store = StoreOfFile(Continue(), kFile);
  EXPECT_EQ(store.messages.size(), 8u);  // Seven of the history, one of what it took.
  EXPECT_EQ(store.messages.begin()->first.first, kSession);
  EXPECT_EQ(store.message("0").content, "Rename Foo to Bar\n\n[image]");
  EXPECT_EQ(store.message("0").kind, "prompt");
  EXPECT_EQ(store.message("1").reasoning, "Where is Foo?");
  const Message& answer = store.message("2");
  EXPECT_EQ(answer.content, "I edit it.");
  EXPECT_EQ(answer.reasoning, "One place.");
  EXPECT_EQ(answer.latency_ms, 2500);
  EXPECT_EQ(answer.model, "Claude 3.5 Sonnet");
  EXPECT_EQ(store.message("4").model, "Claude Sonnet 4");
  EXPECT_EQ(store.message("4").timestamp, std::nullopt);
  EXPECT_EQ(store.message("6").kind, "other");
  const SourceFacts& facts = store.facts();
  EXPECT_EQ(facts.title, "Rename a function");
  EXPECT_EQ(facts.project_path, "/home/p/my project");
  EXPECT_THAT(facts.files_modified, ElementsAre("a.py"));
  EXPECT_EQ(facts.records_other, 1);
}

TEST(Continue, CountsASessionThatCountsItselfOnce) {
  const SilverStore store = StoreOfFile(Continue(), kFile);
  const auto calls = ApiCallsOf(store);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(TotalsOf(calls), (TokenTotals{2000, 6000, 1000, 0, 300}));
  EXPECT_EQ(store.message("usage").reported_cost_nanos, 21'500'000);
  EXPECT_EQ(store.message("usage").kind, "context");
  EXPECT_EQ(store.message("2").usage.output, 120);  // Shown, not summed.
}

TEST(Continue, TakesTheResultOfAToolOnce) {
  const SilverStore store = StoreOfFile(Continue(), kFile);
  ASSERT_EQ(store.tool_calls.size(), 2u);
  const ToolCall& edit = store.tool_call("call_1");
  EXPECT_EQ(edit.tool_name, "edit_existing_file");
  EXPECT_EQ(edit.parameters, R"({"filepath":"a.py"})");
  EXPECT_EQ(edit.result, R"("1 change")");
  EXPECT_EQ(edit.success, true);
  EXPECT_EQ(store.tool_call("call_2").result, R"("3 passed")");
  EXPECT_EQ(store.message("3").kind, "tool_result");
}

TEST(Continue, DatesASessionByTheListAndTheLog) {
  const SilverStore list = StoreOfFile(Continue(), kFolder + "sessions/sessions.json");
  EXPECT_EQ(list.facts().first_timestamp->ToString(), "2025-06-15T15:06:40.000000Z");
  EXPECT_TRUE(list.messages.empty());
  const SilverStore log = StoreOfFile(Continue(), kFolder + "dev_data/0.2.0/chatInteraction.jsonl");
  EXPECT_EQ(log.sources.begin()->first.first, kSession);
  EXPECT_EQ(log.facts().last_timestamp->ToString(), "2025-06-15T15:06:50.000000Z");
  EXPECT_TRUE(log.messages.empty());
}

TEST(Continue, IsLookedForInItsFolders) {
  EXPECT_THAT(
      Continue().DefaultRoots({{"HOME", "/h"}, {"CONTINUE_GLOBAL_DIR", "/c"}}),
      ElementsAre("/c/sessions", "/h/.continue/sessions", "/c/dev_data", "/h/.continue/dev_data"));
  EXPECT_THAT(Continue().DefaultRoots({{"WSL_DISTRO_NAME", "Debian"}}),
              Contains("/mnt/c/Users/*/.continue/sessions"));
}

class ContinueSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& number) {
    return StoreOfFile(Continue(), SamplesFolder() + "/continue/derived/sessions/" +
                                       "c0ffee00-0000-4000-8000-0000000000" + number + ".json");
  }
};

TEST_F(ContinueSamples, KeepMessagesWhoseIdsRepeat) {
  const SilverStore store = Load("04");
  EXPECT_EQ(store.messages.size(), 3u);
  EXPECT_EQ(store.message("2").content, "First chunk");
}

TEST_F(ContinueSamples, KnowSummaries) {
  const SilverStore store = Load("06");
  EXPECT_EQ(store.message("1").kind, "compact_summary");
  EXPECT_EQ(store.message("1").role, "assistant");
  EXPECT_EQ(Load("10").messages.size(), 4u);  // Two of them say nothing.
}

TEST_F(ContinueSamples, ListEverySessionOnce) {
  const SilverStore store =
      StoreOfFile(Continue(), SamplesFolder() + "/continue/derived/sessions/sessions.json");
  EXPECT_EQ(store.sources.size(), 10u);
}

TEST_F(ContinueSamples, PairCallsWithTheirOutput) {
  const SilverStore store = Load("00");
  ASSERT_EQ(store.tool_calls.size(), 1u);
  EXPECT_EQ(store.tool_call("tool-call-1").tool_name, "grep_search");
  EXPECT_EQ(store.tool_call("tool-call-1").success, true);
  EXPECT_EQ(store.message("2").model, "Claude 3.5 Sonnet");
}

}  // namespace
}  // namespace firn::conversations
