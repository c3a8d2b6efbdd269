// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/move_positions.h"

#include <optional>

#include "firn/ingest/test_lake.h"
#include "firn/ingest/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;

const catalog::TableName kRenamed{{"silver"}, "renamed"};

Status Move(TestLake& lake, const std::optional<catalog::TableName>& to) {
  return MovePositions(lake.catalog(), lake.lake_io(), lake.env(), "", TestLake::target(), to);
}

Status IngestInto(TestLake& lake, const catalog::TableName& table) {
  UserTableOptions options = lake.Options(FileFormat::kCsv);
  options.ingest.target = table;
  options.create = true;
  FIRN_TRY(lake.Ingest(options));
  return Ok();
}

TEST(MovePositions, GivesATableMadeAnewAllFiles) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  lake.Put("/s/empty.csv", "");
  ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
  ASSERT_THAT(lake.catalog().DropTable(TestLake::target()), IsOk());
  ASSERT_THAT(Move(lake, std::nullopt), IsOk());
  for (int time = 0; time < 2; ++time) {
    ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
    EXPECT_THAT(lake.Rows(), ElementsAre("1|a"));
  }
  lake.Append("/s/a.csv", "2,b\n");
  ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|b"));
}

TEST(MovePositions, FollowsARenamedTable) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
  ASSERT_THAT(lake.catalog().RenameTable(TestLake::target(), kRenamed), IsOk());
  ASSERT_THAT(Move(lake, kRenamed), IsOk());
  lake.Append("/s/a.csv", "2,b\n");
  ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
  EXPECT_THAT(lake.Rows(kRenamed), ElementsAre("1|a", "2|b"));
  ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|b"));
}

TEST(MovePositions, LeavesOtherTablesAlone) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  ASSERT_THAT(Move(lake, std::nullopt), IsOk());
  ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
  ASSERT_THAT(Move(lake, std::nullopt), IsOk());
  EXPECT_EQ(lake.SnapshotCount({{"bronze"}, "source_files"}), 1u);
  ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
  EXPECT_THAT(lake.Rows(kRenamed), ElementsAre("1|a"));
}

}  // namespace
}  // namespace firn::ingest
