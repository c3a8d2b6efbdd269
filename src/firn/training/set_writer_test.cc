// SPDX-License-Identifier: Apache-2.0

#include "firn/training/set_writer.h"

#include <map>

#include "firn/base/compression.h"
#include "firn/base/digest.h"
#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/datafile/parquet_export.h"
#include "firn/io/memory_file_io.h"
#include "firn/training/testing.h"
#include "firn/training/warc.h"

namespace firn::training {
namespace {

using testing::ElementsAre;

constexpr SetFormat kFormats[] = {SetFormat::kOpenAiJsonl, SetFormat::kHuggingFace,
                                  SetFormat::kCommonCrawl};
constexpr int64_t kAllBytes = int64_t{1} << 30;

SetSettings Settings() {
  return {"01JSET",
          TimeUs{1'762'335'000'000'000},
          TimeUs{1'762'300'000'000'000},
          {"train", "test"},
          {{"filter", "a | b\r\nc"}}};
}

// A conversation of random length and letters, some of them beyond ASCII.
Example RandomExample(Env& env, int number) {
  Conversation talk = TalkOf("id-" + std::to_string(number), "Question");
  constexpr std::string_view kLetters[] = {"a", "é", "氷", "\n", "\"", "\\", " ", "<", "\r\n\r\n"};
  for (uint64_t message = 0; message < 1 + env.Random64() % 5; ++message) {
    std::string text;
    for (uint64_t at = 0; at < env.Random64() % 200; ++at)
      text += kLetters[env.Random64() % std::size(kLetters)];
    talk.messages.push_back(Said(message % 2 == 0 ? "prompt" : "response", text));
  }
  talk.messages.push_back(Said("response", "End."));
  return *MakeExample(talk);
}

using Contents = std::map<std::string, std::string>;

struct Written {
  std::vector<SetFile> files;
  Contents contents;
};

Status Put(SetWriter& writer, size_t split, const Example& example) {
  FIRN_ASSIGN(const RenderedExample rendered, writer.Render(example));
  return writer.Write(split, example, rendered);
}

Written Write(SetFormat format, uint64_t seed, int count, int64_t file_bytes = kSetFileBytes) {
  io::MemoryFileIO disk;
  FixedEnv env(TimeUs{0}, seed);
  const auto writer = OpenSet(format, disk, "file:///set", Settings(), file_bytes);
  for (int number = 0; number < count; ++number)
    EXPECT_THAT(Put(*writer, number % 3 == 0 ? 1 : 0, RandomExample(env, number)), IsOk());
  Written written;
  auto files = writer->Close();
  EXPECT_THAT(files, IsOk());
  written.files = *std::move(files);
  for (const SetFile& file : written.files)
    written.contents[file.path] = *disk.ReadAll("file:///set/" + file.path, kAllBytes);
  return written;
}

// The members of a gzip file, one after the other.
std::vector<std::string> MembersOf(std::string_view bytes) {
  std::vector<std::string> members;
  while (!bytes.empty()) {
    auto member = Inflate(bytes, DeflateFormat::kGzip, size_t{1} << 26);
    EXPECT_THAT(member, IsOk());
    if (!member) return members;
    const std::string again = *Deflate(*member, DeflateFormat::kGzip);
    EXPECT_EQ(bytes.substr(0, again.size()), again);
    bytes.remove_prefix(again.size());
    members.push_back(*std::move(member));
  }
  return members;
}

std::string FieldOf(std::string_view record, const std::string& name) {
  const size_t at = record.find("\r\n" + name + ": ");
  if (at == std::string_view::npos) return "";
  const size_t from = at + name.size() + 4;
  return std::string(record.substr(from, record.find("\r\n", from) - from));
}

TEST(SetWriter, WritesTheSameBytesForTheSameConversations) {
  for (const SetFormat format : kFormats) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      const Written first = Write(format, seed, 20), again = Write(format, seed, 20);
      EXPECT_EQ(first.contents, again.contents) << SetFormatName(format);
    }
  }
}

TEST(SetWriter, DescribesItsFiles) {
  for (const SetFormat format : kFormats) {
    const Written written = Write(format, 7, 20);
    for (const SetFile& file : written.files) {
      EXPECT_EQ(file.bytes, static_cast<int64_t>(written.contents.at(file.path).size()));
      EXPECT_EQ(file.sha256, Sha256Hex(written.contents.at(file.path)));
      const int64_t rows = file.split.empty() ? 0 : file.split == "test" ? 7 : 13;
      EXPECT_EQ(file.rows, rows) << file.path;
    }
  }
}

TEST(SetWriter, BeginsAnotherFileWhereOneIsFull) {
  for (const SetFormat format : kFormats) {
    const Written written = Write(format, 7, 20, 1);
    int64_t rows = 0, files = 0;
    for (const SetFile& file : written.files) {
      const bool counts =
          !file.split.empty() && !file.path.ends_with(".wat.gz") && !file.path.ends_with(".wet.gz");
      rows += counts ? file.rows : 0;
      files += counts ? 1 : 0;
    }
    EXPECT_EQ(rows, 20);
    EXPECT_GT(files, 2) << SetFormatName(format);
  }
}

TEST(SetWriter, WritesNoFileForAPartWithoutConversations) {
  io::MemoryFileIO disk;
  const auto writer = OpenSet(SetFormat::kOpenAiJsonl, disk, "file:///set", Settings());
  ASSERT_THAT(Put(*writer, 0, *MakeExample(TalkOf("1", "Is it ice?"))), IsOk());
  const auto files = writer->Close();
  ASSERT_THAT(files, IsOk());
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ(files->front().path, "train.jsonl");
}

TEST(OpenAiSet, IsAnObjectALineWithMessagesAndTools) {
  const Written written = Write(SetFormat::kOpenAiJsonl, 3, 9);
  const std::string& text = written.contents.at("test.jsonl");
  std::string_view rest = text;
  int lines = 0;
  for (; !rest.empty(); ++lines) {
    const size_t end = rest.find('\n');
    const auto line = Json::Parse(rest.substr(0, end));
    ASSERT_THAT(line, IsOk());
    EXPECT_EQ(line->as_object()->size(), 2U);
    EXPECT_EQ(*(*line->GetArray("messages"))->back().GetString("role"), "assistant");
    rest.remove_prefix(end + 1);
  }
  EXPECT_EQ(lines, 3);
}

TEST(HuggingFaceSet, HasACardThatNamesFilesPartsAndRows) {
  const Written written = Write(SetFormat::kHuggingFace, 3, 9);
  const std::string& card = written.contents.at("README.md");
  EXPECT_NE(card.find("- split: train\n    path: data/train-*.parquet\n"), std::string::npos);
  EXPECT_NE(card.find("num_examples: 6\n"), std::string::npos);
  EXPECT_NE(card.find("| filter | a \\| b  c |"), std::string::npos);
  const auto infos = Json::Parse(written.contents.at("dataset_infos.json"));
  ASSERT_THAT(infos, IsOk());
  EXPECT_TRUE(written.contents.contains("data/train-00000.parquet"));
}

TEST(CommonCrawlSet, HasARecordAMemberAndOffsetsThatLeadToThem) {
  const Written written = Write(SetFormat::kCommonCrawl, 3, 9);
  const std::string stem = "FIRN-MAIN-20251104234640-20251105093000-00000";
  const std::string& warc = written.contents.at("segments/test/warc/" + stem + ".warc.gz");
  const auto records = MembersOf(warc);
  const auto about = MembersOf(written.contents.at("segments/test/wat/" + stem + ".warc.wat.gz"));
  const auto texts = MembersOf(written.contents.at("segments/test/wet/" + stem + ".warc.wet.gz"));
  ASSERT_THAT((std::vector{records.size(), about.size(), texts.size()}), ElementsAre(4, 4, 4));
  EXPECT_EQ(FieldOf(records[0], "WARC-Type"), "warcinfo");
  for (size_t at = 1; at < records.size(); ++at) {
    const std::string& record = records[at];
    const std::string block =
        record.substr(record.find("\r\n\r\n") + 4, std::stoul(FieldOf(record, "Content-Length")));
    EXPECT_EQ(record.size(), record.find("\r\n\r\n") + 4 + block.size() + 4);
    EXPECT_EQ(FieldOf(record, "WARC-Block-Digest"), WarcDigest(block));
    EXPECT_THAT(Json::Parse(block), IsOk());
    EXPECT_EQ(FieldOf(about[at], "WARC-Refers-To"), FieldOf(record, "WARC-Record-ID"));
    EXPECT_EQ(FieldOf(texts[at], "WARC-Type"), "conversion");
    const auto json = Json::Parse(std::string_view(about[at]).substr(
        about[at].find("\r\n\r\n") + 4, std::stoul(FieldOf(about[at], "Content-Length"))));
    ASSERT_THAT(json, IsOk());
    const size_t offset = std::stoul(*json->Find("Container")->GetString("Offset"));
    EXPECT_EQ(*Inflate(std::string_view(warc).substr(offset), DeflateFormat::kGzip, kAllBytes),
              record);
  }
  EXPECT_EQ(
      *Inflate(written.contents.at("wet.paths.gz"), DeflateFormat::kGzip, kAllBytes),
      "segments/test/wet/" + stem + ".warc.wet.gz\nsegments/train/wet/" + stem + ".warc.wet.gz\n");
}

TEST(WarcDigest, IsBase32OfSha1) {
  EXPECT_EQ(WarcDigest(""), "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
}

}  // namespace
}  // namespace firn::training
