// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/slicer.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/digest.h"
#include "firn/base/json.h"
#include "firn/base/testing.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"

namespace firn::conversations {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kSession = "0a1b2c3d-0000-4000-8000-000000000001";
constexpr std::string_view kPath = "/p/0a1b2c3d-0000-4000-8000-000000000001.jsonl";

std::string User(std::string_view text, std::string_view session = kSession) {
  return R"({"type":"user","uuid":"u-)" + std::string(text) + R"(","sessionId":")" +
         std::string(session) + R"(","timestamp":"2025-11-05T09:30:00.123Z","message":{"role":)" +
         R"("user","content":")" + std::string(text) + "\"}}";
}

std::string Chat(const std::string& id, const std::string& text) {
  return R"({"conversation_id":")" + id +
         R"(","create_time":1700000000.5,"mapping":{"n":{"id":"n","parent":null,"children":[],)"
         R"("message":{"author":{"role":"user"},"content":{"content_type":"text","parts":[")" +
         text + R"("]}}}},"current_node":"n"})";
}

std::vector<std::string> BytesOf(const std::vector<Slice>& slices) {
  std::vector<std::string> bytes;
  for (const Slice& slice : slices)
    bytes.push_back(slice.bytes);
  return bytes;
}

TEST(Slicer, PutsTheRecordsOfAConversationIntoOneSlice) {
  const std::string text = User("one") + "\n" + User("two") + "\r\n\n";
  const auto slices = SliceAll(ClaudeCode(), kPath, text);
  ASSERT_THAT(slices, SizeIs(1));
  EXPECT_EQ(slices[0].bytes, text);
  EXPECT_EQ(slices[0].conversation_id, kSession);
  EXPECT_EQ(slices[0].records, 2);
  EXPECT_EQ(slices[0].record_hash, Md5Hex(text));
  EXPECT_EQ(slices[0].timestamp.ToString(), "2025-11-05T09:30:00.123000Z");
  ASSERT_THAT(slices[0].messages, SizeIs(2));
  EXPECT_EQ(slices[0].messages[1].role, "user");
  EXPECT_EQ(slices[0].messages[1].content, "two");
}

TEST(Slicer, CutsBeforeTheRecordThatWouldMakeASliceTooLarge) {
  const std::string line = User("abc") + "\n";
  SlicerOptions options;
  options.slice_bytes_max = 2 * line.size() + 1;
  const auto slices = SliceAll(ClaudeCode(), kPath, line + line + "\n" + line, options);
  EXPECT_THAT(BytesOf(slices), ElementsAre(line + line + "\n", line));
}

TEST(Slicer, GivesALargerRecordASliceOfItsOwn) {
  const std::string large = User(std::string(5000, 'x')) + "\n";
  const std::string small = User("s") + "\n";
  SlicerOptions options;
  options.slice_bytes_max = 1000;
  const auto slices = SliceAll(ClaudeCode(), kPath, small + large + small, options, 64);
  EXPECT_THAT(BytesOf(slices), ElementsAre(small, large, small));
}

TEST(Slicer, CutsWhereAnotherSessionBegins) {
  const std::string a = User("x", "session-a") + "\n";
  const std::string b = User("y", "session-b") + "\n";
  const std::string none = R"({"type":"summary","summary":"s","leafUuid":"l"})"
                           "\n";
  const auto slices = SliceAll(ClaudeCode(), "/p/chat.jsonl", none + a + none + b + a);
  EXPECT_THAT(BytesOf(slices), ElementsAre(none + a + none, b, a));
  EXPECT_EQ(slices[0].native_id, "session-a");
  EXPECT_EQ(slices[0].conversation_id, ConversationId("claude_code", "session-a"));
  EXPECT_EQ(slices[0].conversation_id, slices[2].conversation_id);
  EXPECT_NE(slices[0].conversation_id, slices[1].conversation_id);
}

TEST(Slicer, HoldsAnUnfinishedLastRecordBack) {
  const std::string line = User("done") + "\n";
  const std::string cut = User("not done").substr(0, 60);
  EXPECT_THAT(BytesOf(SliceAll(ClaudeCode(), kPath, line + cut)), ElementsAre(line));
  const SlicerOptions taken{.take_unfinished = true};
  const auto slices = SliceAll(ClaudeCode(), kPath, line + cut, taken);
  EXPECT_THAT(BytesOf(slices), ElementsAre(line + cut));
  EXPECT_EQ(slices[0].unreadable, 1);
}

TEST(Slicer, TakesALastRecordThatIsWholeWithoutItsNewline) {
  const std::string text = User("a") + "\n" + User("b");
  EXPECT_THAT(BytesOf(SliceAll(ClaudeCode(), kPath, text)), ElementsAre(text));
}

TEST(Slicer, HoldsNulBytesAtTheEndBack) {
  const std::string line = User("a") + "\n";
  const std::string nuls(512, '\0');
  EXPECT_THAT(BytesOf(SliceAll(ClaudeCode(), kPath, line + nuls)), ElementsAre(line));
}

TEST(Slicer, GoesOnWhereAnEarlierOneStopped) {
  std::string text = R"({"type":"summary","summary":"s","leafUuid":"l"})"
                     "\n";
  std::vector<size_t> ends;
  for (int i = 0; i < 20; ++i) {
    text += User("m" + std::to_string(i), "session-a") + (i % 3 == 0 ? "\r\n" : "\n");
    ends.push_back(text.size());
  }
  std::string joined;
  SlicerStart start;
  for (const size_t end : ends) {
    TextWindow window(std::string_view(text).substr(joined.size(), end + 7 - joined.size()));
    Slicer slicer(ClaudeCode(), "/p/chat.jsonl", window, start);
    while (true) {
      Result<std::optional<Slice>> slice = slicer.Next();
      ASSERT_THAT(slice, IsOk());
      if (!*slice) break;
      EXPECT_EQ((*slice)->native_id, "session-a");
      EXPECT_EQ((*slice)->offset, static_cast<int64_t>(joined.size()));
      joined += (*slice)->bytes;
    }
    start = {slicer.offset(), slicer.state(), {}};
    EXPECT_EQ(start.offset, static_cast<int64_t>(joined.size()));
  }
  EXPECT_EQ(joined, text);
}

TEST(Slicer, KeepsBytesThatAreNoTextAndNoRecords) {
  const std::string text = "\xef\xbb\xbf" + User("a") + "\nnot json\n[1,2]\nnull\n" +
                           User(
                               "inv\xff"
                               "alid") +
                           User("glued") + "\n";
  const auto slices = SliceAll(ClaudeCode(), kPath, text);
  EXPECT_THAT(BytesOf(slices), ElementsAre(text));
  EXPECT_FALSE(slices[0].valid_utf8);
  EXPECT_EQ(slices[0].records, 3);
  EXPECT_EQ(slices[0].unreadable, 3);
  EXPECT_EQ(slices[0].messages[1].content,
            "inv\xef\xbf\xbd"
            "alid");
}

TEST(Slicer, ReadsLoneSurrogatesAndBareControlCharacters) {
  const std::string text =
      User("a\\ud800b") + "\n" + User("tab\there") + "\n" + User("pair \\ud83d\\ude00") + "\n";
  const auto slices = SliceAll(ClaudeCode(), kPath, text);
  ASSERT_THAT(slices, SizeIs(1));
  EXPECT_EQ(slices[0].unreadable, 0);
  EXPECT_EQ(slices[0].messages[0].content,
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(slices[0].messages[1].content, "tab\there");
  EXPECT_EQ(slices[0].messages[2].content, "pair \xf0\x9f\x98\x80");
}

TEST(Slicer, NeedsNoMoreMemoryThanASliceAndARecord) {
  constexpr size_t kLarge = size_t{16} << 20;
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += User(std::string(1000, 'a')) + "\n";
  const std::string large = User(std::string(kLarge / 2, 'b')) + "\n";  // Twice: in its id, too.
  text += large;
  for (int i = 0; i < 2000; ++i)
    text += User(std::string(1000, 'c')) + "\n";
  constexpr size_t kBlock = size_t{1} << 20;
  TextWindow window(text, kBlock);
  Slicer slicer(ClaudeCode(), kPath, window, {});
  size_t bytes = 0;
  while (true) {
    Result<std::optional<Slice>> slice = slicer.Next();
    ASSERT_THAT(slice, IsOk());
    if (!*slice) break;
    bytes += (*slice)->bytes.size();
    EXPECT_TRUE((*slice)->bytes.size() <= kBlock || (*slice)->records == 1);
  }
  EXPECT_EQ(bytes, text.size());
  EXPECT_LT(window.longest(), large.size() + 3 * kBlock);
}

TEST(Slicer, CutsARecordOverTheLimitIntoUnreadableSlices) {
  SlicerOptions options;
  options.record_bytes_max = 10'000;
  options.slice_bytes_max = 3'001;
  const std::string before = User("a") + "\n";
  std::string words;
  while (words.size() < 35'000)
    words += "\xc3\xa4";  // Cut between characters, whatever lengths are asked for.
  const std::string text = before + User(words) + "\n" + User("c") + "\n";
  TextWindow window(text, 1000);
  Slicer slicer(ClaudeCode(), kPath, window, {}, options);
  std::string joined;
  int64_t records = 0, unreadable = 0;
  std::vector<int64_t> long_records;
  while (true) {
    Result<std::optional<Slice>> slice = slicer.Next();
    ASSERT_THAT(slice, IsOk());
    if (!*slice) break;
    joined += (*slice)->bytes;
    EXPECT_LE((*slice)->bytes.size(), options.slice_bytes_max);
    EXPECT_TRUE((*slice)->valid_utf8);
    EXPECT_EQ((*slice)->conversation_id, kSession);
    if ((*slice)->long_record) long_records.push_back(*(*slice)->long_record);
    records += (*slice)->records;
    unreadable += (*slice)->unreadable;
  }
  EXPECT_EQ(joined, text);
  EXPECT_EQ(records, 2);
  EXPECT_GE(unreadable, 10);
  EXPECT_THAT(long_records, ElementsAre(static_cast<int64_t>(before.size())));
  EXPECT_LT(window.longest(), options.record_bytes_max + 2000);
}

TEST(Slicer, FindsTheNextConversationBehindOneThatIsTooLong) {
  SlicerOptions options;
  options.record_bytes_max = 5'000;
  options.slice_bytes_max = 1'000;
  const std::string text = "[" + Chat("c1", "one") + "," + Chat("c2", std::string(20'000, '{')) +
                           "," + Chat("c3", "t") + "]";
  const auto slices = SliceAll(ChatGpt(), "/d/conversations.json", text, options, 500);
  EXPECT_EQ(Joined(slices), text);
  int64_t records = 0;
  for (const Slice& slice : slices)
    records += slice.records;
  EXPECT_EQ(records, 2);
  EXPECT_EQ(slices.back().native_id, "c3");
}

TEST(Slicer, GoesOnWithinARecordThatIsTooLong) {
  SlicerOptions options;
  options.record_bytes_max = 1'000;
  options.slice_bytes_max = 100;
  const std::string text = User(std::string(3'000, 'b')) + "\n" + User("c") + "\n";
  TextWindow first(std::string_view(text).substr(0, 2'000), 500);
  Slicer before(ClaudeCode(), kPath, first, {}, options);
  while (true) {
    const Result<std::optional<Slice>> slice = before.Next();
    ASSERT_THAT(slice, IsOk());
    if (!*slice) break;
  }
  EXPECT_GT(before.offset(), 1'500);
  TextWindow second(std::string_view(text).substr(static_cast<size_t>(before.offset())), 500);
  Slicer after(ClaudeCode(), kPath, second, {before.offset(), before.state(), {}}, options);
  int64_t records = 0, long_records = 0, bytes = before.offset();
  while (true) {
    const Result<std::optional<Slice>> slice = after.Next();
    ASSERT_THAT(slice, IsOk());
    if (!*slice) break;
    records += (*slice)->records;
    long_records += (*slice)->long_record ? 1 : 0;
    bytes += static_cast<int64_t>((*slice)->bytes.size());
  }
  EXPECT_EQ(bytes, static_cast<int64_t>(text.size()));
  EXPECT_EQ(records, 1);
  EXPECT_EQ(long_records, 0);
}

TEST(Slicer, TellsFilesWithoutAnySessionApartByTheirFirstRecord) {
  const std::string text = R"({"type":"user","message":{"content":"hello"}})"
                           "\n";
  const auto first = SliceAll(ClaudeCode(), "/a/x.jsonl", text + text);
  const auto longer = SliceAll(ClaudeCode(), "/b/y.jsonl", text + text + text);
  EXPECT_THAT(first[0].native_id, testing::StartsWith("first-record:"));
  EXPECT_EQ(first[0].conversation_id, longer[0].conversation_id);
}

// ChatGPT's framing --------------------------------------------------------------------------

TEST(Slicer, GivesEveryConversationOfAnExportItsSlice) {
  const std::string tricky = R"(a \" ] } , \\)";
  const std::string text =
      " [ " + Chat("c1", tricky) + " ,\n" + Chat("c2", "two") + "," + Chat("c3", "three") + "\n]\n";
  for (const size_t block : {size_t{1}, size_t{7}, size_t{100'000}}) {
    const auto slices = SliceAll(ChatGpt(), "/d/conversations.json", text, {}, block);
    ASSERT_THAT(slices, SizeIs(3));
    EXPECT_EQ(Joined(slices), text);
    EXPECT_EQ(slices[0].native_id, "c1");
    EXPECT_EQ(slices[1].bytes, Chat("c2", "two") + ",");
    EXPECT_EQ(slices[2].native_id, "c3");
    EXPECT_EQ(slices[0].messages[0].content, "a \" ] } , \\");
    EXPECT_EQ(slices[1].timestamp.ToString(), "2023-11-14T22:13:20.500000Z");
  }
}

TEST(Slicer, TakesASingleConversationAsAnExport) {
  const std::string text = Chat("c1", "one") + "\n";
  const auto slices = SliceAll(ChatGpt(), "/d/c.json", text);
  EXPECT_THAT(BytesOf(slices), ElementsAre(text));
}

TEST(Slicer, KeepsWhatIsWholeOfAnExportThatWasCut) {
  const std::string whole = "[" + Chat("c1", "one") + ",";
  const std::string text = whole + Chat("c2", "two").substr(0, 80);
  EXPECT_THAT(BytesOf(SliceAll(ChatGpt(), "/d/c.json", text)), ElementsAre(whole));
  EXPECT_EQ(Joined(SliceAll(ChatGpt(), "/d/c.json", text, {.take_unfinished = true})), text);
}

TEST(Slicer, FindsNothingInAnEmptyFile) {
  EXPECT_THAT(SliceAll(ClaudeCode(), kPath, ""), IsEmpty());
  EXPECT_THAT(SliceAll(ChatGpt(), "/d/c.json", ""), IsEmpty());
}

TEST(Framer, ClosesAnObjectWhereverItIsCut) {
  const std::string whole =
      R"({"a": [1, {"b": "x\"]}\\"}, "\u00e9 y", true], "messages": [{"role": "user"}]})";
  for (size_t length = 1; length < whole.size(); ++length) {
    const std::string closed = CloseCutObject(std::string_view(whole).substr(0, length));
    EXPECT_THAT(Json::Parse(closed), IsOk()) << closed;
  }
  EXPECT_EQ(CloseCutObject(R"({"messages": [{"role": "user", "content": "Good mor)"),
            R"({"messages": [{"role": "user", "content": "Good mor"}]})");
  EXPECT_EQ(CloseCutObject(R"({"a": {"b": 1}, "c": 12)"), R"({"a": {"b": 1}})");
  EXPECT_EQ(CloseCutObject(R"({"a": 1, "content)"), R"({"a": 1})");
}

TEST(Framer, ScansLikeAByteByByteReader) {
  std::mt19937 random(11);
  constexpr std::string_view kAlphabet = "{}[]\"\\,: ax";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "{";
    const size_t length = random() % 40;
    for (size_t i = 0; i < length; ++i)
      text += kAlphabet[random() % kAlphabet.size()];
    std::optional<size_t> expected;
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size() && !expected; ++i) {
      const char c = text[i];
      if (in_string && c == '\\')
        ++i;
      else if (c == '"')
        in_string = !in_string;
      else if (!in_string && (c == '{' || c == '['))
        ++depth;
      else if (!in_string && (c == '}' || c == ']') && --depth == 0)
        expected = i + 1;
    }
    EXPECT_EQ(EndOfValue(text), expected) << text;
  }
}

}  // namespace
}  // namespace firn::conversations
