// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kTask = "src/firn/conversations/roo_code/testdata/1762334400000/";

SilverStore Task() {
  return StoreOfFile(RooCode(), kTask + "ui_messages.json");
}

TEST(RooCode, JoinsAnAnswerWithWhatItTook) {
  const SilverStore store = Task();
  const Message& prompt = store.message("1762334400000");
  EXPECT_EQ(prompt.kind, "prompt");
  EXPECT_EQ(prompt.content, "Add a test for the parser\n\n[image]");
  const Message& answer = store.message("1762334401000");
  EXPECT_EQ(answer.kind, "response");
  EXPECT_EQ(answer.content, "Let me read the parser.");
  EXPECT_EQ(answer.reasoning, "First look at it.");
  EXPECT_EQ(answer.latency_ms, 2500);
  EXPECT_EQ(answer.timestamp->ToString(), "2025-11-05T09:20:01.000000Z");
  EXPECT_EQ(answer.usage, (TokenUsage{500, 3000, 1500, {}, 120, {}}));
  EXPECT_EQ(answer.reported_cost_nanos, 12'300'000);
  EXPECT_EQ(answer.api_call_id, prompt.session_id
                                    ? ConversationId("roo_code", "1762334400000") + "/1762334401000"
                                    : "");
}

TEST(RooCode, KnowsWhenTheInputIncludesCaches) {
  const auto input = [](const Platform& platform, int64_t ts, const std::string& protocol,
                        const std::string& provider = "anthropic", int64_t tokens = 5000) {
    const std::string text = R"([{"ts":)" + std::to_string(ts) +
                             R"(,"type":"say","say":"api_req_started","modelInfo":)" +
                             R"({"providerId":")" + provider + R"("},"text":"{\"tokensIn\":)" +
                             std::to_string(tokens) +
                             R"(,\"cacheReads\":3000,\"cacheWrites\":1500,\"tokensOut\":1,)" +
                             R"(\"apiProtocol\":\")" + protocol + R"(\"}"}])";
    return TotalsOf(ApiCallsOf(StoreOf(platform, "/t/1/ui_messages.json", text))).input;
  };
  const int64_t october = 1760000000000, november = 1762334400000, december = 1765000000000;
  EXPECT_EQ(input(RooCode(), october, "anthropic"), 5000);
  EXPECT_EQ(input(RooCode(), november, "anthropic"), 500);
  EXPECT_EQ(input(RooCode(), october, "openai"), 500);
  EXPECT_EQ(input(KiloCode(), november, "anthropic"), 5000);
  EXPECT_EQ(input(KiloCode(), december, "anthropic"), 500);
  EXPECT_EQ(input(RooCode(), december, "anthropic", "anthropic", 20), 20);  // Of an older version.
  EXPECT_EQ(input(Cline(), december, "anthropic"), 5000);
  EXPECT_EQ(input(Cline(), december, "", "litellm"), 500);
}

TEST(RooCode, TakesACostOfNothingForACost) {
  const SilverStore store = Task();
  const Message& answer = store.message("1762334406000");
  EXPECT_EQ(answer.reported_cost_nanos, 0);
  EXPECT_EQ(answer.usage, (TokenUsage{200, 4500, 0, {}, 80, {}}));  // Less than what it would hold.
}

TEST(RooCode, PairsToolsWithTheirResults) {
  const SilverStore store = Task();
  ASSERT_EQ(store.tool_calls.size(), 4u);
  const ToolCall& read = store.tool_call("1762334404500");
  EXPECT_EQ(read.tool_name, "readFile");
  EXPECT_EQ(read.message_id, "1762334401000");
  EXPECT_EQ(read.success, std::nullopt);
  const ToolCall& command = store.tool_call("1762334409000");
  EXPECT_EQ(command.tool_name, "command");
  EXPECT_EQ(command.parameters, R"({"command":"ctest -R parser"})");
  EXPECT_EQ(command.result, R"("1/2 passed\n2/2 passed")");
  EXPECT_EQ(command.success, true);
  EXPECT_EQ(command.execution_time_ms, 3000);
  const ToolCall& server = store.tool_call("1762334414000");
  EXPECT_EQ(server.tool_name, "lookup");
  EXPECT_EQ(server.result, R"("docs does not answer")");
  EXPECT_EQ(server.success, false);
}

TEST(RooCode, KnowsFilesErrorsAndWhatItDoesNotKnow) {
  const SilverStore store = Task();
  const SourceFacts& facts = store.facts();
  EXPECT_THAT(facts.files_modified, ElementsAre("src/parser_test.cc", "src/CMakeLists.txt"));
  EXPECT_EQ(facts.error_count, 1);
  EXPECT_EQ(facts.records, 19);
  EXPECT_EQ(facts.records_other, 1);
  EXPECT_EQ(facts.records_skipped, 2);
  EXPECT_EQ(facts.title, "Add a test for the parser");
  EXPECT_THAT(*store.message("1762334422000").raw, HasSubstr("hologram"));
  EXPECT_EQ(store.message("1762334421000").kind, "compact_summary");
  EXPECT_EQ(store.message("1762334421000").reported_cost_nanos, 2'000'000);
  EXPECT_EQ(store.message("1762334423000").content, "Done: two tests pass.");
}

TEST(RooCode, KeepsWhatTheModelWasGivenBesideTheTalk) {
  const SilverStore store = StoreOfFile(RooCode(), kTask + "api_conversation_history.json");
  EXPECT_EQ(store.messages.size(), 3u);
  const Message& result = store.message("api-2");
  EXPECT_EQ(result.kind, "context");
  EXPECT_EQ(result.content, "int Parse();");
  EXPECT_FALSE(result.is_active_path);
  EXPECT_EQ(store.message("api-1").content,
            "Let me read the parser.\n\n[read_file] {\"path\":\"src/parser.cc\"}");
  EXPECT_EQ(store.message("api-1").reasoning, "First look at it.");
  EXPECT_EQ(store.facts().records_skipped, 1);  // What nobody but the model can read.
  EXPECT_TRUE(ApiCallsOf(store).empty());
  const std::string text = ReadSample(kTask + "api_conversation_history.json");
  for (const Slice& slice : SliceAll(RooCode(), kTask + "api_conversation_history.json", text))
    EXPECT_TRUE(slice.messages.empty());
}

TEST(RooCode, TakesFactsFromTheFilesBeside) {
  const SilverStore item = StoreOfFile(RooCode(), kTask + "history_item.json");
  EXPECT_EQ(item.facts().project_path, "/home/p/parser");
  EXPECT_EQ(item.facts().parent_conversation_id, ConversationId("roo_code", "1762334300000"));
  EXPECT_TRUE(item.messages.empty());
  const SilverStore metadata = StoreOfFile(RooCode(), kTask + "task_metadata.json");
  EXPECT_THAT(metadata.facts().files_modified, ElementsAre("src/parser_test.cc"));
  EXPECT_EQ(item.sources.begin()->first.first, metadata.sources.begin()->first.first);
}

// The whole file is written anew with every message: each time a new generation.
TEST(RooCode, EndsWithTheSameRowsHoweverOftenTheFileWasReadWhileItGrew) {
  const std::string path = kTask + "ui_messages.json";
  const std::string text = ReadSample(path);
  SilverStore grown;
  int32_t generation = 0;
  for (size_t end = text.find("},\n"); end != text.npos; end = text.find("},\n", end + 1)) {
    grown.Add(SliceAll(RooCode(), path, text.substr(0, end + 1) + "]"), path, generation++);
  }
  grown.Add(SliceAll(RooCode(), path, text), path, generation);
  const SilverStore whole = Task();
  ASSERT_EQ(grown.messages.size(), whole.messages.size());
  for (const auto& [key, stored] : whole.messages) {
    Message row = grown.messages.at(key).row;
    row.revision = stored.row.revision;
    EXPECT_EQ(row, stored.row) << key.second;
  }
  ASSERT_EQ(grown.tool_calls.size(), whole.tool_calls.size());
  for (const auto& [key, stored] : whole.tool_calls) {
    ToolCall row = grown.tool_calls.at(key).row;
    row.revision = stored.row.revision;
    EXPECT_EQ(row, stored.row) << key.second;
  }
}

TEST(RooCode, GivesTheSameRowsForAnySlices) {
  const std::string path = kTask + "ui_messages.json";
  const SilverStore whole = Task();
  for (const size_t bytes : {size_t{1}, size_t{300}, size_t{900}}) {
    SilverStore store;
    store.AddOneByOne(SliceAll(RooCode(), path, ReadSample(path), {.slice_bytes_max = bytes}),
                      path);
    EXPECT_EQ(store.messages, whole.messages) << bytes;
    EXPECT_EQ(store.tool_calls, whole.tool_calls) << bytes;
    EXPECT_EQ(store.facts(), whole.facts()) << bytes;
  }
}

TEST(RooCode, IsToldFromItsRelativesByThePath) {
  const std::string head = R"([{"ts":1,"type":"say","say":"text","text":"x"}])";
  const auto of = [&](const std::string& storage) {
    return RecognisePlatform("/h/User/globalStorage/" + storage + "/tasks/1/ui_messages.json",
                             head);
  };
  EXPECT_EQ(of("rooveterinaryinc.roo-cline"), &RooCode());
  EXPECT_EQ(of("saoudrizwan.claude-dev"), &Cline());
  EXPECT_EQ(of("kilocode.kilo-code"), &KiloCode());
  EXPECT_EQ(of("elsewhere"), &RooCode());
  EXPECT_EQ(RecognisePlatform("/h/.cline/data/tasks/1/ui_messages.json", head), &Cline());
  EXPECT_TRUE(Cline().Recognise("/backup/1/ui_messages.json", head));
  EXPECT_FALSE(Cline().Recognise("/kilocode.kilo-code/1/ui_messages.json", head));
}

TEST(RooCode, IsLookedForWhereverAnEditorKeepsIt) {
  const auto roots = RooCode().DefaultRoots({{"HOME", "/h"}, {"WSL_DISTRO_NAME", "Debian"}});
  const std::string tasks = "/User/globalStorage/rooveterinaryinc.roo-cline/tasks";
  for (const std::string user :
       {"/h/.config/Code", "/h/.config/Code - Insiders", "/h/.config/VSCodium",
        "/h/Library/Application Support/Cursor", "/h/.vscode-server/data", "/h/.cursor-server/data",
        "/mnt/c/Users/*/AppData/Roaming/Windsurf"}) {
    EXPECT_THAT(roots, Contains(user + tasks));
  }
  EXPECT_THAT(Cline().DefaultRoots({{"HOME", "/h"}}), Contains("/h/.cline/data/tasks"));
}

class RooCodeSamples : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
  }
  static SilverStore Load(const std::string& task) {
    return StoreOfFile(RooCode(),
                       SamplesFolder() + "/roo_code/derived/" + task + "/ui_messages.json");
  }
};

TEST_F(RooCodeSamples, PairResultsWithTheirCalls) {
  const SilverStore commands = Load("roo_repo_ClineMessage_01");
  ASSERT_EQ(commands.tool_calls.size(), 2u);
  EXPECT_EQ(commands.tool_call("1625097600000").result, R"("file1.txt")");
  EXPECT_EQ(commands.tool_call("1625097602000").result, R"("MCP response")");
  const SilverStore pieces = Load("roo_repo_ClineMessage_09");
  EXPECT_EQ(pieces.tool_call("1625097600000").result, R"("file1.txt\nfile2.txt")");
  const SilverStore failed = Load("task_ErrorSayTypePairing");
  EXPECT_EQ(failed.tool_calls.begin()->second.row.success, false);
  EXPECT_EQ(failed.facts().error_count, 1);
  const SilverStore silent = Load("task_EmptyCommandOutputCompletes");
  EXPECT_EQ(silent.tool_calls.begin()->second.row.result, R"("")");
  EXPECT_EQ(silent.tool_calls.begin()->second.row.success, true);
  const SilverStore twice = Load("task_ChildIDsSkipFailedNewTask");
  EXPECT_EQ(twice.tool_call("1688836860000").success, false);
  EXPECT_EQ(twice.tool_call("1688836870000").result, R"("Child finished")");
  const SilverStore none = Load("task_ErrorSayTypeNoPendingCommand");
  EXPECT_TRUE(none.tool_calls.empty());
}

TEST_F(RooCodeSamples, CountTokensOnceAndNothingWhereNothingIsSaid) {
  const SilverStore counted = Load("task_PeakContextIncludesCacheWrites");
  EXPECT_EQ(TotalsOf(ApiCallsOf(counted)), (TokenTotals{5000, 3000, 2000, 0, 100}));
  const SilverStore empty = Load("task_SkipsMetadataMessages");
  ASSERT_EQ(ApiCallsOf(empty).size(), 1u);
  EXPECT_FALSE(ApiCallsOf(empty).begin()->second.usage.known());
  EXPECT_TRUE(ApiCallsOf(Load("task_PeakContextNoApiReqs")).empty());
}

TEST_F(RooCodeSamples, TellErrorsFromNotices) {
  const SilverStore store = Load("task_ErrorTypes");
  EXPECT_EQ(store.facts().error_count, 3);
  EXPECT_EQ(store.message("1688836855000").kind, "notice");
  EXPECT_EQ(store.message("1688836860000").kind, "response");
}

TEST_F(RooCodeSamples, KeepTheBeginningOfAFileThatWasCut) {
  const std::string path = SamplesFolder() + "/roo_code/derived/malformed/cut/ui_messages.json";
  const SilverStore store = StoreOfFile(RooCode(), path);
  EXPECT_EQ(store.message("1688836851000").content, "Read the file");
  EXPECT_EQ(store.facts().records_unreadable, 1);
  EXPECT_EQ(Joined(SliceAll(RooCode(), path, ReadSample(path))).size(),
            ReadSample(path).find("{\"ts\": 1688836860000"));
}

}  // namespace
}  // namespace firn::conversations
