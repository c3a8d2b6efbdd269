// SPDX-License-Identifier: Apache-2.0
//
// File operations of an expiry and of an orphan removal fail, in every way. Whatever happens, the
// table reads as before or as after, and a second run ends what the first began. A sample of the
// operations here; with FIRN_FAULTS=all, every one.

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "firn/base/testing.h"
#include "firn/io/faulty_file_io.h"
#include "firn/io/testing.h"
#include "firn/maintain/clean_table.h"
#include "firn/maintain/testing.h"
#include "firn/table/overwrite.h"

namespace firn::maintain {
namespace {

constexpr int64_t kOneIn = 12;

// A table with expired snapshots, replaced files and an orphan.
std::unique_ptr<World> UntidyWorld() {
  auto world = std::make_unique<World>();
  EXPECT_THAT(world->Append(), IsOk());
  world->WriteFile();
  table::Overwrite change;
  change.deleted_paths = world->LiveOf("main");
  change.added = {world->WriteFile()};
  EXPECT_THAT(world->Commit(table::OverwriteFiles(change)), IsOk());
  world->env.Advance(Millis::Days(9));
  EXPECT_THAT(world->Append(), IsOk());
  return world;
}

// Runs maintenance of a fresh world in which one operation fails, then again without failures.
bool SurvivesFault(io::FaultPlan plan) {
  const auto world = UntidyWorld();
  const std::vector<std::string> live = world->LiveOf("main");
  bool reached = false;
  {
    io::FaultyFileIO faulty(world->files, std::move(plan));
    // The process that fails has a catalog of its own over the same pointers.
    const MaintainContext context{*world->lake, faulty, world->env, World::kWarehouse};
    ExpireTable(context, world->name, {}, false).Ignore("the fault may end it");
    RemoveOrphans(context, world->name, {}, false).Ignore("the fault may end it");
    reached = faulty.fault_reached();
  }
  EXPECT_EQ(world->LiveOf("main"), live);
  const std::set<std::string> needed = NeededBy(*world->Load().metadata, world->files);
  std::set<std::string> found = world->OnDisk();
  EXPECT_TRUE(std::includes(found.begin(), found.end(), needed.begin(), needed.end()));
  EXPECT_THAT(ExpireTable(world->Context(), world->name, {}, false), IsOk());
  EXPECT_THAT(RemoveOrphans(world->Context(), world->name, {}, false), IsOk());
  EXPECT_EQ(world->Load().metadata->snapshots.size(), 1u);
  EXPECT_EQ(world->LiveOf("main"), live);
  return reached;
}

TEST(CleanTableFaults, LeaveTheTableAsBeforeOrAsAfter) {
  for (const io::FaultKind kind :
       {io::FaultKind::kFail, io::FaultKind::kCrash, io::FaultKind::kDiskFull}) {
    EXPECT_GT(io::ForEachFault(kind, SurvivesFault, kOneIn), 8);
  }
}

}  // namespace
}  // namespace firn::maintain
