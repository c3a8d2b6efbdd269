// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/move_positions.h"

#include "firn/ingest/test_lake.h"
#include "firn/ingest/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;

const catalog::TableName kRenamed{{"silver"}, "renamed"};

PositionLog LogOf(TestLake& lake) {
  return {lake.catalog(), lake.lake_io(), lake.env(), ""};
}

Status Forget(TestLake& lake) {
  return ForgetPositions(LogOf(lake), TestLake::target());
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
  ASSERT_THAT(Forget(lake), IsOk());
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
  ASSERT_THAT(CopyPositions(LogOf(lake), TestLake::target(), kRenamed), IsOk());
  ASSERT_THAT(lake.catalog().RenameTable(TestLake::target(), kRenamed), IsOk());
  ASSERT_THAT(Forget(lake), IsOk());
  lake.Append("/s/a.csv", "2,b\n");
  ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
  EXPECT_THAT(lake.Rows(kRenamed), ElementsAre("1|a", "2|b"));
  ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
  EXPECT_THAT(lake.Rows(), ElementsAre("1|a", "2|b"));
}

// A program that ends in the middle of a renaming leaves a table that gets no row twice, whichever
// of its names it has by then; the same renaming again goes through.
TEST(MovePositions, DoublesNothingWhereARenamingWasCutShort) {
  for (const bool renamed : {false, true}) {
    TestLake lake;
    lake.MakeTable();
    lake.Put("/s/a.csv", "id,name\n1,a\n");
    ASSERT_THAT(IngestInto(lake, TestLake::target()), IsOk());
    ASSERT_THAT(CopyPositions(LogOf(lake), TestLake::target(), kRenamed), IsOk());
    const catalog::TableName& name = renamed ? kRenamed : TestLake::target();
    if (renamed) {
      ASSERT_THAT(lake.catalog().RenameTable(TestLake::target(), kRenamed), IsOk());
    }
    lake.Append("/s/a.csv", "2,b\n");
    ASSERT_THAT(IngestInto(lake, name), IsOk());
    EXPECT_THAT(lake.Rows(name), ElementsAre("1|a", "2|b"));
    if (renamed) continue;
    ASSERT_THAT(CopyPositions(LogOf(lake), TestLake::target(), kRenamed), IsOk());
    ASSERT_THAT(lake.catalog().RenameTable(TestLake::target(), kRenamed), IsOk());
    ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
    EXPECT_THAT(lake.Rows(kRenamed), ElementsAre("1|a", "2|b"));
  }
}

TEST(MovePositions, LeavesOtherTablesAlone) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.csv", "id,name\n1,a\n");
  ASSERT_THAT(Forget(lake), IsOk());
  ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
  ASSERT_THAT(Forget(lake), IsOk());
  EXPECT_EQ(lake.SnapshotCount({{"bronze"}, "source_files"}), 1u);
  ASSERT_THAT(IngestInto(lake, kRenamed), IsOk());
  EXPECT_THAT(lake.Rows(kRenamed), ElementsAre("1|a"));
}

}  // namespace
}  // namespace firn::ingest
