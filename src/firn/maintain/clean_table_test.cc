// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/clean_table.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "firn/base/testing.h"
#include "firn/catalog/forwarding_testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"

namespace firn::maintain {
namespace {

using ::testing::IsEmpty;

// A table with one replaced file, nine days ago, and one snapshot of today.
std::unique_ptr<World> ReplacedFile() {
  auto world = std::make_unique<World>();
  EXPECT_THAT(world->Append(), IsOk());
  table::Overwrite change;
  change.deleted_paths = world->LiveOf("main");
  change.added = {world->WriteFile()};
  EXPECT_THAT(world->Commit(table::OverwriteFiles(change)), IsOk());
  world->env.Advance(Millis::Days(9));
  EXPECT_THAT(world->Append(), IsOk());
  return world;
}

std::set<std::string> WithoutMetadataFiles(std::set<std::string> files) {
  std::erase_if(files, [](const std::string& file) { return file.ends_with(".metadata.json"); });
  return files;
}

TEST(ExpireTable, LeavesExactlyWhatTheRemainingSnapshotsNeed) {
  const auto world = ReplacedFile();
  const auto outcome = ExpireTable(world->Context(), world->name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->expired.snapshots.size(), 2u);
  EXPECT_EQ(outcome->deletion.files, static_cast<int64_t>(outcome->cleanup.files.size()));
  EXPECT_EQ(WithoutMetadataFiles(world->OnDisk()), NeededBy(*world->Load().metadata, world->files));
}

TEST(ExpireTable, SaysBeforehandWhatItWouldDelete) {
  const auto world = ReplacedFile();
  const std::set<std::string> before = world->OnDisk();
  const auto dry = ExpireTable(world->Context(), world->name, {}, true);
  ASSERT_THAT(dry, IsOk());
  EXPECT_EQ(world->OnDisk(), before);
  EXPECT_EQ(dry->deletion.files, 0);
  const auto outcome = ExpireTable(world->Context(), world->name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->expired, dry->expired);
  EXPECT_EQ(outcome->cleanup.files, dry->cleanup.files);
}

TEST(ExpireTable, CommitsNothingWhereNothingExpires) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  const std::string before = world.Load().metadata_location;
  const auto outcome = ExpireTable(world.Context(), world.name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->expired.empty());
  EXPECT_EQ(world.Load().metadata_location, before);
}

TEST(ExpireTable, KeepsWhatABranchMadeMeanwhileNeeds) {
  const auto world = ReplacedFile();
  const table::SnapshotId first = world->Load().metadata->snapshots.front().id;
  int creates = 0;
  world->files.before = [&](std::string_view what, std::string_view) {
    if (what != "create" || ++creates > 1) return;  // As the expiry's metadata file is written.
    table::Ref tag;
    tag.snapshot_id = first;
    tag.type = table::RefType::kTag;
    ASSERT_THAT(world->Commit(table::CreateRef("meanwhile", tag)), IsOk());
  };
  const auto outcome = ExpireTable(world->Context(), world->name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  world->files.before = nullptr;
  const auto table = world->Load();
  EXPECT_NE(table.metadata->FindSnapshot(first), nullptr);
  const std::set<std::string> needed = NeededBy(*table.metadata, world->files);
  const std::set<std::string> found = world->OnDisk();
  EXPECT_TRUE(std::includes(found.begin(), found.end(), needed.begin(), needed.end()));
}

TEST(ExpireTable, RefusesToPublishWhatItExpired) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  table::SnapshotOptions options;
  options.stage_only = true;
  options.snapshot_id = table::SnapshotId(7);
  ASSERT_THAT(world.Append(options), IsOk());
  ASSERT_THAT(world.Append(), IsOk());
  world.env.Advance(Millis::Days(9));
  bool expired = false;
  world.files.before = [&](std::string_view what, std::string_view location) {
    // As the metadata file that publishes it is about to be written.
    if (what != "create" || !location.ends_with(".metadata.json")) return;
    if (std::exchange(expired, true)) return;
    ASSERT_THAT(ExpireTable(world.Context(), world.name, {}, false), IsOk());
  };
  EXPECT_THAT(world.Commit(table::CherryPick(table::SnapshotId(7))), IsError(ErrorKind::kNotFound));
  world.files.before = nullptr;
  NeededBy(*world.Load().metadata, world.files);
}

TEST(ExpireTable, DeletesNothingWhereTheOutcomeIsUnknown) {
  for (const bool lands : {false, true}) {
    const auto world = ReplacedFile();
    const std::set<std::string> before = WithoutMetadataFiles(world->OnDisk());
    catalog::Forgetfulness state{.forget_at = 1, .landed = lands};
    catalog::ForgetfulCatalog forgetful(*world->lake, state);
    const MaintainContext context{forgetful, world->files, world->env, World::kWarehouse};
    EXPECT_THAT(ExpireTable(context, world->name, {}, false), IsError(ErrorKind::kOutcomeUnknown));
    EXPECT_EQ(WithoutMetadataFiles(world->OnDisk()), before);
  }
}

TEST(ExpireTable, TakesStatisticsOfExpiredSnapshots) {
  const auto world = ReplacedFile();
  const auto table = world->Load();
  const std::string path = table.metadata->location + "/metadata/a.stats";
  ASSERT_THAT(world->files.WriteAll(path, "statistics"), IsOk());
  Json json{Json::Object()};
  json.Set("snapshot-id", table.metadata->snapshots.front().id.value);
  json.Set("statistics-path", path);
  catalog::TableChange change{world->name, {}, {}};
  change.updates.emplace_back(
      table::SetPartitionStatistics{{table.metadata->snapshots.front().id, json}});
  ASSERT_THAT(world->lake->Commit({&change, 1}), IsOk());
  ASSERT_THAT(ExpireTable(world->Context(), world->name, {}, false), IsOk());
  EXPECT_THAT(world->files.Exists(path), HasValue(false));
  EXPECT_THAT(world->Load().metadata->partition_statistics, IsEmpty());
}

TEST(DeleteUnneeded, GoesOnPastAFailure) {
  World world;
  const std::string a = world.WriteFile().file_path;
  const std::string b = world.WriteFile().file_path;
  io::FaultyFileIO faulty(world.files,
                          {.fail_at = 1, .kind = io::FaultKind::kFail, .at_fault = {}});
  const Deletion done = DeleteUnneeded({{a, FileKind::kContent, 3},
                                        {b, FileKind::kContent, 4},
                                        {"file:///gone", FileKind::kContent, 5}},
                                       faulty);
  EXPECT_EQ(done.failures.size(), 1u);
  EXPECT_EQ(done.files, 1);
  EXPECT_EQ(done.bytes, 4);
  EXPECT_EQ(done.gone, 1);
}

}  // namespace
}  // namespace firn::maintain
