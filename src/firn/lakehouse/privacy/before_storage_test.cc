// SPDX-License-Identifier: Apache-2.0
//
// Where bronze is cleaned, no byte of a secret reaches any file of the lake. Secrets here are made
// while the test runs, none is written down.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/ingest/testing.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr char kSession[] = "00000000-0000-4000-8000-000000000001";

std::string RandomText(size_t size, unsigned seed) {
  constexpr std::string_view kAlnum =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::mt19937 random(seed);
  std::string text;
  for (size_t at = 0; at < size; ++at)
    text.push_back(kAlnum[random() % kAlnum.size()]);
  return text;
}

std::string ReadBytes(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

std::string Record(int number, const std::string& content) {
  return R"({"parentUuid":null,"isSidechain":false,"cwd":"/home/ada/engine","sessionId":")" +
         std::string(kSession) + R"(","type":"user","message":{"role":"user","content":)" +
         content + R"(},"uuid":"00000000-0000-4000-8000-00000000000)" + std::to_string(number) +
         R"(","timestamp":"2025-11-05T10:00:0)" + std::to_string(number) + ".000Z\"}\n";
}

// A lake with the given [privacy], and a folder of histories beside it.
class PrivateLake {
 public:
  explicit PrivateLake(const std::string& privacy) {
    Open();
    std::ofstream(root() + "/firn.toml", std::ios::app) << "\n" << privacy;
    Open();
  }

  std::string root() const { return folder_ / "lake"; }

  void Say(const std::string& lines) { text_ += lines; }

  IngestReport Bring(bool run = true) {
    folder_.Write("histories/.claude/projects/-home-ada-engine/" + std::string(kSession) + ".jsonl",
                  text_);
    IngestRequest request;
    request.paths = {folder_ / "histories"};
    const auto report = lake_->Ingest(request);
    EXPECT_THAT(report, IsOk());
    if (run) {
      EXPECT_THAT(lake_->Run({}), IsOk());
    }
    return *report;
  }

  // Every value of every column of every table, and the bytes of every file.
  std::string Everything() {
    std::string all;
    const auto tables = lake_->Tables();
    EXPECT_THAT(tables, IsOk());
    for (const TableRow& table : *tables)
      all += Select("SELECT * FROM " + table.name);
    for (const auto& entry : fs::recursive_directory_iterator(root())) {
      if (entry.is_regular_file()) all += ReadBytes(entry.path());
    }
    return all;
  }

  std::string Select(const std::string& query) {
    std::string all;
    auto stream = lake_->Query(query);
    EXPECT_THAT(stream, IsOk()) << query;
    Row row;
    while (stream && *(*stream)->Next(row)) {
      for (const Cell& cell : row)
        all += (cell.kind == Cell::Kind::kNull ? "NULL" : cell.text) + "|";
    }
    return all;
  }

  DoctorReport Verify() { return lake_->Doctor(true).value(); }
  Lakehouse& lake() { return *lake_; }

 private:
  void Open() {
    lake_.reset();
    LakeOptions options;
    options.path = root();
    options.environment = {{"USER", "ada"}, {"TZ", "UTC"}, {"HOME", folder_ / "home"}};
    options.env = &env_;
    auto opened = Lakehouse::Open(options);
    ASSERT_THAT(opened, IsOk());
    lake_ = std::move(opened).value();
  }

  const ingest::ScratchFolder folder_;
  FixedEnv env_;
  std::unique_ptr<Lakehouse> lake_;
  std::string text_;
};

TEST(BeforeStorage, NoByteOfASecretReachesTheLake) {
  PrivateLake lake("[privacy]\nbefore_storage = true\nnames = [\"Ada Lovelace\"]\n");
  const std::string token = "ghp_" + RandomText(36, 1);
  const std::string later = "ghp_" + RandomText(36, 2);
  const std::string half = RandomText(43, 3), other_half = RandomText(42, 4);
  const std::string card = "4111111111111111";
  lake.Say(Record(1, R"("one\n)" + token + R"(\nby ada.lovelace")"));
  lake.Say(Record(2, R"([{"type":"tool_result","tool_use_id":"t","content":"{\"card\": )" + card +
                         R"(,\n\"key\": \"AccountKey=)" + half + R"(\/)" + other_half +
                         R"(==\"}"}])"));
  lake.Say(R"({"type":"unheard-of","n":)" + card + R"(,"sessionId":")" + kSession + "\"}\n");
  EXPECT_EQ(lake.Bring().files_new, 1);
  EXPECT_EQ(lake.Bring(false).rows, 0) << "a rerun adds nothing";
  lake.Say(Record(3, "\"and " + later + "\"") + Record(4, "\"cut " + token).substr(0, 300));
  EXPECT_EQ(lake.Bring().files_grown, 1);
  EXPECT_EQ(lake.Select("SELECT count(*), count(redaction) FROM bronze.conversations"), "2|2|");
  EXPECT_EQ(lake.Select("SELECT count(*) FROM silver.messages WHERE kind = 'prompt'"), "2|");
  EXPECT_THAT(lake.Select("SELECT content FROM silver.messages WHERE sequence = 0"),
              HasSubstr("[REDACTED:github-pat:"));

  const std::string all = lake.Everything();
  for (const std::string& secret : {token, later, half, other_half, card, std::string("lovelace")})
    EXPECT_THAT(all.find(secret), std::string::npos) << secret;
  const std::string from_bronze = lake.Select("SELECT * FROM silver.messages ORDER BY sequence");
  RunRequest refresh;
  refresh.full_refresh = true;
  EXPECT_THAT(lake.lake().Run(refresh), IsOk());
  EXPECT_EQ(lake.Select("SELECT * FROM silver.messages ORDER BY sequence"), from_bronze);

  const DoctorReport report = lake.Verify();
  EXPECT_TRUE(report.healthy());
  EXPECT_TRUE(std::ranges::any_of(report.findings, [](const Finding& finding) {
    return finding.message == "Bronze is cleaned before it is stored.";
  }));
}

TEST(BeforeStorage, BronzeIsLosslessUnlessAsked) {
  PrivateLake lake("");
  const std::string token = "ghp_" + RandomText(36, 1);
  lake.Say(Record(1, "\"" + token + "\""));
  lake.Bring();
  EXPECT_THAT(lake.Select("SELECT raw_payload FROM bronze.conversations"), HasSubstr(token));
  EXPECT_THAT(lake.Select("SELECT content FROM silver.messages"), Not(HasSubstr(token)));
  EXPECT_EQ(lake.Select("SELECT count(redaction) FROM bronze.conversations"), "0|");
  EXPECT_TRUE(lake.Verify().healthy());
}

TEST(ColumnPolicies, ReplaceWholeValuesAndTheStatesThatHoldThem) {
  PrivateLake lake(
      "[privacy.columns]\n\"silver.messages.content\" = \"encrypt\"\n"
      "silver.messages.user_id = \"hash\"\n\"silver.conversation_sources.title\" = \"drop\"\n");
  lake.Say(Record(1, "\"the glacier calves\""));
  lake.Bring();
  lake.Say(Record(2, "\"the glacier melts\""));
  lake.Bring();
  EXPECT_THAT(lake.Select("SELECT content FROM silver.messages WHERE sequence = 1"),
              testing::StartsWith("[SEALED:value:"));
  EXPECT_THAT(
      lake.lake().Unseal(lake.Select("SELECT content FROM silver.messages WHERE sequence = 1")),
      HasValue("the glacier melts|"));
  EXPECT_THAT(lake.Select("SELECT DISTINCT user_id FROM silver.messages"),
              testing::StartsWith("[HASH:value:"));
  EXPECT_EQ(lake.Select("SELECT title FROM silver.conversation_sources"), "NULL|");
  EXPECT_THAT(lake.Select("SELECT * FROM silver.conversation_sources"), Not(HasSubstr("glacier")));
}

}  // namespace
}  // namespace firn::lakehouse
