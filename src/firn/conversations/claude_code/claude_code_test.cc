// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

constexpr std::string_view kSession = "0a1b2c3d-0000-4000-8000-000000000001";

// Records of one session; the time counts seconds.
class Script {
 public:
  Script& User(const std::string& uuid, const std::string& content) {
    return Record("user", uuid, R"({"role":"user","content":)" + content + "}");
  }
  Script& Prompt(const std::string& uuid, const std::string& text) {
    return User(uuid, "\"" + text + "\"");
  }
  Script& Answer(const std::string& uuid, const std::string& id, const std::string& blocks,
                 int output, const std::string& model = "claude-opus-4-5") {
    return Record("assistant", uuid,
                  R"({"role":"assistant","id":")" + id + R"(","model":")" + model +
                      R"(","content":[)" + blocks + R"(],"usage":{"input_tokens":5,)" +
                      R"("cache_read_input_tokens":7,"cache_creation_input_tokens":30,)" +
                      R"("cache_creation":{"ephemeral_1h_input_tokens":20,)" +
                      R"("ephemeral_5m_input_tokens":10},"output_tokens":)" +
                      std::to_string(output) + "}}");
  }
  Script& Line(const std::string& line) {
    text_ += line + "\n";
    return *this;
  }
  SilverStore Store() const {
    SilverStore store;
    store.Add(SliceAll(ClaudeCode(), "/p/" + std::string(kSession) + ".jsonl", text_), "s");
    return store;
  }
  const std::string& text() const { return text_; }

 private:
  Script& Record(const std::string& type, const std::string& uuid, const std::string& message) {
    const std::string second = std::to_string(10 + seconds_++);
    return Line(R"({"type":")" + type + R"(","uuid":")" + uuid + R"(","sessionId":")" +
                std::string(kSession) + R"(","cwd":"/home/p/app","gitBranch":"main",)" +
                R"("timestamp":"2025-11-05T09:30:)" + second + R"(Z","message":)" + message + "}");
  }

  std::string text_;
  int seconds_ = 0;
};

std::string Text(const std::string& text) {
  return R"({"type":"text","text":")" + text + "\"}";
}
std::string Call(const std::string& id, const std::string& name, const std::string& input) {
  return R"({"type":"tool_use","id":")" + id + R"(","name":")" + name + R"(","input":)" + input +
         "}";
}
std::string Answered(const std::string& id, const std::string& content, bool failed = false) {
  return R"({"type":"tool_result","tool_use_id":")" + id + R"(","content":)" + content +
         (failed ? R"(,"is_error":true})" : "}");
}

const Message& Row(const SilverStore& store, const std::string& id) {
  return store.messages.at({std::string(kSession), id}).row;
}
const ToolCall& CallRow(const SilverStore& store, const std::string& id) {
  return store.tool_calls.at({std::string(kSession), id}).row;
}
const SourceFacts& Facts(const SilverStore& store) {
  return store.sources.begin()->second.facts;
}

TEST(ClaudeCode, MakesOneRowOfTheRecordsOfOneAnswer) {
  const SilverStore store = Script()
                                .Prompt("u1", "do it")
                                .Answer("a1", "m1", Text("Work"), 1)
                                .Answer("a2", "m1", Text("Working on it"), 9)
                                .Answer("a3", "m1", Text("Second block"), 4)
                                .Store();
  EXPECT_EQ(store.messages.size(), 2u);
  const Message& row = Row(store, "a1");
  EXPECT_EQ(row.content, "Working on it\n\nSecond block");
  EXPECT_EQ(row.records, 3);
  EXPECT_EQ(row.usage.output, 9);
  EXPECT_EQ(row.usage.cache_write_1h, 20);
  EXPECT_EQ(row.usage.cache_write_5m, 10);
  EXPECT_EQ(row.usage.prompt(), 42);
  EXPECT_EQ(row.usage.total(), 51);
  EXPECT_EQ(row.api_call_id, "m1");
  EXPECT_EQ(row.latency_ms, 1000);
  EXPECT_EQ(row.sequence, 1);
  EXPECT_EQ(row.project_path, "/home/p/app");
}

TEST(ClaudeCode, JoinsAnAnswerAcrossTheResultsBetweenItsRecords) {
  const SilverStore store = Script()
                                .Answer("a1", "m1", Call("t1", "Bash", R"({"command":"ls"})"), 3)
                                .User("u1", "[" + Answered("t1", "\"file\"") + "]")
                                .Answer("a2", "m1", Call("t2", "Bash", R"({"command":"pwd"})"), 5)
                                .User("u2", "[" + Answered("t2", "\"no\"", true) + "]")
                                .Store();
  EXPECT_EQ(Row(store, "a1").records, 2);
  EXPECT_EQ(CallRow(store, "t2").message_id, "a1");
  EXPECT_EQ(CallRow(store, "t1").parameters, R"({"command":"ls"})");
  EXPECT_EQ(CallRow(store, "t1").result, R"("file")");
  EXPECT_EQ(CallRow(store, "t1").success, true);
  EXPECT_EQ(CallRow(store, "t1").execution_time_ms, 1000);
  EXPECT_EQ(CallRow(store, "t2").success, false);
  EXPECT_EQ(Row(store, "u1").role, "tool");
  EXPECT_EQ(Row(store, "u1").kind, "tool_result");
  EXPECT_EQ(Facts(store).error_count, 1);
}

TEST(ClaudeCode, CompletesACallWhoseResultComesInALaterRun) {
  Script script;
  script.Prompt("u0", "go").Answer("a1", "m1", Call("t1", "Write", R"({"file_path":"/a.py"})"), 3);
  const size_t first = script.text().size();
  script.User("u1", "[" + Answered("t1", R"([{"type":"text","text":"ok"}])") + "]");
  const std::string path = "/p/" + std::string(kSession) + ".jsonl";
  SilverStore store;
  store.Add(SliceAll(ClaudeCode(), path, script.text().substr(0, first)), "s");
  EXPECT_EQ(CallRow(store, "t1").result, std::nullopt);
  EXPECT_EQ(CallRow(store, "t1").success, std::nullopt);
  auto rest = SliceAll(ClaudeCode(), path, script.text().substr(first));
  rest[0].offset = static_cast<int64_t>(first);
  store.Add(rest, "s");
  EXPECT_EQ(CallRow(store, "t1").result, R"([{"type":"text","text":"ok"}])");
  EXPECT_EQ(CallRow(store, "t1").message_id, "a1");
  EXPECT_THAT(Facts(store).files_modified, testing::ElementsAre("/a.py"));
  EXPECT_EQ(Facts(store).language, "python");
  EXPECT_EQ(store.messages, script.Store().messages);
  EXPECT_EQ(store.tool_calls, script.Store().tool_calls);
}

TEST(ClaudeCode, PassesOverASliceItHasRead) {
  const Script script = Script().Prompt("u0", "go").Answer("a1", "m1", Text("x"), 3);
  const auto slices =
      SliceAll(ClaudeCode(), "/p/" + std::string(kSession) + ".jsonl", script.text());
  SilverStore twice;
  twice.Add(slices, "s");
  twice.Add(slices, "s");
  EXPECT_EQ(twice.messages, script.Store().messages);
  EXPECT_EQ(Facts(twice).records, 2);
}

TEST(ClaudeCode, LeavesNoticesAndErrorsOutOfUsage) {
  const SilverStore store =
      Script()
          .Answer("a1", "m1", Text("limit reached"), 0, "<synthetic>")
          .Line(R"({"type":"assistant","uuid":"a2","isApiErrorMessage":true,"message":{"id":"m2",)"
                R"("model":"claude-opus-4-5","content":[{"type":"text","text":"API Error"}],)"
                R"("usage":{"input_tokens":1,"output_tokens":1}}})")
          .Store();
  EXPECT_EQ(Row(store, "a1").kind, "notice");
  EXPECT_EQ(Row(store, "a2").kind, "error");
  EXPECT_EQ(ApiCallsOf(store).size(), 0u);
  EXPECT_EQ(Facts(store).error_count, 1);
}

TEST(ClaudeCode, TakesNoFigureThatNoAnswerCanHave) {
  const SilverStore store =
      Script()
          .Answer("a1", "m1", Text("x"), -3)
          .Line(
              R"({"type":"assistant","uuid":"a2","message":{"id":"m2","model":"claude-opus-4-5",)"
              R"("content":[{"type":"text","text":"y"}],"usage":{"input_tokens":9223372036854775807,)"
              R"("cache_creation_input_tokens":1e30,"output_tokens":8}}})")
          .Store();
  const auto calls = ApiCallsOf(store);
  EXPECT_EQ(calls.at("m1").usage.output, std::nullopt);
  EXPECT_EQ(calls.at("m1").usage.input, 5);
  EXPECT_EQ(calls.at("m2").usage.input, std::nullopt);
  EXPECT_EQ(calls.at("m2").usage.cache_write_5m, std::nullopt);
  EXPECT_EQ(calls.at("m2").usage.output, 8);
}

TEST(ClaudeCode, KeepsRecordsNoRuleKnowsAsTheyCame) {
  const std::string strange = R"({"type":"teleport","uuid":"x1","where":"\u00e9"})";
  const SilverStore store = Script().Line(strange).Line("half a {\"rec").Store();
  EXPECT_EQ(Row(store, "x1").kind, "other");
  EXPECT_EQ(Row(store, "x1").raw, strange);
  EXPECT_EQ(Facts(store).records_other, 1);
  EXPECT_EQ(Facts(store).records_unreadable, 2);
}

TEST(ClaudeCode, MakesOneRowOfARecordThatIsTooLongToBeRead) {
  std::string blocks = Text("one");
  for (int i = 0; i < 200; ++i)
    blocks += "," + Text("no. " + std::to_string(i));
  Script script;
  script.Prompt("u1", "before").Answer("a1", "msg_1", blocks, 9).Prompt("u2", "after");
  const SlicerOptions options{.slice_bytes_max = 500, .record_bytes_max = 2'000};
  const auto slices =
      SliceAll(ClaudeCode(), "/p/" + std::string(kSession) + ".jsonl", script.text(), options);
  ASSERT_GT(slices.size(), 10u);
  SilverStore together, one_by_one;
  together.Add(slices, "s");
  for (const Slice& slice : slices)
    one_by_one.Add({slice}, "s");
  EXPECT_EQ(together.messages, one_by_one.messages);
  EXPECT_EQ(together.messages.size(), 3u);
  EXPECT_EQ(Facts(one_by_one).records_unreadable, 1);
  EXPECT_EQ(Row(one_by_one, "u2").content, "after");
  EXPECT_EQ(ApiCallsOf(together).size(), 0u);
}

TEST(ClaudeCode, ReadsWhatIsWholeOfALastLineThatIsNot) {
  const std::string text = Script().Prompt("u1", "whole").text();
  const std::string line = text.substr(0, text.size() - 1) + R"({"type":"user","a":{"b":1})";
  SilverStore store;
  store.Add(SliceAll(ClaudeCode(), "/p/" + std::string(kSession) + ".jsonl", line,
                     {.take_unfinished = true}),
            "s");
  EXPECT_EQ(store.messages.size(), 2u);
  EXPECT_EQ(Row(store, "u1").content, "whole");
  EXPECT_EQ(Facts(store).records_unreadable, 1);
}

TEST(ClaudeCode, TakesTheBestTitle) {
  const std::string summary = R"({"type":"summary","summary":"Elsewhere","leafUuid":"z"})";
  const std::string custom = R"({"type":"custom-title","customTitle":"Mine"})";
  EXPECT_EQ(Facts(Script().Line(summary).Store()).title, "Elsewhere");
  EXPECT_EQ(Facts(Script().Prompt("u", "Fix it").Line(summary).Store()).title, "Fix it");
  EXPECT_EQ(Facts(Script().Line(custom).Prompt("u", "Fix it").Store()).title, "Mine");
}

TEST(ClaudeCode, TellsPromptsFromWhatTheToolWrites) {
  const SilverStore store = Script()
                                .Prompt("u1", "a question")
                                .Prompt("u2", "<command-name>/clear</command-name>")
                                .Prompt("u3", "Caveat: The messages below were generated")
                                .Store();
  EXPECT_EQ(Row(store, "u1").kind, "prompt");
  EXPECT_EQ(Row(store, "u2").kind, "command");
  EXPECT_EQ(Row(store, "u3").kind, "command");
}

TEST(ClaudeCode, CountsTheCallsOfAForkOnceForTheOldestConversation) {
  const Script original = Script().Prompt("u1", "go").Answer("a1", "m1", Text("x"), 30);
  const std::string fork_id = "0a1b2c3d-0000-4000-8000-00000000ffff";
  std::string fork = original.text();
  for (size_t at; (at = fork.find(kSession)) != fork.npos;) {
    fork.replace(at, kSession.size(), fork_id);
  }
  const auto a = SliceAll(ClaudeCode(), "/p/" + std::string(kSession) + ".jsonl", original.text());
  const auto b = SliceAll(ClaudeCode(), "/p/" + fork_id + ".jsonl", fork);
  SilverStore late;
  late.Add(b, "fork");
  late.Add(a, "original");
  const auto calls = ApiCallsOf(late);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls.at("m1").copies, 2);
  EXPECT_EQ(calls.at("m1").conversation_id, kSession);
  EXPECT_EQ(calls.at("m1").usage.output, 30);
  EXPECT_EQ(late.messages.size(), 4u);
}

TEST(ClaudeCode, KeepsItsStateSmallHoweverLongTheSession) {
  Script script;
  const auto at = [](int i) { return std::to_string(i); };
  for (int i = 0; i < 500; ++i) {
    script.Answer("a" + at(i), "m" + at(i), Call("t" + at(i), "Bash", R"({"command":"ls"})"), 9);
    script.User("u" + at(i),
                "[" + Answered("t" + at(i), "\"" + std::string(2000, 'x') + "\"") + "]");
  }
  const SilverStore store = script.Store();
  EXPECT_EQ(store.messages.size(), 1000u);
  EXPECT_LT(store.sources.begin()->second.state.size(), 40'000u);
}

TEST(ClaudeCode, FindsItsHistoriesUnderTheHomeOrTheConfiguredFolder) {
  EXPECT_THAT(ClaudeCode().DefaultRoots({{"HOME", "/home/p"}}),
              testing::Contains("/home/p/.claude/projects"));
  EXPECT_THAT(ClaudeCode().DefaultRoots({{"HOME", "/home/p"}, {"CLAUDE_CONFIG_DIR", "/c"}}),
              testing::Contains("/c/projects"));
}

TEST(ClaudeCode, RefusesTheStateOfAnotherVersion) {
  const SourceKey key{"claude_code", std::string(kSession), std::string(kSession), "s", 0, "f", ""};
  EXPECT_THAT(ClaudeCode().MakeNormaliser(key, R"({"version":99})"),
              IsError(ErrorKind::kUnsupported));
}

}  // namespace
}  // namespace firn::conversations
