// SPDX-License-Identifier: Apache-2.0
//
// The rules of docs/explanation/quality.md, on conversations of a few lines.

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/testing.h"
#include "firn/pipeline/shipped.h"
#include "firn/sql/testing.h"

namespace firn::lakehouse {
namespace {

using ::testing::ElementsAre;

// What somebody said, and in which kind of message.
struct Said {
  std::string kind, content;
};

// How a call of a tool went: "true", "false", or "NULL" where nothing is known.
struct Called {
  std::string parameters, success;
};

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

std::string MessageRows(const std::vector<Said>& talk) {
  std::string rows;
  for (size_t i = 0; i < talk.size(); ++i) {
    rows += (rows.empty() ? "" : ", ") + ("('c', 'm" + std::to_string(i)) + "', " +
            std::to_string(i) + ", '" + talk[i].kind + "', " + Quoted(talk[i].content) + ")";
  }
  return "SELECT *, 'claude_code' AS platform, 'ada' AS user_id, "
         "TIMESTAMPTZ '2025-11-05 10:00:00Z' AS timestamp, true AS is_active_path FROM (VALUES " +
         rows + ") AS v(conversation_id, message_id, sequence, kind, content)";
}

std::string CallRows(const std::vector<Called>& calls) {
  std::string rows = "('other', 'x', '{}', true, 0)";
  for (size_t i = 0; i < calls.size(); ++i) {
    rows += ", ('c', 't" + std::to_string(i) + "', " + Quoted(calls[i].parameters) + ", " +
            calls[i].success + ", " + std::to_string(i) + ")";
  }
  return "SELECT conversation_id, tool_call_id, 'Bash' AS tool_name, parameters, "
         "NULL::VARCHAR AS result, success, "
         "TIMESTAMPTZ '2025-11-05 10:00:00Z' + INTERVAL 1 SECOND * second AS timestamp "
         "FROM (VALUES " +
         rows + ") AS v(conversation_id, tool_call_id, parameters, success, second)";
}

// The row that the shipped query makes of a conversation.
std::vector<std::string> Quality(const std::string& columns, const std::vector<Said>& talk,
                                 const std::vector<Called>& calls = {}) {
  sql::TestLake lake;
  const auto package = pipeline::ConversationsPackage();
  EXPECT_THAT(package, IsOk());
  EXPECT_THAT(lake.engine().DefineView("silver.messages", MessageRows(talk)), IsOk());
  EXPECT_THAT(lake.engine().DefineView("silver.tool_calls", CallRows(calls)), IsOk());
  EXPECT_THAT(lake.engine().DefineView("touched", "SELECT 'c' AS conversation_id"), IsOk());
  const auto rows = lake.Rows("SELECT " + columns + " FROM (" +
                              package->Find("silver.conversation_quality")->sql + ")");
  EXPECT_THAT(rows, IsOk());
  return rows ? *rows : std::vector<std::string>();
}

std::vector<std::string> SentimentOf(const std::string& prompt) {
  return Quality("sentiment", {{"prompt", prompt}, {"response", "Done."}});
}

TEST(Sentiment, CountsWordsOfBothSides) {
  EXPECT_THAT(SentimentOf("Great, that WORKS. Thanks!"), ElementsAre("positive"));
  EXPECT_THAT(SentimentOf("This is wrong, and the output is ugly."), ElementsAre("negative"));
  EXPECT_THAT(SentimentOf("Nice colours, but a horrible layout"), ElementsAre("neutral"));
  EXPECT_THAT(SentimentOf("Add a test for the parser"), ElementsAre("neutral"));
  EXPECT_THAT(SentimentOf("The goodness of wrongdoing"), ElementsAre("neutral"));
}

TEST(Sentiment, TurnsNegatedWordsAround) {
  EXPECT_THAT(SentimentOf("It doesn't work"), ElementsAre("negative"));
  EXPECT_THAT(SentimentOf("that isn’t very helpful"), ElementsAre("negative"));
  EXPECT_THAT(SentimentOf("Not bad"), ElementsAre("positive"));
  EXPECT_THAT(SentimentOf("Not now. Good."), ElementsAre("positive"));
}

TEST(Sentiment, LooksAtNoCodeAndAtNoAnswers) {
  EXPECT_THAT(SentimentOf("Explain\n```\nprint('awful, terrible')\n```\nplease"),
              ElementsAre("neutral"));
  EXPECT_THAT(SentimentOf("Rename `bad` to `worse`"), ElementsAre("neutral"));
  EXPECT_THAT(Quality("sentiment", {{"prompt", "Add it"}, {"response", "Great! Perfect!"}}),
              ElementsAre("neutral"));
  EXPECT_THAT(Quality("sentiment", {{"response", "Great!"}}), ElementsAre("NULL"));
}

TEST(Clarity, FallsWithCorrectionsQuestionsAndShortOpenings) {
  EXPECT_THAT(
      Quality("clarity_score", {{"prompt", "Add a test for the parser"}, {"response", "Done."}}),
      ElementsAre("1"));
  EXPECT_THAT(Quality("corrections, clarity_score", {{"prompt", "Add a test for the parser"},
                                                     {"response", "Done."},
                                                     {"prompt", "No, I meant the lexer"},
                                                     {"response", "Done."},
                                                     {"prompt", "No problem, go on"},
                                                     {"response", "Done."}}),
              ElementsAre("1|0.8"));
  EXPECT_THAT(
      Quality("clarifying_questions, opening_is_short, clarity_score",
              {{"prompt", "Fix it"}, {"response", "Sure. Which one of the two do you mean?"}}),
      ElementsAre("1|true|0.4"));
  EXPECT_THAT(Quality("clarity_score", {{"task", "Look for tests"}, {"response", "Found."}}),
              ElementsAre("NULL"));
}

TEST(Completeness, IsOfTurnsCallsAndTheEnd) {
  const std::vector<Said> talk = {{"prompt", "One of them"},
                                  {"response", "Done."},
                                  {"prompt", "And another"},
                                  {"tool_result", "42"}};
  EXPECT_THAT(Quality("turns, answered_turns, ending, completeness_score", talk),
              ElementsAre("2|1|unanswered|0.3571"));
  EXPECT_THAT(Quality("completeness_score", talk, {{"a", "true"}, {"b", "NULL"}}),
              ElementsAre("0.4"));
  EXPECT_THAT(Quality("completeness_score, success, health_score, health_grade",
                      {{"response", "Nobody asked."}}),
              ElementsAre("NULL|true|NULL|NULL"));
  EXPECT_THAT(Quality("success", {{"prompt", "Is anybody there?"}}), ElementsAre("NULL"));
}

TEST(Completeness, TakesPromptsInARowForOneTurn) {
  EXPECT_THAT(Quality("prompts, turns, answered_turns",
                      {{"prompt", "Add a test"}, {"prompt", "And a page"}, {"response", "Done."}}),
              ElementsAre("2|1|1"));
}

TEST(Health, LosesWhatThePageSays) {
  EXPECT_THAT(
      Quality("health_score, health_grade", {{"prompt", "Add a test"}, {"response", "Done."}}),
      ElementsAre("100|A"));
  EXPECT_THAT(Quality("health_score, health_grade", {{"prompt", "Add a test"}, {"error", "503"}}),
              ElementsAre("70|C"));
  EXPECT_THAT(Quality("ending, interruptions, prompts, health_score",
                      {{"prompt", "Add a test"},
                       {"response", "I will."},
                       {"prompt", "[Request interrupted by user for tool use]"}}),
              ElementsAre("interrupted|1|1|80"));
  const std::vector<Called> calls = {
      {"make", "false"}, {"make", "false"}, {"ls", "true"}, {"make", "true"}, {"x", "NULL"}};
  EXPECT_THAT(Quality("failed_tool_calls, repeated_tool_calls, success, health_score, health_grade",
                      {{"prompt", "That is broken"}, {"response", "Fixed."}}, calls),
              ElementsAre("2|1|true|82|B"));
}

TEST(Health, CapsPenaltiesAndStaysAboveZero) {
  std::vector<Said> talk = {{"prompt", "It is wrong"}};
  for (int i = 0; i < 10; ++i) {
    talk.push_back({"response", "So?"});
    talk.push_back({"prompt", "No, try again"});
    talk.push_back({"prompt", "[Request interrupted by user]"});
  }
  talk.push_back({"error", "overloaded"});
  EXPECT_THAT(Quality("health_score, health_grade", talk), ElementsAre("30|F"));
  EXPECT_THAT(
      Quality("health_score, health_grade", talk, std::vector<Called>(20, Called{"make", "false"})),
      ElementsAre("0|F"));
}

}  // namespace
}  // namespace firn::lakehouse
