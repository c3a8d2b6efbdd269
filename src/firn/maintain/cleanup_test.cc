// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/cleanup.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "firn/base/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/append.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/row_delta.h"
#include "firn/table/update.h"

namespace firn::maintain {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

// The table as it is and as it would be once snapshots expired.
struct BeforeAndAfter {
  catalog::LoadedTable before;
  table::TableMetadata after;
};

BeforeAndAfter Expire(World& world, ExpiryRequest request) {
  const auto before = world.Load();
  const auto plan = ExpireSnapshots(request)->Plan(*before.metadata, {world.files, world.env});
  EXPECT_THAT(plan, IsOk());
  auto after = table::ApplyUpdates(*before.metadata, plan->updates, world.env.NowMs());
  EXPECT_THAT(after, IsOk());
  return {before, std::move(after).value()};
}

std::set<std::string> LocationsOf(const CleanupPlan& plan) {
  std::set<std::string> locations;
  for (const UnneededFile& file : plan.files)
    locations.insert(io::NormalizeLocation(file.location));
  return locations;
}

// What expired snapshots need and no other.
std::set<std::string> Unneeded(const BeforeAndAfter& tables, io::FileIO& io) {
  const std::set<std::string> before = NeededBy(*tables.before.metadata, io);
  const std::set<std::string> after = NeededBy(tables.after, io);
  std::set<std::string> unneeded;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::inserter(unneeded, unneeded.end()));
  return unneeded;
}

TableFolders FoldersOfWorld(World& world) {
  return TableFolders(*world.Load().metadata, World::kWarehouse, {});
}

// Grows a history, and after every few commits compares the plans for what would expire with the
// slow and plain answer. Returns how often the history was one line.
int64_t CompareWithBruteForce(uint64_t seed) {
  World world(catalog::Properties{{"commit.manifest.min-count-to-merge", "4"}}, seed);
  RandomWriter writer(world, seed);
  table::Random& random = writer.random();
  int64_t lines = 0;
  for (int step = 0; step < 30; ++step) {
    writer.Step();
    world.env.Advance(Millis{random.Below(2 * Millis::Days(1).value)});
    if (step % 5 != 4) continue;
    ExpiryRequest request;
    request.older_than = world.env.NowMs() - Millis::Days(random.Below(6));
    if (random.Chance(2)) request.retain_last = random.Below(4) + 1;
    const BeforeAndAfter tables = Expire(world, request);
    const std::set<std::string> unneeded = Unneeded(tables, world.files);
    const TableFolders folders = FoldersOfWorld(world);
    const auto reachable = PlanCleanupBy(CleanupStrategy::kReachable, *tables.before.metadata,
                                         tables.after, folders, world.files);
    EXPECT_THAT(reachable, IsOk());
    EXPECT_EQ(LocationsOf(*reachable), unneeded);
    EXPECT_THAT(reachable->not_ours, IsEmpty());
    if (IsOneLine(*tables.before.metadata, tables.after)) {
      const auto incremental = PlanCleanupBy(CleanupStrategy::kIncremental, *tables.before.metadata,
                                             tables.after, folders, world.files);
      EXPECT_THAT(incremental, IsOk());
      EXPECT_EQ(LocationsOf(*incremental), unneeded);
      if (!tables.after.snapshots.empty() && !unneeded.empty()) ++lines;
    }
    // Now and then it really happens, so that later rounds begin with a cut history.
    if (random.Chance(2)) {
      EXPECT_THAT(ExpireTable(world.Context(), world.name, request, false), IsOk());
    }
  }
  return lines;
}

TEST(PlanCleanup, AgreesWithBruteForceOnRandomHistories) {
  int64_t lines = 0;
  for (uint64_t seed = 1; seed <= 30 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    lines += CompareWithBruteForce(seed);
  }
  EXPECT_GT(lines, 10) << "the incremental strategy was hardly tried";
}

// A history that is one line by construction: appends, replacements, deletes and merges on main.
void CompareOneLine(uint64_t seed) {
  World world(catalog::Properties{{"commit.manifest.min-count-to-merge", "3"}}, seed);
  table::Random random(seed);
  std::vector<table::DataFile> removed;
  for (int step = 0; step < 25; ++step) {
    const auto live = world.LiveOf("main");
    if (!live.empty() && random.Chance(3)) {
      table::Overwrite change;
      change.deleted_paths = {
          live[static_cast<size_t>(random.Below(static_cast<int64_t>(live.size())))]};
      if (random.Chance(2)) change.added = {world.WriteFile()};
      removed.push_back(catalog::FileNamed(world.Load(), ""));
      removed.back().file_path = change.deleted_paths.front();
      EXPECT_THAT(world.Commit(table::OverwriteFiles(change)), IsOk());
    } else if (!removed.empty() && random.Chance(3)) {
      // A file comes back after it was deleted.
      const auto at = removed.begin() + random.Below(static_cast<int64_t>(removed.size()));
      const table::DataFile again = *at;
      removed.erase(at);
      if (world.files.Exists(again.file_path).value()) {
        EXPECT_THAT(world.Commit(table::FastAppend({again})), IsOk());
      }
    } else {
      EXPECT_THAT(world.Append(), IsOk());
    }
    world.env.Advance(Millis::Days(1));
    if (!random.Chance(5)) continue;
    const ExpiryRequest request{world.env.NowMs() - Millis::Days(random.Below(9)), {}};
    const BeforeAndAfter tables = Expire(world, request);
    EXPECT_TRUE(IsOneLine(*tables.before.metadata, tables.after));
    const auto plan =
        PlanCleanup(*tables.before.metadata, tables.after, FoldersOfWorld(world), world.files);
    EXPECT_THAT(plan, IsOk());
    EXPECT_EQ(plan->strategy, CleanupStrategy::kIncremental);
    EXPECT_EQ(LocationsOf(*plan), Unneeded(tables, world.files));
    if (random.Chance(2)) {
      EXPECT_THAT(ExpireTable(world.Context(), world.name, request, false), IsOk());
    }
  }
}

TEST(PlanCleanup, IncrementallyAgreesWithBruteForceOnOneLine) {
  for (uint64_t seed = 1; seed <= 30 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CompareOneLine(seed);
  }
}

TEST(PlanCleanup, ReadsNoManifestOfAppendsThatStay) {
  World world;
  for (int day = 0; day < 20; ++day) {
    ASSERT_THAT(world.Append(), IsOk());
    world.env.Advance(Millis::Days(1));
  }
  const BeforeAndAfter tables = Expire(world, {});
  int manifests_read = 0;
  world.files.before = [&](std::string_view what, std::string_view location) {
    const bool list = io::FileNameOf(location).starts_with("snap-");
    if (what == "open" && !list) ++manifests_read;
  };
  const auto plan =
      PlanCleanup(*tables.before.metadata, tables.after, FoldersOfWorld(world), world.files);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->files.size(), tables.before.metadata->snapshots.size() -
                                    tables.after.snapshots.size());  // Only manifest lists go.
  EXPECT_EQ(manifests_read, 0);
}

TEST(PlanCleanup, KeepsTheFilesOfACherryPickedSnapshot) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  table::SnapshotOptions staged;
  staged.stage_only = true;
  staged.snapshot_id = table::SnapshotId(7);
  ASSERT_THAT(world.Append(staged), IsOk());
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(world.Commit(table::CherryPick(table::SnapshotId(7))), IsOk());
  const auto live = world.LiveOf("main");
  world.env.Advance(Millis::Days(9));
  ASSERT_THAT(ExpireTable(world.Context(), world.name, {}, false), IsOk());
  EXPECT_EQ(world.Load().metadata->FindSnapshot(table::SnapshotId(7)), nullptr);
  for (const std::string& file : live)
    EXPECT_THAT(world.OnDisk(), Contains(file));
}

// A vector in a file, which may hold others.
table::DataFile VectorIn(const table::DataFile& puffin, const table::DataFile& data, int64_t offset,
                         int64_t rows) {
  table::DataFile vector = puffin;
  vector.content = table::FileContent::kPositionDeletes;
  vector.file_format = table::FileFormat::kPuffin;
  vector.referenced_data_file = data.file_path;
  vector.content_offset = offset;
  vector.content_size_bytes = 40;
  vector.record_count = rows;
  return vector;
}

TEST(PlanCleanup, KeepsAFileOfWhichOneVectorIsStillNeeded) {
  World world(catalog::Properties{{"format-version", "3"}});
  table::DataFile a = world.WriteFile(), b = world.WriteFile();
  a.record_count = b.record_count = 10;
  const table::DataFile both = world.WriteFile(), later = world.WriteFile();
  const auto commit = [&](std::vector<table::DataFile> vectors) {
    table::RowDeltaChange change;
    change.validation.from = world.Load().metadata->current_snapshot_id;
    change.added_deletes = std::move(vectors);
    EXPECT_THAT(world.Commit(table::RowDelta(std::move(change))), IsOk());
  };
  ASSERT_THAT(world.Commit(table::FastAppend({a, b})), IsOk());
  commit({VectorIn(both, a, 4, 1)});
  commit({VectorIn(both, b, 44, 1)});  // In a manifest of its own, as one of another spec is.
  commit({VectorIn(later, a, 4, 2)});
  ASSERT_THAT(world.Append(), IsOk());
  world.env.Advance(Millis::Days(9));
  const BeforeAndAfter tables = Expire(world, {});
  for (const auto strategy : {CleanupStrategy::kIncremental, CleanupStrategy::kReachable}) {
    const auto plan = PlanCleanupBy(strategy, *tables.before.metadata, tables.after,
                                    FoldersOfWorld(world), world.files);
    ASSERT_THAT(plan, IsOk());
    EXPECT_THAT(LocationsOf(*plan), Not(Contains(both.file_path)));
    EXPECT_EQ(LocationsOf(*plan), Unneeded(tables, world.files));
  }
}

TEST(PlanCleanup, DeletesNothingOutsideOfTheTablesFolders) {
  World world;
  ASSERT_THAT(world.files.WriteAll("file:///home/me/letter", "dear"), IsOk());
  ASSERT_THAT(world.files.WriteAll("file:///warehouse/ns/t2/data/a", "other"), IsOk());
  ASSERT_THAT(world.files.WriteAll("s3://bucket/a", "other"), IsOk());
  std::vector<table::DataFile> hostile;
  for (const char* path :
       {"file:///home/me/letter", "file:///warehouse/ns/t2/data/a", "s3://bucket/a"}) {
    hostile.push_back(catalog::FileNamed(world.Load(), ""));
    hostile.back().file_path = path;
  }
  ASSERT_THAT(world.Commit(table::FastAppend(hostile)), IsOk());
  ASSERT_THAT(world.Commit(table::DeleteFiles(
                  {"file:///home/me/letter", "file:///warehouse/ns/t2/data/a", "s3://bucket/a"})),
              IsOk());
  world.env.Advance(Millis::Days(9));
  ASSERT_THAT(world.Append(), IsOk());
  const auto outcome = ExpireTable(world.Context(), world.name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->cleanup.not_ours.size(), 3u);
  for (const char* path :
       {"file:///home/me/letter", "file:///warehouse/ns/t2/data/a", "s3://bucket/a"}) {
    EXPECT_THAT(world.files.Exists(path), HasValue(true)) << path;
  }
}

TEST(PlanCleanup, KeepsAFileThatIsKnownByAnotherSpelling) {
  World world;
  const table::DataFile file = world.WriteFile();
  ASSERT_THAT(world.Commit(table::FastAppend({file})), IsOk());
  ASSERT_THAT(world.Commit(table::DeleteFiles({file.file_path})), IsOk());
  table::DataFile respelled = file;  // As Java writes it.
  respelled.file_path = "file:" + file.file_path.substr(std::string("file://").size());
  ASSERT_THAT(world.Commit(table::FastAppend({respelled})), IsOk());
  world.env.Advance(Millis::Days(9));
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(ExpireTable(world.Context(), world.name, {}, false), IsOk());
  EXPECT_THAT(world.OnDisk(), Contains(io::NormalizeLocation(file.file_path)));
}

TEST(PlanCleanup, DeletesNothingWhereAKeptManifestCannotBeRead) {
  World world;
  const table::DataFile file = world.WriteFile();
  ASSERT_THAT(world.Commit(table::FastAppend({file})), IsOk());
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(world.Commit(table::DeleteFiles({file.file_path})), IsOk());
  world.env.Advance(Millis::Days(9));
  ASSERT_THAT(world.Append(), IsOk());
  const table::Snapshot* head = world.Load().metadata->current_snapshot();
  world.memory.Replace(head->manifest_list, "damaged");
  const std::set<std::string> before = world.OnDisk();
  EXPECT_THAT(ExpireTable(world.Context(), world.name, {}, false), IsError(ErrorKind::kCorrupt));
  const std::set<std::string> after = world.OnDisk();
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST(PlanCleanup, TakesALoopOfParentsForNoLine) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(world.Append(), IsOk());
  table::TableMetadata loop = *world.Load().metadata;
  table::Snapshot first = loop.snapshots.front();
  first.parent_id = loop.snapshots.back().id;
  loop.snapshots.Replace(0, first);
  EXPECT_FALSE(IsOneLine(*world.Load().metadata, loop));
}

TEST(PlanCleanup, RefusesTheIncrementalWayForABranchedHistory) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  const auto first = world.Load().metadata->current_snapshot_id;
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(world.Commit(table::RollbackTo(*first)), IsOk());
  ASSERT_THAT(world.Append(), IsOk());
  const auto table = world.Load();
  EXPECT_FALSE(IsOneLine(*table.metadata, *table.metadata));
  EXPECT_THAT(PlanCleanupBy(CleanupStrategy::kIncremental, *table.metadata, *table.metadata,
                            FoldersOfWorld(world), world.files),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::maintain
