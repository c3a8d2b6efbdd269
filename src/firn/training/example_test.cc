// SPDX-License-Identifier: Apache-2.0

#include "firn/training/example.h"

#include "firn/base/testing.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/training/testing.h"
#include "firn/training/tokens.h"

namespace firn::training {
namespace {

using testing::ElementsAre;

std::vector<std::string> RolesOf(const Example& example) {
  std::vector<std::string> roles;
  for (const ChatMessage& message : example.messages)
    roles.push_back(message.role);
  return roles;
}

TEST(MakeExample, PutsAnswersOfToolsBehindTheirCalls) {
  const auto example = MakeExample(TalkOf("1", "Is it ice?"));
  ASSERT_TRUE(example);
  EXPECT_EQ(MessagesOf(*example).Dump(),
            R"([{"role":"user","content":"Is it ice?"},)"
            R"({"role":"assistant","tool_calls":[{"id":"call_1","type":"function",)"
            R"("function":{"name":"look","arguments":"{\"file\":\"a.txt\",\"lines\":3}"}}]},)"
            R"({"role":"tool","content":"ice","tool_call_id":"call_1"},)"
            R"({"role":"assistant","content":"So it is."}])");
  EXPECT_EQ(Json(ToolsOf(*example)).Dump(),
            R"([{"type":"function","function":{"name":"look","parameters":{"type":"object",)"
            R"("properties":{"file":{"type":"string"},"lines":{"type":"integer"}}}}}])");
  EXPECT_EQ(example->model, "ice-1");
  EXPECT_EQ(example->group_id, "1");
}

TEST(MakeExample, KeepsAPartOfAConversationWithIt) {
  Conversation talk = TalkOf("1/agent", "Is it ice?");
  talk.parent_conversation_id = "1";
  EXPECT_EQ(MakeExample(talk)->group_id, "1");
}

TEST(MakeExample, EndsWithAnAssistant) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages.push_back(Said("prompt", "Sure?"));
  EXPECT_THAT(RolesOf(*MakeExample(talk)), ElementsAre("user", "assistant", "tool", "assistant"));
}

TEST(MakeExample, KeepsTheCallsThatEndAConversationAndNoAnswerToThem) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages.pop_back();
  const auto example = MakeExample(talk);
  EXPECT_THAT(RolesOf(*example), ElementsAre("user", "assistant"));
  EXPECT_EQ(example->messages[1].calls.size(), 1U);
}

TEST(MakeExample, LeavesOutCallsThatNobodyAnswered) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages[1].calls.front().result.reset();
  EXPECT_THAT(RolesOf(*MakeExample(talk)), ElementsAre("user", "assistant"));
}

TEST(MakeExample, JoinsWhatAnAssistantSaysInSeveralRecords) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages = {Said("prompt", "Is it ice?"), Said("response", "Let me"),
                   Said("response", "look")};
  EXPECT_EQ(MakeExample(talk)->messages[1].content, "Let me\n\nlook");
}

TEST(MakeExample, KeepsInstructionsThatComeFirstAndNoRecordsOfTheTool) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages.insert(talk.messages.begin(), Said("system", "Be brief."));
  talk.messages.insert(talk.messages.begin() + 2, Said("system", "later"));
  talk.messages.insert(talk.messages.begin() + 2, Said("meta", "a record"));
  EXPECT_THAT(RolesOf(*MakeExample(talk)),
              ElementsAre("system", "user", "assistant", "tool", "assistant"));
  talk.platform = "claude_code";
  EXPECT_EQ(MakeExample(talk)->messages.front().role, "user");
}

TEST(MakeExample, MakesNoneWhereNobodyWasAnswered) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages.resize(1);
  EXPECT_FALSE(MakeExample(talk));
  talk.messages = {Said("response", "Hello?")};
  EXPECT_FALSE(MakeExample(talk));
}

TEST(MakeExample, NamesFunctionsAndArgumentsAsTheApiTakesThem) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages[1].calls = {
      {"mcp: " + std::string(80, 'x'), "", "[{\"type\":\"text\",\"text\":\"a\"}]"},
      {"", "[1]", "[{\"type\":\"image\",\"data\":\"AAAA\"}]"},
      {"run", "not json", "{\"code\":0}"}};
  const auto example = MakeExample(talk);
  const auto& calls = example->messages[1].calls;
  EXPECT_EQ(calls[0].name, "mcp__" + std::string(59, 'x'));
  EXPECT_EQ(calls[0].arguments, "{}");
  EXPECT_EQ(calls[1].name, "tool");
  EXPECT_EQ(calls[1].arguments, R"({"input":[1]})");
  EXPECT_EQ(calls[2].arguments, R"({"input":"not json"})");
  EXPECT_EQ(example->messages[2].content, "a");
  EXPECT_EQ(example->messages[3].content, "[image]");
  EXPECT_EQ(example->messages[4].content, R"({"code":0})");
}

TEST(ToolsOf, GivesNoTypeToWhatHasSeveral) {
  Conversation talk = TalkOf("1", "Is it ice?");
  talk.messages[1].calls = {{"look", R"({"at":1})", "\"\""}, {"look", R"({"at":"x"})", "\"\""}};
  EXPECT_NE(Json(ToolsOf(*MakeExample(talk))).Dump().find(R"("properties":{"at":{}})"),
            std::string::npos);
}

TEST(Redact, ReplacesSecretsInEveryText) {
  const std::string secret = "ada@glacier.org";
  Conversation talk = TalkOf("1", "Mail " + secret);
  talk.messages[1].calls = {{"send", R"({"to":")" + secret + "\"}", "\"sent to " + secret + "\""}};
  auto example = *MakeExample(talk);
  auto redactor = conversations::privacy::Redactor::Make(conversations::privacy::MaskingPolicy(),
                                                         std::string(32, 'k'));
  ASSERT_THAT(redactor, IsOk());
  ASSERT_THAT(Redact(*redactor, example), IsOk());
  EXPECT_EQ(MessagesOf(example).Dump().find(secret), std::string::npos);
  EXPECT_EQ(example.title.find(secret), std::string::npos);
  EXPECT_THAT(Json::Parse(example.messages[1].calls[0].arguments), IsOk());
}

TEST(CountTokens, CountsRunsAsItsRuleSays) {
  EXPECT_EQ(CountTokens(""), 0);
  EXPECT_EQ(CountTokens("How does snow turn into ice?"), 7);
  EXPECT_EQ(CountTokens("recrystallisation"), 2);
  EXPECT_EQ(CountTokens("12345"), 2);
  EXPECT_EQ(CountTokens("a\n\n  b"), 4);
  EXPECT_EQ(CountTokens("\xE6\xB0\xB7"), 1);
}

}  // namespace
}  // namespace firn::training
