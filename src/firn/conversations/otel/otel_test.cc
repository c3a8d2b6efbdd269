// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/conversations/otel/lines.h"
#include "firn/conversations/otel/otlp_file_io.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/testing.h"
#include "firn/ingest/decoded_file_io.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/io/testing.h"

namespace firn::conversations::otel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kFolder = "src/firn/conversations/otel/testdata/";
constexpr char kFirst[] = "0a1b2c3d-0000-4000-8000-000000000001";
constexpr char kSecond[] = "0a1b2c3d-0000-4000-8000-000000000002";

std::string TextOfFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class OtlpFiles : public ::testing::Test {
 protected:
  // A file as `OtlpFileIO` shows it.
  Result<std::string> Shown(const std::string& path) {
    io::LocalFileIO disk(*env_);
    OtlpFileIO files(disk, folder_.path());
    FIRN_ASSIGN(const auto file,
                files.Open(io::FileLocation(std::filesystem::absolute(path).string())));
    decoded_ = ingest::IsDecoded(*file);
    return file->Read(0, file->size_bytes());
  }
  Result<std::string> ShownText(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return Shown(path);
  }
  SilverStore StoreOfLines(const std::string& path) {
    return StoreOf(Otel(), "lines.jsonl", Shown(path).value());
  }

  const std::unique_ptr<Env> env_ = MakeSystemEnv();
  io::TemporaryFolder folder_;
  bool decoded_ = false;
};

TEST_F(OtlpFiles, TellOfTheCallsOfEachSession) {
  const SilverStore store = StoreOfLines(kFolder + "claude_code.jsonl");
  ASSERT_THAT(store.telemetry_calls, SizeIs(2));
  const TelemetryCall& call = store.telemetry_call("req_A");
  EXPECT_EQ(call.platform, "claude_code");
  EXPECT_EQ(call.session_id, kFirst);
  EXPECT_EQ(call.model, "claude-sonnet-4-5-20250929");
  EXPECT_EQ(call.usage, (TokenUsage{10, 3000, 400, {}, 200, {}}));
  EXPECT_EQ(call.duration_ms, 5123);
  EXPECT_EQ(call.reported_cost_nanos, 5'432'100);
  EXPECT_EQ(call.timestamp->ToString(), "2026-01-02T03:04:05.123000Z");
  EXPECT_EQ(call.account_id, "acc-1");
  EXPECT_EQ(call.organization_id, "org-1");
  EXPECT_EQ(call.terminal, "vscode");
  EXPECT_EQ(call.tool_version, "2.1.42");
  const auto& [key, other] =
      *store.telemetry_calls.find({kSecond, std::string(kSecond) + "/1767323050000000000//7"});
  EXPECT_EQ(other.row.usage, (TokenUsage{120, 0, 0, {}, 9, {}}));
  EXPECT_EQ(other.row.reported_cost_nanos, 165'000);
}

TEST_F(OtlpFiles, CountWhatIsNoCall) {
  const SilverStore store = StoreOfLines(kFolder + "claude_code.jsonl");
  ASSERT_THAT(store.sources, SizeIs(2));
  const SourceFacts& first = store.sources.begin()->second.facts;
  EXPECT_EQ(first.platform, "claude_code");
  EXPECT_EQ(first.records, 4);
  EXPECT_EQ(first.records_skipped, 3);  // A prompt, an error and a point of a metric.
  EXPECT_EQ(first.error_count, 1);
  EXPECT_THAT(store.messages, SizeIs(0));
}

TEST_F(OtlpFiles, FollowTheConventionsForGenerativeAi) {
  const SilverStore store = StoreOfLines(kFolder + "gen_ai.json");
  ASSERT_THAT(store.telemetry_calls, SizeIs(1));  // An agent's span sums up its calls.
  const TelemetryCall& call = store.telemetry_call("chatcmpl-77");
  EXPECT_EQ(call.platform, "otel");
  EXPECT_EQ(call.session_id, "basket-7");
  EXPECT_EQ(call.model, "gpt-4o-2024-08-06");
  EXPECT_EQ(call.usage, (TokenUsage{40, 60, {}, {}, 25, {}}));
  EXPECT_EQ(call.duration_ms, 1500);
}

// The protobuf was written by Google's library, by the published definitions.
TEST_F(OtlpFiles, AreTheSameInProtobufAndInJson) {
  const std::string of_json = Shown(kFolder + "exported.jsonl").value();
  EXPECT_EQ(Shown(kFolder + "exported.pb").value(), of_json);
  EXPECT_TRUE(decoded_);
  // As the collector writes them, each with its length before it.
  const std::string one = TextOfFile(kFolder + "exported.pb");
  std::string length(4, '\0');
  for (int i = 0; i < 4; ++i)
    length[static_cast<size_t>(i)] = static_cast<char>(one.size() >> (24 - 8 * i) & 0xff);
  EXPECT_EQ(ShownText("many.pb", length + one + length + one).value(), of_json + of_json);
  EXPECT_EQ(ShownText("cut.pb", length + one + length + one.substr(0, 9)).value(), of_json);
}

TEST_F(OtlpFiles, HaveALineForEachPointOfAMetric) {
  const std::string head =
      R"({"otlp":"metrics","resource":{},"scope":{"name":"s"},"record":{"name":)";
  EXPECT_EQ(
      Shown(kFolder + "metrics.pb").value(),
      head + R"("h","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"7",)" +
          R"("count":"3","sum":1.5,"bucketCounts":["1","2"],"explicitBounds":[0.5]}]}}})" + "\n" +
          head + R"("e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{)" +
          R"("timeUnixNano":"7","count":"3","scale":-2,"zeroCount":"1","positive":{"offset":-3,)" +
          R"("bucketCounts":["1","300"]}}]}}})" + "\n" + head +
          R"("q","summary":{"dataPoints":[{"timeUnixNano":"7","count":"1","sum":2,)" +
          R"("quantileValues":[{"quantile":0.5,"value":2}]}]}}})" + "\n" + head +
          R"("g","gauge":{"dataPoints":[{"timeUnixNano":"7","asInt":"-4"}]}}})" + "\n");
}

TEST_F(OtlpFiles, StayAsTheyAreWhereTheyAreNone) {
  EXPECT_EQ(ShownText("a.jsonl", "{\"type\":\"user\"}\n").value(), "{\"type\":\"user\"}\n");
  EXPECT_FALSE(decoded_);
  EXPECT_EQ(ShownText("a.pb", "no protobuf at all").value(), "no protobuf at all");
  EXPECT_FALSE(decoded_);
  EXPECT_EQ(ShownText("empty.pb", "").value(), "");
}

TEST_F(OtlpFiles, KeepLinesThatAreNoRequests) {
  const std::string request = TextOfFile(kFolder + "claude_code.jsonl");
  const std::string shown = ShownText("a.jsonl", request + "garbage\n{\"x\":1}\n").value();
  EXPECT_TRUE(shown.ends_with("garbage\n{\"x\":1}\n")) << shown.substr(shown.size() - 60);
}

// However far a file has been written, what it shows is the beginning of what it shows whole.
TEST_F(OtlpFiles, GrowAtTheirEnd) {
  const std::string text = TextOfFile(kFolder + "claude_code.jsonl");
  const std::string whole = ShownText("a.jsonl", text).value();
  for (size_t length = 100; length < text.size(); length += 97) {
    const std::string shown = ShownText("a.jsonl", text.substr(0, length)).value();
    EXPECT_TRUE(whole.starts_with(shown)) << length;
  }
}

TEST_F(OtlpFiles, ReadRequestsBehindLinesThatAreNoneAndBeforeBlankOnes) {
  const std::string request =
      R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1"}]}]}]})";
  const auto shown =
      ShownText("mixed.jsonl", request + "\nno request\n" + request + std::string(200, '\n'));
  const std::string line = R"({"otlp":"logs","record":{"timeUnixNano":"1"}})";
  EXPECT_THAT(shown, HasValue(line + "\nno request\n" + line + "\n"));
}

TEST(OtlpLines, HaveWhatTheirRequestSaysOfThem) {
  RecordLines lines;
  ASSERT_THAT(AddJsonLines(R"({"resourceLogs": [{"resource": {"attributes": []}, "schemaUrl": "r",
      "scopeLogs": [{"scope": {"name": "s"}, "schemaUrl": "t",
                     "logRecords": [{"body": {"stringValue": "\u0001\""}}, 5]}]}]})",
                           lines),
              IsOk());
  EXPECT_EQ(lines.text,
            R"({"otlp":"logs","resource":{"attributes":[]},"resource.schemaUrl":"r",)"
            R"("scope":{"name":"s"},"scope.schemaUrl":"t","record":{"body":{"stringValue":)"
            R"("\u0001\""}}})"
            "\n");
  EXPECT_EQ(lines.records, 1);
  EXPECT_EQ(lines.rejected, 1);
}

TEST(OtlpLines, RefuseWhatIsNoRequest) {
  RecordLines lines;
  for (const char* text : {"", "[]", "{", "{\"a\":1}", "{\"resourceLogs\":{}}", "nothing"})
    EXPECT_THAT(AddJsonLines(text, lines), IsError(ErrorKind::kCorrupt)) << text;
  EXPECT_THAT(AddJsonLines("{}", lines), IsOk());
  EXPECT_THAT(AddJsonLines(R"({"resourceLogs":[]})", lines), IsOk());
  EXPECT_EQ(lines.text, "");
}

TEST(OtlpProtobuf, KeepsFieldsItDoesNotKnow) {
  // Field 1 of the request, in which field 9 is the number 5 and field 10 the text "x".
  EXPECT_EQ(JsonOfProtobuf(Signal::kLogs, "\x0a\x05\x48\x05\x52\x01x").value(),
            R"({"resourceLogs":[{"unknownFields":[{"number":9,"wireType":0,"value":"5"},)"
            R"({"number":10,"wireType":2,"value":"eA=="}]}]})");
}

TEST(OtlpProtobuf, RefusesWhatIsCutNestedOrOfAnotherType) {
  EXPECT_THAT(JsonOfProtobuf(Signal::kLogs, "\x0a\x05\x0a"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(JsonOfProtobuf(Signal::kLogs, "\x08\x01"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(JsonOfProtobuf(Signal::kLogs, "\x03"), IsError(ErrorKind::kCorrupt));
  std::string value = "\x0a\x01x";  // An AnyValue, in a list, in a list ...
  for (int i = 0; i < 40 && value.size() < 120; ++i) {
    value.insert(0, std::string("\x0a") + static_cast<char>(value.size()));
    value.insert(0, std::string("\x2a") + static_cast<char>(value.size()));
  }
  const auto within = [&](char field) {
    value.insert(0, std::string(1, field) + static_cast<char>(value.size()));
  };
  within('\x2a'), within('\x12'), within('\x12');
  EXPECT_THAT(JsonOfProtobuf(Signal::kLogs,
                             "\x0a" + std::string(1, static_cast<char>(value.size())) + value),
              IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::conversations::otel
