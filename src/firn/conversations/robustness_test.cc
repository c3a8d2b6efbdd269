// SPDX-License-Identifier: Apache-2.0
//
// What tools, crashes and copies do to history files, and the test that shows what becomes of it:
//
//   byte order mark, CRLF, glued objects, no final newline   Damaged.DoesNotChangeWhatWasSaid
//   blank and whitespace lines, array, null, garbage line    Damaged.KeepsBlanksAndGarbage
//   truncated last line                                      Damaged.HoldsATruncatedLineBack...
//   NUL tail                                                 Damaged.HoldsANulTailBack
//   invalid UTF-8                                            Damaged.ReplacesInvalidUtf8...
//   overlong forms, encoded surrogates                       Robustness.ReplacesWhatIsNoCharacter
//   cut inside a multi-byte character                        Robustness.TakesACutInside...
//   zero-byte file, [] file                                  Robustness.FindsNothingIn...
//   file cut in the middle of an object                      Robustness.KeepsWhatIsWhole...
//   growing snapshot of one session                          Samples.CountACallThatSeveralFiles...
//   same session from two machines                           Robustness.CountsASession...
//   16 MB line                                               Slicer.NeedsNoMoreMemoryThan...
//   1 GB line                                                Slicer.CutsARecordOverTheLimit...
//   2 GB file, bounded memory                                bench/run (docs/benchmarks.md)
//   base64 image of megabytes                                Robustness.KeepsImagesOutOfTheText
//   ids that are numbers, numbers that are strings           Robustness.TakesNumbersAs...
//   clock going backwards                                    Robustness.TakesTheFirstAndLast...
//   file replaced by a shorter one, inode change, file       test/cli/source_files.transcript
//     deleted at its source, session crossing midnight,
//     time zones of days
//   op-log without header, with BOM, cut (Copilot)           CopilotSamples.Keep..., EndWherever...
//   the same for the other formats of lines                  Robustness/Lines.*

#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/bytes.h"
#include "firn/base/testing.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kSession = "b3a7bd3c-5a10-4e7b-8ff0-7fc0cd6d1093";
constexpr SlicerOptions kGivenUp{.take_unfinished = true};

std::string Path(std::string_view folder = "/p") {
  return std::string(folder) + "/" + std::string(kSession) + ".jsonl";
}

SilverStore StoreOf(std::string_view text, SlicerOptions options = {}) {
  SilverStore store;
  store.Add(SliceAll(ClaudeCode(), Path(), text, options), "source");
  return store;
}

// What was said, in order, with what the tokens were; bytes that are no record have no say.
std::vector<std::string> SaidIn(const SilverStore& store) {
  std::vector<std::pair<int32_t, std::string>> rows;
  for (const auto& [key, stored] : store.messages) {
    const Message& row = stored.row;
    if (row.kind == "unreadable") continue;
    rows.emplace_back(row.sequence, row.message_id + "|" + row.kind + "|" +
                                        row.content.value_or("") + "|" +
                                        std::to_string(row.usage.output.value_or(-1)));
  }
  std::ranges::sort(rows);
  std::vector<std::string> said;
  for (auto& [sequence, text] : rows)
    said.push_back(std::move(text));
  return said;
}

int64_t UnreadableIn(const SilverStore& store) {
  return store.sources.empty() ? 0 : store.sources.begin()->second.facts.records_unreadable;
}

// The samples of damage are mechanical changes of one real session.
class Damaged : public testing::Test {
 protected:
  void SetUp() override {
    if (SamplesFolder().empty()) GTEST_SKIP() << "no sample histories beside the repository";
    whole_ = ReadSample(SamplesFolder() + "/claude_code/vscode_copilot_chat/" +
                        std::string(kSession) + ".jsonl");
    said_ = SaidIn(StoreOf(whole_));
    ASSERT_EQ(said_.size(), 7u);  // Five of the user, two answers.
  }

  static std::string Sample(const std::string& name) {
    return ReadSample(SamplesFolder() + "/claude_code/derived/malformed/" + name + ".jsonl");
  }

  std::string whole_;
  std::vector<std::string> said_;
};

TEST_F(Damaged, DoesNotChangeWhatWasSaid) {
  for (const char* name : {"bom", "crlf", "glued", "no_final_newline"}) {
    const SilverStore store = StoreOf(Sample(name));
    EXPECT_EQ(SaidIn(store), said_) << name;
    EXPECT_EQ(UnreadableIn(store), 0) << name;
    EXPECT_EQ(Joined(SliceAll(ClaudeCode(), Path(), Sample(name))), Sample(name));
  }
}

TEST_F(Damaged, KeepsBlanksAndGarbage) {
  const SilverStore store = StoreOf(Sample("blank_and_garbage"));
  EXPECT_EQ(SaidIn(store), said_);
  EXPECT_EQ(UnreadableIn(store), 3);
  EXPECT_EQ(Joined(SliceAll(ClaudeCode(), Path(), Sample("blank_and_garbage"))),
            Sample("blank_and_garbage"));
}

TEST_F(Damaged, HoldsATruncatedLineBackUntilItsWriterIsGone) {
  const std::string text = Sample("truncated_last");
  const std::string taken = Joined(SliceAll(ClaudeCode(), Path(), text));
  EXPECT_EQ(taken, text.substr(0, text.rfind('\n') + 1));
  EXPECT_EQ(UnreadableIn(StoreOf(text)), 0);
  const SilverStore store = StoreOf(text, kGivenUp);
  EXPECT_EQ(UnreadableIn(store), 1);
  EXPECT_EQ(Joined(SliceAll(ClaudeCode(), Path(), text, kGivenUp)), text);
  std::vector<std::string> said = SaidIn(store);
  ASSERT_EQ(said.size(), said_.size());  // The last record is not the first of its answer.
  EXPECT_EQ(said.front(), said_.front());
}

TEST_F(Damaged, HoldsANulTailBack) {
  const std::string text = Sample("nul_bytes");
  EXPECT_EQ(Joined(SliceAll(ClaudeCode(), Path(), text)).size(), text.find('\0'));
  const SilverStore store = StoreOf(text, kGivenUp);
  EXPECT_EQ(SaidIn(store), said_);
  EXPECT_EQ(Joined(SliceAll(ClaudeCode(), Path(), text, kGivenUp)), text);
}

TEST_F(Damaged, ReplacesInvalidUtf8AndKeepsTheBytes) {
  const std::string text = Sample("invalid_utf8");
  const auto slices = SliceAll(ClaudeCode(), Path(), text);
  EXPECT_EQ(Joined(slices), text);
  EXPECT_FALSE(slices[0].valid_utf8);
  const std::vector<std::string> said = SaidIn(StoreOf(text));
  EXPECT_EQ(said.size(), said_.size());
  EXPECT_EQ(TotalsOf(ApiCallsOf(StoreOf(text))), TotalsOf(ApiCallsOf(StoreOf(whole_))));
  for (const std::string& one : said)
    EXPECT_TRUE(IsValidUtf8(one));
}

// Records written here ------------------------------------------------------------------------

std::string Prompt(const std::string& uuid, const std::string& content,
                   const std::string& time = "2025-11-05T09:30:00.000Z") {
  return R"({"type":"user","uuid":")" + uuid + R"(","sessionId":")" + std::string(kSession) +
         R"(","timestamp":")" + time + R"(","message":{"role":"user","content":)" + content +
         "}}\n";
}

const Message& Row(const SilverStore& store, const std::string& id) {
  return store.messages.at({std::string(kSession), id}).row;
}

TEST(Robustness, ReplacesWhatIsNoCharacter) {
  const std::string overlong = "\xc0\x80", surrogate = "\xed\xa0\x80";
  const SilverStore store =
      StoreOf(Prompt("u1", "\"a" + overlong + "b\"") + Prompt("u2", "\"a" + surrogate + "b\"") +
              Prompt("u3", "\"c\""));
  for (const char* id : {"u1", "u2"}) {
    const std::string& content = *Row(store, id).content;
    EXPECT_TRUE(IsValidUtf8(content));
    EXPECT_THAT(content, testing::AllOf(HasSubstr("\xef\xbf\xbd"), testing::StartsWith("a"),
                                        testing::EndsWith("b")));
  }
  EXPECT_EQ(Row(store, "u3").content, "c");
}

TEST(Robustness, TakesACutInsideACharacter) {
  const std::string whole = Prompt("u1", "\"first\"");
  const std::string cut = whole + Prompt("u2", "\"caf\xc3\xa9\"");
  const std::string text = cut.substr(0, cut.find('\xc3') + 1);
  EXPECT_EQ(Joined(SliceAll(ClaudeCode(), Path(), text)), whole);
  const SilverStore store = StoreOf(text, kGivenUp);
  EXPECT_EQ(UnreadableIn(store), 1);
  for (const auto& [key, stored] : store.messages)
    EXPECT_TRUE(IsValidUtf8(stored.row.raw.value_or("")));
}

TEST(Robustness, FindsNothingInAFileWithoutBytesOrWithAnEmptyArray) {
  for (const char* text : {"", "[]", "[]\n", "\n\n"}) {
    EXPECT_EQ(RecognisePlatform("/p/x.jsonl", text), nullptr) << text;
    EXPECT_EQ(RecognisePlatform("/p/conversations.json", text), nullptr) << text;
    EXPECT_THAT(SaidIn(StoreOf(text, kGivenUp)), IsEmpty());
  }
}

TEST(Robustness, KeepsWhatIsWholeOfADocumentThatWasCut) {
  const std::string chat =
      R"({"conversation_id":"c1","create_time":1,"mapping":{"n":{"id":"n","parent":null,)"
      R"("children":[],"message":{"id":"n","author":{"role":"user"},"content":)"
      R"({"content_type":"text","parts":["hello"]}}}},"current_node":"n"})";
  for (size_t cut = 1; cut < chat.size(); cut += 7) {
    const std::string text = "[" + chat + "," + chat.substr(0, cut);
    SilverStore store;
    store.Add(SliceAll(ChatGpt(), "/d/conversations.json", text, kGivenUp), "source");
    int64_t said = 0;
    for (const auto& [key, stored] : store.messages)
      said += stored.row.content == "hello" ? 1 : 0;
    EXPECT_EQ(said, 1) << cut;
  }
}

TEST(Robustness, CountsASessionThatTwoMachinesHaveOnce) {
  const std::string answer =
      R"({"type":"assistant","uuid":"a1","sessionId":")" + std::string(kSession) +
      R"(","timestamp":"2025-11-05T09:30:01.000Z","message":{"id":"msg_1","role":"assistant",)"
      R"("model":"claude-opus-4-5","content":[{"type":"text","text":"yes"}],"usage":)"
      R"({"input_tokens":3,"output_tokens":4}}})"
      "\n";
  const std::string text = Prompt("u1", "\"well?\"") + answer;
  SilverStore store;
  store.Add(SliceAll(ClaudeCode(), Path("/laptop"), text), "laptop");
  store.Add(SliceAll(ClaudeCode(), Path("/desktop"), text + Prompt("u2", "\"on\"")), "desktop");
  EXPECT_EQ(store.messages.size(), 3u);
  EXPECT_EQ(TotalsOf(ApiCallsOf(store)).output, 4);
  EXPECT_EQ(store.sources.size(), 2u);
}

TEST(Robustness, KeepsImagesOutOfTheText) {
  const std::string image(size_t{3} << 20, 'A');
  const std::string text =
      Prompt("u1", R"([{"type":"text","text":"look"},{"type":"image","source":{"type":"base64",)"
                   R"("media_type":"image/png","data":")" +
                       image + R"("}}])");
  const auto slices = SliceAll(ClaudeCode(), Path(), text);
  EXPECT_TRUE(Joined(slices) == text);
  for (const SliceMessage& message : slices[0].messages)
    EXPECT_LT(message.content.size(), 1000u);
  const SilverStore store = StoreOf(text);
  const Message& row = Row(store, "u1");
  EXPECT_THAT(*row.content, HasSubstr("look"));
  EXPECT_LT(row.content->size(), 1000u);
}

TEST(Robustness, TakesNumbersAsIdsAndStringsAsCounts) {
  const std::string text =
      R"({"type":"assistant","uuid":77,"sessionId":")" + std::string(kSession) +
      R"(","timestamp":"2025-11-05T09:30:01.000Z","message":{"id":12345,"role":"assistant",)"
      R"("model":"m","content":[{"type":"text","text":"x"}],"usage":)"
      R"({"input_tokens":"3","output_tokens":"40"}}})"
      "\n";
  const SilverStore store = StoreOf(text);
  const auto calls = ApiCallsOf(store);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls.begin()->first, HasSubstr("12345"));
  EXPECT_EQ(TotalsOf(calls).output, 40);
  EXPECT_EQ(TotalsOf(calls).input, 3);
  EXPECT_THAT(store.messages, Not(IsEmpty()));
}

TEST(Robustness, TakesTheFirstAndLastTimeHoweverTheClockRan) {
  const SilverStore store = StoreOf(Prompt("u1", "\"b\"", "2025-11-05T10:00:00.000Z") +
                                    Prompt("u2", "\"a\"", "2025-11-05T09:00:00.000Z") +
                                    Prompt("u3", "\"c\"", "2025-11-05T09:30:00.000Z"));
  const SourceFacts& facts = store.sources.begin()->second.facts;
  EXPECT_EQ(facts.first_timestamp->ToString(), "2025-11-05T09:00:00.000000Z");
  EXPECT_EQ(facts.last_timestamp->ToString(), "2025-11-05T10:00:00.000000Z");
  EXPECT_LT(Row(store, "u1").sequence, Row(store, "u2").sequence);
}

// Every other format of lines ------------------------------------------------------------------

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

class Lines : public testing::TestWithParam<std::pair<const Platform*, std::string>> {
 protected:
  const Platform& platform() const { return *GetParam().first; }
  std::string Path() const { return "src/firn/conversations/" + GetParam().second; }
  SilverStore Read(const std::string& text) const {
    EXPECT_EQ(Joined(SliceAll(platform(), Path(), text, kGivenUp)), text);
    return conversations::StoreOf(platform(), Path(), text);
  }
  static int64_t Unreadable(const SilverStore& store) {
    int64_t count = 0;
    for (const auto& [key, row] : store.sources)
      count += row.facts.records_unreadable;
    return count;
  }
};

TEST_P(Lines, SayTheSameHoweverTheyWereDamaged) {
  const std::string whole = ReadSample(Path());
  const std::vector<std::string> said = SaidIn(Read(whole));
  ASSERT_FALSE(said.empty());
  const std::string rest = whole.substr(whole.find('\n') + 1);
  const std::string first = whole.substr(0, whole.size() - rest.size());
  for (const std::string& text :
       {"\xef\xbb\xbf" + whole, Replaced(whole, "\n", "\r\n"), Replaced(whole, "\n", "\n \n\n"),
        whole.substr(0, whole.size() - 1), whole + std::string(100, '\0'),
        first.substr(0, first.size() - 1) + rest}) {
    const SilverStore store = Read(text);
    EXPECT_THAT(SaidIn(store), testing::UnorderedElementsAreArray(said));
    EXPECT_EQ(Unreadable(store), 0);
  }
  const SilverStore littered = Read(first + "null\n[1]\nnot a record\n" + rest);
  EXPECT_THAT(SaidIn(littered), testing::UnorderedElementsAreArray(said));
  EXPECT_EQ(Unreadable(littered), 3);
}

TEST_P(Lines, KeepTheBeginningOfALastLineThatWasCut) {
  const std::string whole = ReadSample(Path());
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const std::string cut = whole.substr(0, last + (whole.size() - last) / 2);
  EXPECT_EQ(Joined(SliceAll(platform(), Path(), cut)), whole.substr(0, last));
  EXPECT_EQ(Unreadable(Read(cut)), 1);
}

TEST_P(Lines, ReplaceWhatIsNoCharacter) {
  const std::string damaged = Replaced(ReadSample(Path()), "e", "e\xc0\x80\xff");
  const SilverStore store = Read(damaged);
  for (const auto& [key, stored] : store.messages) {
    EXPECT_TRUE(IsValidUtf8(stored.row.content.value_or("")));
    EXPECT_TRUE(IsValidUtf8(stored.row.raw.value_or("")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Robustness, Lines,
    testing::Values(
        std::pair(&Codex(),
                  "codex/testdata/rollout-2026-01-10T08-00-00-0199a5b2-1111-7222-8333-"
                  "444455556666.jsonl"),
        std::pair(&GeminiCli(), "gemini_cli/testdata/session.jsonl"),
        std::pair(
            &GitHubCopilot(),
            "github_copilot/testdata/chatSessions/5d0c1f60-6f0e-4f3a-8c55-21d7c7a4b900.jsonl"),
        std::pair(&OpenAiApi(), "openai_api/testdata/exchanges.jsonl"),
        std::pair(&AzureOpenAi(), "azure_openai/testdata/PT1H.json")),
    [](const auto& one) { return std::string(one.param.first->name()); });

}  // namespace
}  // namespace firn::conversations
