// SPDX-License-Identifier: Apache-2.0

#include "firn/search/index_sync.h"

#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include "firn/base/testing.h"
#include "firn/obs/progress.h"
#include "firn/search/match_query.h"
#include "firn/sql/testing.h"

namespace firn::search {
namespace {

using table::NestedField;
using table::Type;
using testing::ElementsAre;
using testing::IsEmpty;

class Sync : public ::testing::Test {
 protected:
  Sync()
      : folder_(testing::TempDir() + "firn-sync-" + std::to_string(::getpid())),
        index_((std::filesystem::create_directories(folder_),
                TextIndex::Open(folder_ + "/search.db", env_).value())) {}
  ~Sync() override { std::filesystem::remove_all(folder_); }

  void SetUp() override {
    ASSERT_THAT(lake_.Create("silver.messages",
                             {{NestedField::Required(1, "conversation_id", Type::String()),
                               NestedField::Required(2, "message_id", Type::String()),
                               NestedField::Required(3, "platform", Type::String()),
                               NestedField::Optional(4, "timestamp", Type::TimestampTz()),
                               NestedField::Optional(5, "sequence", Type::Int()),
                               NestedField::Optional(6, "role", Type::String()),
                               NestedField::Optional(7, "project_path", Type::String()),
                               NestedField::Optional(8, "content", Type::String()),
                               NestedField::Optional(9, "reasoning", Type::String())},
                              {}}),
                IsOk());
  }

  Status Append(int sequence, const std::string& content) {
    return lake_.Append("silver.messages", RowSql(sequence, content));
  }

  static std::string RowSql(int sequence, const std::string& content) {
    return "SELECT 'c' AS conversation_id, 'm" + std::to_string(sequence) +
           "' AS message_id, 'chatgpt' AS platform, TIMESTAMPTZ '2025-11-05 10:00:00+00' AS "
           "timestamp, " +
           std::to_string(sequence) +
           "::INTEGER AS sequence, 'user' AS role, NULL::VARCHAR AS project_path, '" + content +
           "' AS content, NULL::VARCHAR AS reasoning";
  }

  SyncReport Sync_() {
    const auto done = SyncIndex(index_, lake_.catalog(), lake_.files(), obs::NoProgress());
    EXPECT_THAT(done, IsOk());
    return *done;
  }

  std::vector<std::string> Find(std::string_view words) {
    SearchQuery query;
    query.match = ParseMatchQuery(words).value();
    std::vector<std::string> places;
    const std::vector<Hit> hits = index_.Search(query).value();
    for (const Hit& hit : hits)
      places.push_back(std::to_string(hit.sequence.value_or(-1)));
    return places;
  }

  FixedEnv env_;
  sql::TestLake lake_;
  std::string folder_;
  TextIndex index_;
};

TEST_F(Sync, ReadsWhatIsNewAlone) {
  ASSERT_THAT(Append(1, "snow"), IsOk());
  SyncReport first = Sync_();
  EXPECT_TRUE(first.anew);
  EXPECT_EQ(first.rows_read, 1);
  EXPECT_EQ(Sync_().rows_read, 0);
  ASSERT_THAT(Append(2, "ice"), IsOk());
  const SyncReport second = Sync_();
  EXPECT_FALSE(second.anew);
  EXPECT_EQ(second.rows_read, 1);
  EXPECT_THAT(Find("snow OR ice"), testing::UnorderedElementsAre("1", "2"));
}

TEST_F(Sync, FollowsRewrites) {
  ASSERT_THAT(Append(1, "snow"), IsOk());
  ASSERT_THAT(Append(2, "ice"), IsOk());
  Sync_();
  ASSERT_THAT(lake_.Rewrite("silver.messages"), IsOk());
  EXPECT_FALSE(Sync_().anew);
  EXPECT_THAT(Find("snow OR ice"), testing::UnorderedElementsAre("1", "2"));
  EXPECT_THAT(index_.Count(), HasValue(2));
}

TEST_F(Sync, ForgetsRowsThatAreGone) {
  ASSERT_THAT(Append(1, "snow"), IsOk());
  ASSERT_THAT(Append(2, "ice"), IsOk());
  Sync_();
  const auto loaded = lake_.catalog().LoadTable(sql::TestLake::Name("silver.messages")).value();
  const auto plan = table::PlanScan(*loaded.metadata, {}, lake_.files()).value();
  table::Overwrite change;
  for (const table::FileScanTask& task : plan.tasks)
    change.deleted_paths.push_back(task.file.file_path);
  change.added = lake_.Write("silver.messages", RowSql(2, "ice and water")).value();
  ASSERT_THAT(lake_.Commit("silver.messages", table::OverwriteFiles(std::move(change))), IsOk());
  EXPECT_FALSE(Sync_().anew);
  EXPECT_THAT(Find("snow"), IsEmpty());
  EXPECT_THAT(Find("water"), ElementsAre("2"));
}

TEST_F(Sync, ReadsAllWhereRowsWereDeletedInPlace) {
  ASSERT_THAT(lake_.Append("silver.messages", RowSql(1, "snow") + " UNION ALL " + RowSql(2, "ice")),
              IsOk());
  Sync_();
  ASSERT_THAT(lake_.Delete("silver.messages", "sequence = 1"), IsOk());
  EXPECT_TRUE(Sync_().anew);
  EXPECT_THAT(Find("snow"), IsEmpty());
  EXPECT_THAT(Find("ice"), ElementsAre("2"));
}

TEST_F(Sync, OfALakeWithoutTablesIsNothing) {
  sql::TestLake empty;
  EXPECT_THAT(SyncIndex(index_, empty.catalog(), empty.files(), obs::NoProgress()), IsOk());
}

}  // namespace
}  // namespace firn::search
