// SPDX-License-Identifier: Apache-2.0
//
// The shipped models end in the same tables however their input came: whatever table a package
// has, or will have, is compared.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/ingest/testing.h"
#include "firn/lakehouse/lakehouse.h"
#include "firn/pipeline/shipped.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

using Tables = std::map<std::string, std::vector<std::string>>;

// Files by their path, as the tools would have written them.
std::map<std::string, std::string> Histories() {
  std::map<std::string, std::string> files;
  for (const char* folder :
       {"examples/histories", "examples/telemetry", "src/firn/conversations/codex/testdata",
        "src/firn/conversations/otel/testdata"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << stream.rdbuf();
      files[entry.path().string()] = text.str();
    }
  }
  return files;
}

// A lake whose clock stands still, and the folder its histories are in.
class GrowingLake {
 public:
  GrowingLake(std::string histories, const std::string& lake) : histories_(std::move(histories)) {
    LakeOptions options;
    options.path = lake;
    options.environment = {{"USER", "ada"}, {"TZ", "UTC"}};
    options.env = &env_;
    auto opened = Lakehouse::Open(options);
    EXPECT_THAT(opened, IsOk());
    lake_ = std::move(opened).value();
  }

  void Run(bool full_refresh) {
    IngestRequest ingest;
    ingest.paths = {histories_};
    EXPECT_THAT(lake_->Ingest(ingest), IsOk());
    RunRequest run;
    run.full_refresh = full_refresh;
    EXPECT_THAT(lake_->Run(run), IsOk());
  }

  // Every table that the models make, but for what says how it came: states of normalisers.
  Tables Read() {
    Tables tables;
    const auto package = pipeline::ConversationsPackage();
    for (const pipeline::Model& model : package->models) {
      if (model.kind == pipeline::ModelKind::kView || model.name == "silver.conversation_sources")
        continue;
      tables[model.name] = Rows("SELECT * FROM " + model.name);
    }
    return tables;
  }

  std::vector<std::string> Rows(const std::string& query) {
    std::vector<std::string> rows;
    auto stream = lake_->Query(query);
    EXPECT_THAT(stream, IsOk()) << query;
    if (!stream) return rows;
    Row row;
    while (true) {
      const auto more = (*stream)->Next(row);
      EXPECT_THAT(more, IsOk());
      if (!more || !*more) break;
      std::string text;
      for (const Cell& cell : row)
        text += (cell.kind == Cell::Kind::kNull ? "NULL" : cell.text) + "|";
      rows.push_back(std::move(text));
    }
    std::ranges::sort(rows);
    return rows;
  }

 private:
  FixedEnv env_;
  std::string histories_;
  std::unique_ptr<Lakehouse> lake_;
};

void ExpectEqual(const Tables& left, const Tables& right, const std::string& when) {
  for (const auto& [table, rows] : left)
    EXPECT_EQ(rows, right.at(table)) << table << ", " << when;
}

TEST(ConversationModels, EndInTheSameTablesForEverySplitOfTheirInput) {
  const ingest::ScratchFolder folder;
  const auto files = Histories();
  GrowingLake grown(folder / "histories", folder / "grown");
  std::mt19937 random(20251105);
  const char* asked = std::getenv("FIRN_MODEL_STEPS");
  const int steps = asked == nullptr ? 2 : std::atoi(asked);
  std::map<std::string, size_t> sizes;
  for (int step = 1; step <= steps; ++step) {
    for (const auto& [path, text] : files) {
      size_t& size = sizes[path];
      const bool document = path.ends_with(".json") || path.ends_with(".pb");  // Written whole.
      if (document && step < steps && random() % 2 > 0) continue;
      const size_t left = text.size() - size;
      size += document || step == steps ? left : random() % (left + 1);
      if (size > 0) folder.Write("histories/" + path, std::string_view(text).substr(0, size));
    }
    grown.Run(false);
  }
  const Tables tables = grown.Read();
  EXPECT_GT(tables.size(), 15U);
  for (const auto& [table, rows] : tables)
    EXPECT_FALSE(rows.empty()) << table;
  grown.Run(true);
  ExpectEqual(tables, grown.Read(), "computed anew");
  if (asked == nullptr) return;  // The rest takes long.
  GrowingLake at_once(folder / "histories", folder / "at_once");
  at_once.Run(false);
  ExpectEqual(tables, at_once.Read(), "read at once");
}

TEST(ConversationModels, StandOnBronzeAloneWhenTheirSourcesAreGone) {
  const ingest::ScratchFolder folder;
  for (const auto& [path, text] : Histories())
    folder.Write("histories/" + path, text);
  GrowingLake lake(folder / "histories", folder / "lake");
  lake.Run(false);
  const Tables tables = lake.Read();
  fs::remove_all(folder / "histories");
  fs::create_directory(folder / "histories");
  lake.Run(true);
  ExpectEqual(tables, lake.Read(), "computed from bronze");
}

TEST(ConversationModels, ShowTheTotalsOfYesterday) {
  const ingest::ScratchFolder folder;
  const std::string totals = "SELECT count(*), sum(output_tokens) FROM silver.api_calls";
  const auto files = Histories();
  GrowingLake lake(folder / "histories", folder / "lake");
  for (const auto& [path, text] : files)
    if (path.ends_with(".json")) folder.Write("histories/" + path, text);
  lake.Run(false);
  const auto yesterday = lake.Rows(totals);
  const auto version =
      lake.Rows("SELECT snapshot_id FROM silver.api_calls.refs WHERE name = 'main'");
  ASSERT_EQ(version.size(), 1U);
  for (const auto& [path, text] : files)
    folder.Write("histories/" + path, text);
  lake.Run(false);
  EXPECT_NE(lake.Rows(totals), yesterday);
  const std::string id = version[0].substr(0, version[0].size() - 1);
  EXPECT_EQ(lake.Rows(totals + " AT (VERSION => " + id + ")"), yesterday);
}

}  // namespace
}  // namespace firn::lakehouse
