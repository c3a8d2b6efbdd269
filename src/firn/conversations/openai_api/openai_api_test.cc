// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/openai_api/event_stream.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using testing::HasSubstr;

const std::string kFile = "src/firn/conversations/openai_api/testdata/exchanges.jsonl";

int64_t CountOf(const SilverStore& store, std::string_view kind) {
  int64_t count = 0;
  for (const auto& [key, stored] : store.messages)
    count += stored.row.kind == kind ? 1 : 0;
  return count;
}

TEST(OpenAiApi, TellsARepeatedHistoryOnce) {
  const SilverStore store = StoreOfFile(OpenAiApi(), kFile);
  const Message& first = store.message("chatcmpl-1");
  const std::string& conversation = [&] {
    for (const auto& [key, stored] : store.messages) {
      if (key.second == "chatcmpl-2") return key.first;
    }
    return std::string();
  }();
  std::map<std::string, int> kinds;
  for (const auto& [key, stored] : store.messages) {
    if (key.first == conversation) ++kinds[stored.row.kind];
  }
  EXPECT_EQ(kinds, (std::map<std::string, int>{
                       {"system", 1}, {"prompt", 1}, {"response", 3}, {"tool_result", 1}}));
  EXPECT_EQ(first.latency_ms, 850);
  EXPECT_EQ(first.timestamp->ToString(), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(first.usage, (TokenUsage{30, 20, {}, {}, 12, 4}));
  EXPECT_EQ(first.api_call_id, "chatcmpl-1");
  EXPECT_EQ(store.message("chatcmpl-2.1").content, "It is sunny.");
  EXPECT_FALSE(store.message("chatcmpl-2.1").usage.known());  // Of both choices, told once.
}

TEST(OpenAiApi, PairsAToolCallWithTheMessageThatAnswersIt) {
  const SilverStore store = StoreOfFile(OpenAiApi(), kFile);
  const ToolCall& call = store.tool_call("call_1");
  EXPECT_EQ(call.tool_name, "weather");
  EXPECT_EQ(call.message_id, "chatcmpl-1");
  EXPECT_EQ(call.parameters, R"({"city":"Paris"})");
  EXPECT_EQ(call.result, R"("sunny")");
}

TEST(OpenAiApi, ReadsBatchesTrainingFilesAndResponses) {
  const SilverStore store = StoreOfFile(OpenAiApi(), kFile);
  EXPECT_EQ(store.message("chatcmpl-3").usage, (TokenUsage{5, {}, {}, {}, 3, {}}));
  const Message& answer = store.message("resp_1");
  EXPECT_EQ(answer.content, "Hello!");
  EXPECT_EQ(answer.usage, (TokenUsage{9, 0, {}, {}, 7, 2}));
  EXPECT_EQ(answer.session_id, "s-77");
  EXPECT_EQ(store.tool_call("call_9").tool_name, "wave");
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)), (TokenTotals{114, 20, 0, 0, 30}));
  EXPECT_EQ(CountOf(store, "other"), 1);
  bool trained = false;
  for (const auto& [key, stored] : store.messages) {
    if (stored.row.content != "yes") continue;
    trained = stored.row.kind == "response" && !stored.row.api_call_id;
  }
  EXPECT_TRUE(trained);
}

TEST(OpenAiApi, GivesTheSameRowsForAnySlices) {
  const SilverStore whole = StoreOfFile(OpenAiApi(), kFile);
  SilverStore store;
  store.AddOneByOne(SliceAll(OpenAiApi(), kFile, ReadSample(kFile), {.slice_bytes_max = 1}), kFile);
  EXPECT_EQ(store.messages, whole.messages);
  EXPECT_EQ(store.tool_calls, whole.tool_calls);
}

TEST(OpenAiApi, IsRecognisedByWhatItHolds) {
  const auto is = [](std::string_view path, std::string_view head) {
    return RecognisePlatform(path, head) == &OpenAiApi();
  };
  EXPECT_TRUE(is("/d/x.jsonl", R"({"messages":[{"role":"user","content":"x"}]})"));
  EXPECT_TRUE(is("/d/x.json", "[\n {\"messages\": [{\"role\": \"user\",\n \"content\": \"x\"}]}]"));
  EXPECT_FALSE(is("/d/x.jsonl", R"({"messages":["x"]})"));
  EXPECT_FALSE(is("/d/x.jsonl", R"({"id":1,"name":"x"})"));
  EXPECT_FALSE(is("/d/x.csv", R"({"messages":[{"role":"user","content":"x"}]})"));
}

TEST(EventStream, PutsPiecesTogether) {
  const openai_api::Streamed streamed = openai_api::ReadStream(
      "data: {\"choices\":[],\"id\":\"\",\"model\":\"\",\"created\":0}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"id\":\"c1\","
      "\"created\":5,\"model\":\"m\"}\r\n\r\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\",\"tool_calls\":[{\"index\":1,"
      "\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}],\"id\":\"c1\"}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":"
      "{\"arguments\":\"}\"}}]}}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n"
      "data: [DONE]\n\ndata: {\"cut");
  EXPECT_EQ(streamed.id, "c1");
  EXPECT_EQ(streamed.model, "m");
  EXPECT_EQ(streamed.created->value, 5'000'000);
  EXPECT_EQ(streamed.choices.at(0).text, "ab");
  EXPECT_EQ(streamed.choices.at(0).calls.at(1).arguments, "{}");
  EXPECT_EQ(streamed.usage.output, 2);
}

class OpenAiSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& file) {
    return StoreOfFile(OpenAiApi(), SamplesFolder() + "/openai_api/" + file + ".jsonl");
  }
};

// Counted by another program from the same files.
TEST_F(OpenAiSamples, HaveTheExpectedTokens) {
  SilverStore store;
  for (const std::string& path : FilesUnder(SamplesFolder() + "/openai_api", ".jsonl")) {
    store.Add(SliceAll(OpenAiApi(), path, ReadSample(path), {.take_unfinished = true}), path);
  }
  EXPECT_EQ(ApiCallsOf(store).size(), 27u);
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)), (TokenTotals{2285, 0, 0, 0, 593}));
  EXPECT_EQ(CountOf(store, "error"), 1);
  EXPECT_EQ(CountOf(store, "other"), 0);
  EXPECT_EQ(CountOf(store, "unreadable"), 0);
}

TEST_F(OpenAiSamples, PutStreamedToolCallsTogether) {
  const SilverStore store =
      Load("test_functions__test_open_ai_function_calls_tools_streaming_parallel");
  EXPECT_EQ(store.tool_calls.size(), 4u);
  EXPECT_EQ(store.tool_call("call_cCPjAyfwTzboEKjVlqFrArNF").parameters,
            R"({"location": "San Francisco"})");
  EXPECT_EQ(store.tool_call("call_Zi4He1Ns0mozwT6f85nW1BOW").parameters,
            R"({"location": "Boston"})");
}

TEST_F(OpenAiSamples, FollowAThread) {
  const SilverStore store = Load("test_assistant__test_new_assistant");
  const auto run = store.message("run_FEFAUboptcjXZ5dto9CKLzF8");
  EXPECT_EQ(run.usage, (TokenUsage{381, 0, {}, {}, 89, 0}));
  EXPECT_THAT(*store.message("msg_3ay26qHk1PtdiciDQHx5c8bJ").content, HasSubstr("3x + 11 = 14"));
}

TEST_F(OpenAiSamples, CountReasoningAsPartOfTheOutput) {
  const SilverStore store = Load("test_chat__test_chat_with_service_tier");
  EXPECT_EQ(store.message("chatcmpl-Cf5wGPHPBqszCcDHyQPt9SNASzZKN").usage,
            (TokenUsage{8, 0, {}, {}, 82, 64}));
}

// The first line is longer than what is read of a file to tell what it is.
TEST(OpenAiApi, IsRecognisedByTheBeginningOfALongLine) {
  const std::string words(2 * kHeadBytes, 'x');
  const auto recognised = [](std::string_view path, const std::string& text) {
    const Platform* platform = RecognisePlatform(path, text.substr(0, kHeadBytes));
    return platform == nullptr ? "" : platform->name();
  };
  const std::string said = R"({"role":"user","content":")" + words + R"("})";
  EXPECT_EQ(recognised("a.jsonl", R"({"messages":[)" + said + "]}\n"), "openai_api");
  EXPECT_EQ(recognised("a.json", R"([{"messages":[)" + said + "]}]"), "openai_api");
  EXPECT_EQ(recognised("a.jsonl", R"({"request":{"messages":[)" + said + "]}}\n"), "openai_api");
  EXPECT_EQ(recognised("a.jsonl", R"({"words":")" + words + "\"}\n"), "");
}

}  // namespace
}  // namespace firn::conversations
