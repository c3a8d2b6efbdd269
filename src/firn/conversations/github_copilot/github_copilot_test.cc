// SPDX-License-Identifier: Apache-2.0

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/conversations/github_copilot/operation_log.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using github_copilot::Apply;
using github_copilot::ReadOperation;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kSession = "5d0c1f60-6f0e-4f3a-8c55-21d7c7a4b900";
const std::string kLog =
    "src/firn/conversations/github_copilot/testdata/chatSessions/" + kSession + ".jsonl";

// The log --------------------------------------------------------------------------------------

std::string Replay(std::initializer_list<const char*> lines) {
  Json document;
  for (const char* line : lines) {
    Result<github_copilot::Operation> operation = ReadOperation(Json::Parse(line).value());
    if (!operation) return "no operation";
    if (!Apply(std::move(*operation), document)) return "refused";
  }
  return document.Dump();
}

TEST(OperationLog, CutsBeforeItAdds) {
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":[1,2,3]}})", R"({"kind":2,"k":["a"],"v":[9],"i":1})"}),
            R"({"a":[1,9]})");
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":[1,2,3]}})", R"({"kind":2,"k":["a"],"i":0})"}),
            R"({"a":[]})");
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":[1]}})", R"({"kind":2,"k":["a"],"v":[2,3]})"}),
            R"({"a":[1,2,3]})");
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":[1]}})", R"({"kind":2,"k":["a"],"v":[2],"i":5})"}),
            R"({"a":[1,2]})");
}

TEST(OperationLog, SetsAndDeletesAtAPath) {
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":[{"b":1}]}})", R"({"kind":1,"k":["a",0,"b"],"v":2})",
                    R"({"kind":1,"k":["c"],"v":{"d":3}})", R"({"kind":3,"k":["c","d"]})"}),
            R"({"a":[{"b":2}],"c":{}})");
  EXPECT_EQ(Replay({R"({"kind":0,"v":{}})", R"({"kind":2,"k":["new"],"v":[1]})"}),
            R"({"new":[1]})");
}

TEST(OperationLog, RefusesWhatHasNoPlace) {
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":[1]}})", R"({"kind":1,"k":["a",9000000],"v":2})"}),
            "refused");
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":1}})", R"({"kind":2,"k":["a"],"v":[2]})"}), "refused");
  EXPECT_EQ(Replay({R"({"kind":0,"v":{"a":1}})", R"({"kind":3,"k":["b"]})"}), "refused");
  EXPECT_EQ(Replay({R"({"kind":0,"v":[]})", R"({"kind":1,"k":["a"],"v":2})"}), "refused");
  EXPECT_EQ(Replay({R"({"kind":7,"v":{}})"}), "no operation");
  EXPECT_EQ(Replay({R"({"kind":1,"v":{}})"}), "no operation");
}

// Chat sessions --------------------------------------------------------------------------------

TEST(GitHubCopilot, ReplaysALogOfOperations) {
  const SilverStore store = StoreOfFile(GitHubCopilot(), kLog);
  EXPECT_EQ(store.messages.begin()->first.first, kSession);
  const Message& answer = store.message("response_1");
  EXPECT_EQ(answer.content, "I write it.\n\nDone.");
  EXPECT_EQ(answer.model, "gpt-5-2026-01-01");
  EXPECT_EQ(answer.latency_ms, 2500);
  EXPECT_EQ(answer.timestamp->ToString(), "2026-01-01T00:00:03.500000Z");
  EXPECT_EQ(answer.usage, (TokenUsage{1200, {}, {}, {}, 34, {}}));
  EXPECT_EQ(answer.parent_message_id, "request_1");
  EXPECT_EQ(store.message("request_3/answer").content, "Yes.");
  EXPECT_EQ(store.message("request_3/answer/error").content, "Out of quota");
  const SourceFacts& facts = store.facts();
  EXPECT_EQ(facts.title, "Add two numbers");  // The title given was taken away again.
  EXPECT_EQ(facts.git_repo, "https://example.org/p/sums.git");
  EXPECT_EQ(facts.git_branch, "main");
  EXPECT_EQ(facts.error_count, 1);
  EXPECT_THAT(facts.files_modified, ElementsAre("/home/p/sums/add.py"));
}

TEST(GitHubCopilot, KeepsWhatWasTakenBackOffTheActivePath) {
  const SilverStore store = StoreOfFile(GitHubCopilot(), kLog);
  EXPECT_FALSE(store.message("request_2").is_active_path);
  EXPECT_FALSE(store.message("request_2/answer").is_active_path);
  EXPECT_TRUE(store.message("request_1").is_active_path);
  EXPECT_TRUE(store.message("request_3").is_active_path);
}

TEST(GitHubCopilot, CountsACallOnceThatIsToldTwice) {
  const SilverStore store = StoreOfFile(GitHubCopilot(), kLog);
  ASSERT_EQ(store.tool_calls.size(), 1u);
  const ToolCall& call = store.tool_call("tool-1");
  EXPECT_EQ(call.tool_name, "copilot_createFile");
  EXPECT_EQ(call.parameters, R"({"filePath":"/home/p/sums/add.py"})");
  EXPECT_EQ(call.result, R"("created")");
  EXPECT_EQ(call.success, true);
  EXPECT_EQ(call.message_id, "response_1");
}

TEST(GitHubCopilot, KeepsPartsAndOperationsThatItDoesNotKnow) {
  const SilverStore store = StoreOfFile(GitHubCopilot(), kLog);
  EXPECT_EQ(store.message("response_1/part-0").kind, "other");
  EXPECT_THAT(*store.message("response_1/part-0").raw, HasSubstr("hologram"));
  EXPECT_EQ(store.facts().records_other, 2);
  int64_t vote = 0;
  for (const auto& [key, stored] : store.messages)
    vote += stored.row.raw && stored.row.raw->find("vote") != std::string::npos ? 1 : 0;
  EXPECT_EQ(vote, 1);
}

TEST(GitHubCopilot, ReadsUsageOfARequestAndRequestsThatWereUndone) {
  const std::string path = "/d/chatSessions/" + kSession + ".json";
  const SilverStore store = StoreOf(
      GitHubCopilot(), path,
      R"({"sessionId":"x","requests":[{"requestId":"r1","message":"old form","response":["Yes"],)"
      R"("usage":{"promptTokens":70,"completionTokens":9}},{"requestId":"r2","message":"no",)"
      R"("response":[{"value":"No."}],"shouldBeRemovedOnSend":{"requestId":"r2"}}]})");
  EXPECT_EQ(store.message("r1").content, "old form");
  EXPECT_EQ(store.message("r1/answer").content, "Yes");
  EXPECT_EQ(store.message("r1/answer").usage, (TokenUsage{70, {}, {}, {}, 9, {}}));
  EXPECT_TRUE(store.message("r1").is_active_path);
  EXPECT_FALSE(store.message("r2").is_active_path);
  EXPECT_FALSE(store.message("r2/answer").is_active_path);
}

TEST(GitHubCopilot, PrefersTheLogToADocumentOfTheSameSession) {
  const std::string older =
      R"({"version":3,"sessionId":")" + kSession +
      R"(","creationDate":1767225600000,"requests":[{"requestId":"request_1",)"
      R"("responseId":"response_1","timestamp":1767225601000,"message":{"text":"Add two numbers"},)"
      R"("response":[{"value":"Older."}]}]})";
  const std::string path = "/d/chatSessions/" + kSession + ".json";
  const auto log = SliceAll(GitHubCopilot(), kLog, ReadSample(kLog));
  const auto document = SliceAll(GitHubCopilot(), path, older);
  SilverStore forward, backward;
  forward.Add(log, kLog);
  forward.Add(document, path, 5);
  backward.Add(document, path, 5);
  backward.Add(log, kLog);
  EXPECT_EQ(forward.messages, backward.messages);
  EXPECT_EQ(forward.message("response_1").content, "I write it.\n\nDone.");
}

TEST(GitHubCopilot, GivesTheSameRowsForAnySlices) {
  const std::string text = ReadSample(kLog);
  const SilverStore whole = StoreOfFile(GitHubCopilot(), kLog);
  for (const size_t bytes : {size_t{1}, size_t{400}, size_t{1500}}) {
    SilverStore store;
    store.AddOneByOne(SliceAll(GitHubCopilot(), kLog, text, {.slice_bytes_max = bytes}), kLog);
    EXPECT_EQ(store.messages, whole.messages) << bytes;
    EXPECT_EQ(store.tool_calls, whole.tool_calls) << bytes;
    EXPECT_EQ(store.facts(), whole.facts()) << bytes;
  }
}

TEST(GitHubCopilot, IsLookedForInEditorsAndServers) {
  const auto roots = GitHubCopilot().DefaultRoots({{"HOME", "/h"}});
  EXPECT_THAT(roots, Contains("/h/.config/Code/User/workspaceStorage/*/chatSessions"));
  EXPECT_THAT(roots, Contains("/h/.vscode-server/data/User/globalStorage/emptyWindowChatSessions"));
  EXPECT_THAT(roots, Contains("/h/Library/Application Support/Code/User/workspaceStorage/*/"
                              "GitHub.copilot-chat/transcripts"));
  EXPECT_THAT(roots, Contains("/h/.copilot/session-state"));
}

// Samples --------------------------------------------------------------------------------------

class CopilotSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static std::string Path(const std::string& file) {
    return SamplesFolder() + "/github_copilot/" + file;
  }
  static SilverStore Load(const std::string& file) {
    return StoreOfFile(GitHubCopilot(), Path(file));
  }
  // What was said, by request; ids of sessions aside.
  static std::map<std::string, std::string> SaidIn(const SilverStore& store) {
    std::map<std::string, std::string> said;
    for (const auto& [key, stored] : store.messages)
      said[key.second] = stored.row.kind + "|" + stored.row.content.value_or("");
    return said;
  }
};

TEST_F(CopilotSamples, ReadTheRealExport) {
  const SilverStore store = Load("copilot_chat_to_markdown/chat.json");
  EXPECT_EQ(store.messages.size(), 17u);  // Eight requests, eight answers, one error.
  EXPECT_EQ(store.tool_calls.size(), 14u);
  for (const auto& [key, stored] : store.tool_calls) {
    EXPECT_EQ(stored.row.success, true);
    EXPECT_TRUE(stored.row.result.has_value());
    EXPECT_THAT(*stored.row.parameters, HasSubstr("ilePath"));
  }
  const SourceFacts& facts = store.facts();
  EXPECT_EQ(facts.project_path, "/Users/peckjon/githubs/repo-organizer");
  EXPECT_EQ(facts.error_count, 1);
  EXPECT_EQ(facts.records_other, 0);
  EXPECT_THAT(facts.files_modified,
              testing::UnorderedElementsAre(
                  "/Users/peckjon/githubs/repo-organizer/BRAINSTORM.md",
                  "/Users/peckjon/githubs/repo-organizer/PRD.md",
                  "/Users/peckjon/githubs/repo-organizer/.github/copilot-instructions.md"));
  const Message& answer = store.message("response_9508662a-ed8e-4332-b0a2-fc2591200128");
  EXPECT_EQ(answer.latency_ms, 57'939);
  EXPECT_EQ(answer.timestamp->value, (1757720474534 + 57939) * int64_t{1000});
  EXPECT_EQ(answer.model, "copilot/claude-sonnet-4");
}

// The log was made from the export by another program.
TEST_F(CopilotSamples, ReplayTheLogToTheRealExport) {
  const SilverStore log = Load("derived/oplog_of_real_chat.jsonl");
  const SilverStore document = Load("copilot_chat_to_markdown/chat.json");
  EXPECT_EQ(SaidIn(log), SaidIn(document));
  EXPECT_EQ(log.messages.begin()->first.first, "00000000-0000-4000-8000-0000000000aa");
  EXPECT_EQ(log.tool_calls.size(), document.tool_calls.size());
  EXPECT_EQ(log.facts().title, document.facts().title);
  EXPECT_EQ(log.facts().records_other, 0);
}

TEST_F(CopilotSamples, KeepWhatALogWithoutItsBeginningTells) {
  const SilverStore lost = Load("derived/malformed/missing_initial.jsonl");
  int64_t prompts = 0, other = 0;
  for (const auto& [key, stored] : lost.messages) {
    prompts += stored.row.kind == "prompt" ? 1 : 0;
    other += stored.row.kind == "other" ? 1 : 0;
  }
  EXPECT_EQ(prompts, 2);
  EXPECT_EQ(other, 3);
  const SilverStore marked = Load("derived/malformed/bom_header.jsonl");
  EXPECT_EQ(marked.facts().records_unreadable, 0);
  EXPECT_EQ(marked.facts().records_other, 0);
}

TEST_F(CopilotSamples, EndWhereverALogIsCut) {
  const std::string text = ReadSample(Path("derived/oplog_of_real_chat.jsonl"));
  std::mt19937 random(3);
  for (int i = 0; i < 10; ++i) {
    const std::string cut = text.substr(0, random() % text.size());
    const auto slices = SliceAll(GitHubCopilot(), "/d/x.jsonl", cut, {.take_unfinished = true});
    EXPECT_EQ(Joined(slices), cut);
    SilverStore store;
    store.Add(slices, "/d/x.jsonl");
    EXPECT_LE(store.facts().records_unreadable, 1);
  }
}

TEST_F(CopilotSamples, CountTheTokensOfASession) {
  const SilverStore store =
      Load("derived/chatSession_TestParseVSCodeCopilotSession_TokenUsage_1235.json");
  const auto calls = ApiCallsOf(store);
  EXPECT_EQ(calls.size(), 3u);
  EXPECT_EQ(TotalsOf(calls), (TokenTotals{76'930, 0, 0, 0, 290}));
  EXPECT_EQ(store.message("r1/answer").model, "claude-opus-4-8");
  EXPECT_EQ(store.message("r3/answer").model, "copilot/claude-opus-4.8");
  EXPECT_FALSE(store.message("r3/answer").usage.known());
}

TEST_F(CopilotSamples, NameWhatAnAnswerRefersTo) {
  const SilverStore store =
      Load("derived/chatSession_TestParseVSCodeCopilotSession_VSCode132ResponseItems_277.json");
  EXPECT_EQ(store.message("request-1/answer").content,
            "I'll read `test.txt` first. \n\n`test.txt` contains the command.\n\n Done.");
  EXPECT_EQ(store.tool_calls.size(), 3u);
  EXPECT_THAT(*store.tool_call("call-terminal").parameters, HasSubstr("uname -a"));
}

TEST_F(CopilotSamples, ReadSessionsOfTheCommandLine) {
  const std::string id = "aaaabbbb-1111-2222-3333-ccccddddeeee";
  const SilverStore store = Load("copilot_cli/subdir_v1/" + id + "/events.jsonl");
  EXPECT_EQ(store.messages.begin()->first.first, id);
  EXPECT_EQ(store.messages.size(), 3u);
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)).output, 26);
  const ToolCall& call = store.tool_call("call_1");
  EXPECT_EQ(call.tool_name, "bash");
  EXPECT_EQ(call.result, R"("file1\nfile2\n")");
  EXPECT_EQ(call.success, true);
  EXPECT_EQ(call.execution_time_ms, 100);
  EXPECT_EQ(call.message_id, "msg-0001");
  const SourceFacts& facts = store.facts();
  EXPECT_EQ(facts.project_path, "/tmp/project");
  EXPECT_EQ(facts.git_repo, "example/repo");
  EXPECT_EQ(facts.git_branch, "main");
  EXPECT_EQ(facts.title, "List the files");
  EXPECT_EQ(store.message("msg-0002").latency_ms, 900);
}

TEST_F(CopilotSamples, CountWhatASessionTookAtItsEndOnce) {
  const SilverStore store = Load("copilot_cli/small.jsonl");
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)), (TokenTotals{100, 5, 0, 0, 15}));
  EXPECT_EQ(store.message("e16/usage/gpt-5-mini").usage.output, 0);
  EXPECT_EQ(store.facts().records_other, 0);
  EXPECT_EQ(store.message("e4").kind, "error");
  const SilverStore drifted = Load("copilot_cli/schema_drift.jsonl");
  EXPECT_EQ(TotalsOf(ApiCallsOf(drifted)), (TokenTotals{200, 800, 0, 0, 50}));
  EXPECT_EQ(drifted.tool_call("call_2").success, false);
  EXPECT_EQ(drifted.tool_call("call_2").result, R"("exit code: 1\n")");
  EXPECT_EQ(drifted.tool_call("call_1").message_id, "e4");
  EXPECT_EQ(drifted.facts().records_other, 0);
}

TEST_F(CopilotSamples, ReadTheDebugLog) {
  const SilverStore store = Load("vscode_copilot_chat/spec.chatreplay.json");
  EXPECT_EQ(store.messages.size(), 7u);
  EXPECT_EQ(store.tool_calls.size(), 2u);
  const auto calls = ApiCallsOf(store);
  EXPECT_EQ(calls.size(), 4u);
  EXPECT_EQ(TotalsOf(calls), (TokenTotals{38'610, 36'291, 0, 0, 238}));
  EXPECT_EQ(store.message("cd0e86af").latency_ms, 2959);
  EXPECT_EQ(store.message("prompt-0").timestamp->ToString(), "2025-10-31T16:04:48.161000Z");
  EXPECT_EQ(store.facts().records_other, 0);
}

}  // namespace
}  // namespace firn::conversations
