// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using testing::ElementsAre;

const std::string kSession = "0199a5b2-1111-7222-8333-444455556666";
const std::string kFile =
    "src/firn/conversations/codex/testdata/rollout-2026-01-10T08-00-00-" + kSession + ".jsonl";

// Rows of a kind, in their order.
std::vector<Message> RowsOf(const SilverStore& store, std::string_view kind) {
  std::vector<Message> rows;
  for (const auto& [key, stored] : store.messages) {
    if (stored.row.kind == kind) rows.push_back(stored.row);
  }
  std::ranges::sort(rows, {}, &Message::sequence);
  return rows;
}

TEST(Codex, JoinsTheItemsOfAResponseWithWhatItTook) {
  const SilverStore store = StoreOfFile(Codex(), kFile);
  EXPECT_EQ(store.messages.begin()->first.first, kSession);
  const std::vector<Message> answers = RowsOf(store, "response");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].content, "I run make.");
  EXPECT_EQ(answers[0].reasoning, "Look first.");
  EXPECT_EQ(answers[0].model, "gpt-5-codex");
  EXPECT_EQ(answers[0].latency_ms, 2000);
  EXPECT_EQ(answers[0].usage, (TokenUsage{400, 600, {}, {}, 50, 20}));
  EXPECT_EQ(answers[1].usage, (TokenUsage{500, 1000, {}, {}, 40, 0}));
  const std::vector<Message> prompts = RowsOf(store, "prompt");
  ASSERT_EQ(prompts.size(), 1u);
  EXPECT_EQ(prompts[0].content, "Fix the build");
  EXPECT_EQ(RowsOf(store, "meta").size(), 1u);
}

TEST(Codex, CountsFiguresThatAreToldAgainOnce) {
  const SilverStore store = StoreOfFile(Codex(), kFile);
  EXPECT_EQ(ApiCallsOf(store).size(), 2u);
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)), (TokenTotals{900, 1600, 0, 0, 90}));
}

TEST(Codex, CountsCallsThatAForkRepeatsOnce) {
  const std::string text = ReadSample(kFile);
  const std::string id = "0199a5b2-2222-7222-8333-444455556666";
  const std::string path = "/d/rollout-2026-01-10T09-00-00-" + id + ".jsonl";
  // Its own beginning, the parent's records dated to the fork, and a call of its own.
  std::string fork = R"({"timestamp":"2026-01-10T09:00:00.000Z","type":"session_meta","payload":{)"
                     R"("id":")" +
                     id + R"(","forked_from_id":")" + kSession + "\"}}\n";
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) + 1 - at);
    fork += R"({"timestamp":"2026-01-10T09:00:00.001Z")" + line.substr(line.find(",\"type\""));
  }
  fork += R"({"timestamp":"2026-01-10T09:05:00.000Z","type":"event_msg","payload":{"type":)"
          R"("token_count","info":{"total_token_usage":{"input_tokens":4000,"output_tokens":100},)"
          R"("last_token_usage":{"input_tokens":1500,"output_tokens":10}}}})"
          "\n";
  SilverStore store;
  store.Add(SliceAll(Codex(), path, fork), path);
  store.Add(SliceAll(Codex(), kFile, text), kFile);
  EXPECT_EQ(store.sources.size(), 2u);
  const auto calls = ApiCallsOf(store);
  EXPECT_EQ(calls.size(), 3u);
  EXPECT_EQ(TotalsOf(calls), (TokenTotals{2400, 1600, 0, 0, 100}));
  int owned = 0;
  for (const auto& [key, call] : calls)
    owned += call.copies == 2 && call.conversation_id == kSession ? 1 : 0;
  EXPECT_EQ(owned, 2);  // The parent's, which is older.
}

TEST(Codex, CountsEqualFiguresOfSessionsThatAreNotRelatedTwice) {
  const auto session = [](const std::string& id) {
    return R"({"timestamp":"2026-01-10T09:00:00.000Z","type":"session_meta","payload":{"id":")" +
           id + "\"}}\n" +
           R"({"timestamp":"2026-01-10T09:00:01.000Z","type":"event_msg","payload":{"type":)"
           R"("token_count","info":{"total_token_usage":{"input_tokens":40,"output_tokens":1},)"
           R"("last_token_usage":{"input_tokens":40,"output_tokens":1}}}})"
           "\n";
  };
  SilverStore store;
  for (const char* id : {"one", "two"}) {
    const std::string path = std::string("/d/") + id + ".jsonl";
    store.Add(SliceAll(Codex(), path, session(id)), path);
  }
  EXPECT_EQ(ApiCallsOf(store).size(), 2u);
}

TEST(Codex, PairsCallsWithTheirEnds) {
  const SilverStore store = StoreOfFile(Codex(), kFile);
  ASSERT_EQ(store.tool_calls.size(), 2u);
  const ToolCall& make = store.tool_call("call_a");
  EXPECT_EQ(make.tool_name, "shell");
  EXPECT_EQ(make.parameters, R"({"command":["make"]})");
  EXPECT_EQ(make.success, false);
  EXPECT_EQ(make.execution_time_ms, 1250);
  EXPECT_THAT(*make.result, testing::HasSubstr("make: error"));
  const ToolCall& patch = store.tool_call("call_b");
  EXPECT_EQ(patch.success, true);
  EXPECT_EQ(patch.parameters, R"("*** Begin Patch")");
}

TEST(Codex, KnowsTheProjectAndWhatItDoesNotKnow) {
  const SourceFacts facts = StoreOfFile(Codex(), kFile).facts();
  EXPECT_EQ(facts.project_path, "/home/p/app");
  EXPECT_EQ(facts.git_branch, "main");
  EXPECT_EQ(facts.git_repo, "https://example.org/p/app.git");
  EXPECT_EQ(facts.parent_conversation_id, "0199a5b2-0000-7222-8333-444455556666");
  EXPECT_EQ(facts.title, "Fix the build");
  EXPECT_THAT(facts.files_modified, ElementsAre("/home/p/app/Makefile"));
  EXPECT_EQ(facts.records_other, 1);
  EXPECT_EQ(facts.error_count, 1);
}

TEST(Codex, IsLookedForInItsFolders) {
  EXPECT_THAT(Codex().DefaultRoots({{"HOME", "/h"}}),
              ElementsAre("/h/.codex/sessions", "/h/.codex/archived_sessions"));
}

class CodexSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& file) {
    return StoreOfFile(Codex(), SamplesFolder() + "/codex/" + file);
  }
};

TEST_F(CodexSamples, HaveTheExpectedTokens) {
  EXPECT_EQ(TotalsOf(ApiCallsOf(Load("agent_sessions/stage0/agents/codex/small.jsonl"))),
            (TokenTotals{12'757, 3584, 0, 0, 81}));
  EXPECT_EQ(TotalsOf(ApiCallsOf(Load("ccusage/session-alpha.jsonl"))),
            (TokenTotals{2750, 750, 0, 0, 425}));
  EXPECT_EQ(TotalsOf(ApiCallsOf(Load("agent_sessions/codex_053_rate_limit.jsonl"))),
            (TokenTotals{1211, 10'880, 0, 0, 182}));
  EXPECT_EQ(TotalsOf(ApiCallsOf(Load("agent_sessions/codex_050_legacy.jsonl"))),
            (TokenTotals{1420, 0, 0, 0, 910}));
}

TEST_F(CodexSamples, AreKnownInEveryType) {
  const SilverStore store = Load("agent_sessions/stage0/agents/codex/small.jsonl");
  EXPECT_EQ(store.facts().records, 118);
  EXPECT_EQ(store.facts().records_other, 0);
  EXPECT_EQ(store.facts().records_unreadable, 0);
  EXPECT_EQ(store.tool_call("call-2").result, R"("a.txt\n")");
  EXPECT_EQ(store.tool_call("call-1").result, R"("a.txt\nb.txt\n")");
  const std::vector<Message> errors =
      RowsOf(Load("agent_sessions/codex_053_rate_limit.jsonl"), "error");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].content, "Rate limit exceeded");
}

}  // namespace
}  // namespace firn::conversations
