// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/purge_table.h"

#include <string>

#include "firn/base/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"

namespace firn::maintain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PurgeTable, LeavesNoFileOfTheTable) {
  World world;
  for (int i = 0; i < 3; ++i)
    ASSERT_THAT(world.Append(), IsOk());
  const std::string location = world.Load().metadata->location;
  const auto outcome = PurgeTable(world.Context(), world.name, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_THAT(world.memory.List(location), HasValue(IsEmpty()));
  EXPECT_EQ(outcome->deletion.files, static_cast<int64_t>(outcome->cleanup.files.size()));
  EXPECT_THAT(world.lake->TableExists(world.name), HasValue(false));
}

TEST(PurgeTable, SaysBeforehandWhatWouldGo) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  const auto before = world.OnDisk();
  const auto outcome = PurgeTable(world.Context(), world.name, true);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->cleanup.files.size(), before.size());
  EXPECT_EQ(world.OnDisk(), before);
  EXPECT_THAT(world.lake->TableExists(world.name), HasValue(true));
}

TEST(PurgeTable, LeavesFilesThatLieElsewhere) {
  World world;
  table::DataFile file = world.WriteFile();
  file.file_path = "file:///elsewhere/adopted.parquet";
  ASSERT_THAT(world.files.WriteAll(file.file_path, "rows"), IsOk());
  ASSERT_THAT(world.Commit(table::FastAppend({file})), IsOk());
  const auto outcome = PurgeTable(world.Context(), world.name, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_THAT(outcome->cleanup.not_ours, ElementsAre(file.file_path));
  EXPECT_THAT(world.files.Exists(file.file_path), HasValue(true));
}

TEST(PurgeTable, LeavesATableWhoseFilesAreNotItsOwn) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(world.Commit(table::UpdateProperties({{"gc.enabled", "false"}}, {})), IsOk());
  EXPECT_THAT(PurgeTable(world.Context(), world.name, false), IsError(ErrorKind::kForbidden));
  EXPECT_THAT(world.lake->TableExists(world.name), HasValue(true));
}

}  // namespace
}  // namespace firn::maintain
