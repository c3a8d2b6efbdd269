// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

const std::string kLog = "src/firn/conversations/azure_openai/testdata/PT1H.json";

TEST(AzureOpenAi, CountsCallsOfWhichTheLogTellsNoTokens) {
  const SilverStore store = StoreOfFile(AzureOpenAi(), kLog);
  const Message& call = store.message("c-1");
  EXPECT_EQ(call.kind, "context");
  EXPECT_EQ(call.model, "gpt-4o");
  EXPECT_EQ(call.latency_ms, 412);
  EXPECT_EQ(call.timestamp->ToString(), "2026-01-05T10:00:00.123456Z");
  EXPECT_FALSE(call.usage.known());
  EXPECT_EQ(call.api_call_id, "c-1");
  const Message& refused = store.message("c-2");
  EXPECT_EQ(refused.kind, "error");
  EXPECT_EQ(refused.content, "status 429");
  EXPECT_EQ(refused.latency_ms, std::nullopt);  // It was told as less than nothing.
}

TEST(AzureOpenAi, ReadsBodiesThatAGatewayLogged) {
  const SilverStore store = StoreOfFile(AzureOpenAi(), kLog);
  const Message& answer = store.message("chatcmpl-9");
  EXPECT_EQ(answer.content, "Hello");
  EXPECT_EQ(answer.latency_ms, 90);
  EXPECT_EQ(answer.usage, (TokenUsage{8, {}, {}, {}, 2, {}}));
  int64_t other = 0;
  for (const auto& [key, stored] : store.messages)
    other += stored.row.kind == "other" ? 1 : 0;
  EXPECT_EQ(other, 1);  // The body that was cut.
}

TEST(AzureOpenAi, JoinsPiecesByTheirCorrelation) {
  const SilverStore store = StoreOfFile(AzureOpenAi(), kLog);
  EXPECT_EQ(store.message("c-5/user/0").content, "First half");
  EXPECT_EQ(store.message("c-5/assistant/1").content, "an answer");
  const auto calls = ApiCallsOf(store);
  EXPECT_EQ(calls.at("c-5").usage, (TokenUsage{20, {}, {}, {}, 6, {}}));
  EXPECT_EQ(calls.size(), 4u);
}

TEST(AzureOpenAi, PutsCallsOfADayInOneConversation) {
  const auto slices = SliceAll(AzureOpenAi(), kLog, ReadSample(kLog));
  EXPECT_EQ(Joined(slices), ReadSample(kLog));
  EXPECT_THAT(slices[0].native_id, testing::AllOf(testing::StartsWith("log:/SUBSCRIPTIONS/S/"),
                                                  testing::EndsWith("/2026-01-05")));
  EXPECT_EQ(slices[0].records, 2);
}

class AzureSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static void Add(const std::string& file, SilverStore& store) {
    const std::string path = SamplesFolder() + "/azure_openai/" + file;
    store.Add(SliceAll(AzureOpenAi(), path, ReadSample(path), {.take_unfinished = true}), path);
  }
};

// Counted by another program from the same files; exchanges that several hold count once.
TEST_F(AzureSamples, HaveTheExpectedTokens) {
  SilverStore store;
  for (const std::string& path : FilesUnder(SamplesFolder() + "/azure_openai", ".jsonl"))
    Add(path.substr(path.rfind('/') + 1), store);
  const auto calls = ApiCallsOf(store);
  EXPECT_EQ(calls.size(), 42u);
  EXPECT_EQ(TotalsOf(calls), (TokenTotals{430, 0, 0, 0, 749}));
  EXPECT_EQ(std::ranges::count_if(calls, [](const auto& one) { return !one.second.usage.known(); }),
            14);  // Streams that were not asked for usage.
}

TEST_F(AzureSamples, ReadExchanges) {
  SilverStore store;
  Add("test_chat.jsonl", store);
  const Message& answer = store.message("chatcmpl-9HpbZPf84KZFiQG6fdY0KVtIwHyIa");
  EXPECT_EQ(answer.model, "gpt-35-turbo");
  EXPECT_EQ(answer.latency_ms, 544);
  EXPECT_EQ(answer.timestamp->ToString(), "2024-04-25T09:22:53.000000Z");
  EXPECT_EQ(store.messages.size(), 6u);  // One prompt, five answers.
}

TEST_F(AzureSamples, PutStreamsTogether) {
  SilverStore store;
  Add("test_chat_streaming.jsonl", store);
  const Message& answer = store.message("chatcmpl-9HpbaAXyt0cAnlWvI8kUAFpZt5jyQ");
  EXPECT_THAT(*answer.content, testing::StartsWith("Why did"));
  EXPECT_EQ(answer.timestamp->ToString(), "2024-04-25T09:22:54.000000Z");
  EXPECT_EQ(answer.model, "gpt-35-turbo");
  EXPECT_EQ(ApiCallsOf(store).size(), 4u);
}

TEST_F(AzureSamples, KeepRefusals) {
  SilverStore store;
  Add("test_prompt_content_filtering_with_events_with_content.jsonl", store);
  int64_t errors = 0;
  for (const auto& [key, stored] : store.messages)
    errors += stored.row.kind == "error" ? 1 : 0;
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(store.facts().error_count, 1);
}

}  // namespace
}  // namespace firn::conversations
