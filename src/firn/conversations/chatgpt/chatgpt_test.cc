// SPDX-License-Identifier: Apache-2.0

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

SilverStore StoreOf(const std::string& text, const std::string& source = "export") {
  SilverStore store;
  store.Add(SliceAll(ChatGpt(), "/d/conversations.json", text, {.take_unfinished = true}), source);
  return store;
}

const Message& Row(const SilverStore& store, const std::string& id) {
  for (const auto& [key, message] : store.messages) {
    if (key.second == id) return message.row;
  }
  static const Message kNone;
  ADD_FAILURE() << "no message " << id;
  return kNone;
}

class ChatGptSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& file) {
    return StoreOf(ReadSample(SamplesFolder() + "/chatgpt/" + file));
  }
  static std::set<std::string> ActiveIds(const SilverStore& store) {
    std::set<std::string> ids;
    for (const auto& [key, message] : store.messages) {
      if (message.row.is_active_path) ids.insert(key.second);
    }
    return ids;
  }
};

TEST_F(ChatGptSamples, KeepEveryNodeOfTheRealExport) {
  const SilverStore store = Load("chatgpt2graph/conversations.json");
  EXPECT_EQ(store.messages.size(), 44u);  // 45 nodes, the root without a message.
  EXPECT_EQ(ActiveIds(store).size(), 44u);
  EXPECT_EQ(store.tool_calls.size(), 11u);
  for (const auto& [key, call] : store.tool_calls) {
    EXPECT_EQ(call.row.tool_name, "python");
    EXPECT_TRUE(call.row.result.has_value()) << key.second;
    EXPECT_TRUE(call.row.success.has_value()) << key.second;
    EXPECT_TRUE(call.row.execution_time_ms.has_value()) << key.second;
    EXPECT_THAT(*call.row.parameters, testing::HasSubstr("\"text\":"));
  }
  const Message& answer = Row(store, "09904398-99b4-47ba-8e95-9ed456b4187a");
  EXPECT_EQ(answer.role, "assistant");
  EXPECT_EQ(answer.model, "gpt-4-code-interpreter");
  EXPECT_EQ(answer.kind, "response");
  EXPECT_FALSE(answer.usage.known());
  EXPECT_EQ(answer.timestamp->value, 1695326335191365);
  const SourceFacts& facts = store.sources.begin()->second.facts;
  EXPECT_EQ(facts.title, "Average Distance in U(0,1)");
}

TEST_F(ChatGptSamples, KeepTheActivePathWhenAnAnswerWasRegenerated) {
  const SilverStore plain = Load("chatgpt2graph/conversations.json");
  const SilverStore branched = Load("derived/branching_conversations-000.json");
  EXPECT_EQ(ActiveIds(branched), ActiveIds(plain));
  EXPECT_GT(branched.messages.size(), plain.messages.size());
}

TEST_F(ChatGptSamples, PairCodeOfAToolWithItsOutput) {
  const SilverStore store = Load("derived/TestParseChatGPTExport_ToolCalls.json");
  ASSERT_EQ(store.tool_calls.size(), 1u);
  const ToolCall& call = store.tool_calls.begin()->second.row;
  EXPECT_EQ(call.tool_name, "python");
  EXPECT_EQ(call.parameters, R"j({"language":"python","text":"print(42)"})j");
  EXPECT_EQ(call.result, R"("42")");
}

TEST_F(ChatGptSamples, KeepWhatASearchFound) {
  const SilverStore store = Load("derived/TestParseChatGPTExport_WebSearch.json");
  EXPECT_EQ(Row(store, "node-3").content, "Go Blog\n\nhttps://go.dev/blog\n\nGo is great");
  ASSERT_EQ(store.tool_calls.size(), 1u);
}

std::string Export(const std::string& update_time, const std::string& text,
                   const std::string& current = "\"b\"") {
  return R"([{"id":"one","title":"T","create_time":10,"update_time":)" + update_time +
         R"(,"current_node":)" + current +
         R"(,"mapping":{)"
         R"("a":{"id":"a","parent":null,"children":["b","c"],"message":{"author":{"role":"user"},)"
         R"("create_time":11,"content":{"content_type":"text","parts":["q"]}}},)"
         R"("b":{"id":"b","parent":"a","children":[],"message":{"author":{"role":"assistant"},)"
         R"("create_time":12.5,"content":{"content_type":"text","parts":[")" +
         text +
         R"("]}}},)"
         R"("c":{"id":"c","parent":"a","children":["a"],"message":{"author":{"role":"assistant"},)"
         R"("create_time":12,"content":{"content_type":"holograph","x":1}}}}}])";
}

TEST(ChatGpt, LetsTheLaterExportWinWhicheverComesFirst) {
  const auto slices = [](const std::string& text) {
    return SliceAll(ChatGpt(), "/d/conversations.json", text);
  };
  SilverStore forward, backward;
  forward.Add(slices(Export("20", "old")), "e1");
  forward.Add(slices(Export("30", "new")), "e2");
  backward.Add(slices(Export("30", "new")), "e2");
  backward.Add(slices(Export("20", "old")), "e1");
  EXPECT_EQ(forward.messages, backward.messages);
  EXPECT_EQ(Row(forward, "b").content, "new");
  EXPECT_EQ(Row(forward, "b").latency_ms, 1500);
}

TEST(ChatGpt, FlagsThePathToTheNewestLeafWithoutACurrentNode) {
  const SilverStore store = StoreOf(Export("20", "x", "null"));
  EXPECT_TRUE(Row(store, "a").is_active_path);
  EXPECT_TRUE(Row(store, "b").is_active_path);
  EXPECT_FALSE(Row(store, "c").is_active_path);
}

TEST(ChatGpt, KeepsContentOfAnUnknownTypeAsItCame) {
  const SilverStore store = StoreOf(Export("20", "x"));
  EXPECT_EQ(Row(store, "c").kind, "other");
  EXPECT_THAT(*Row(store, "c").raw, testing::HasSubstr("holograph"));
  EXPECT_EQ(store.sources.begin()->second.facts.records_other, 1);
}

TEST(ChatGpt, EndsWhereParentsRunInACircle) {
  const SilverStore store =
      StoreOf(R"([{"id":"x","current_node":"p","mapping":{)"
              R"("p":{"id":"p","parent":"q","message":{"author":{"role":"user"}}},)"
              R"("q":{"id":"q","parent":"p","message":{"author":{"role":"user"}}}}}])");
  EXPECT_EQ(store.messages.size(), 2u);
}

}  // namespace
}  // namespace firn::conversations
