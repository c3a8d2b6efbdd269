// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/orphans.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "firn/base/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/append.h"

namespace firn::maintain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr TimeMs kOld{1000};
constexpr TimeMs kLimit{2000};

table::TableMetadata TableAt(const std::string& location) {
  table::TableMetadata metadata;
  metadata.location = location;
  return metadata;
}

std::vector<std::string> OrphansAmong(const std::vector<std::string>& names,
                                      const std::vector<std::string>& referenced = {},
                                      const std::string& location = "file:///w/.hidden/t") {
  std::vector<io::FileInfo> listed;
  for (const std::string& name : names)
    listed.push_back({io::JoinLocation(location, name), 1, kOld, false});
  FileSet kept;
  for (const std::string& name : referenced)
    kept.Insert(name);
  const TableFolders folders(TableAt(location), io::ParentLocation(location), {});
  std::vector<std::string> found;
  for (const UnneededFile& file : PlanOrphans(listed, kept, folders, kLimit).files)
    found.push_back(file.location.substr(location.size() + 1));
  return found;
}

TEST(PlanOrphans, TakesWhatNobodyRefersTo) {
  EXPECT_THAT(OrphansAmong({"data/a.parquet", "data/b.parquet", "metadata/m.avro"},
                           {"file:/w/.hidden/t/data/b.parquet"}),
              ElementsAre("data/a.parquet", "metadata/m.avro"));
}

TEST(PlanOrphans, KeepsWhatIsReferencedByAnotherSpelling) {
  EXPECT_THAT(OrphansAmong({"d=a b/x", "d=a%20c/y"},
                           {"s3a://bucket/t/d=a%20b/x", "s3n://bucket/t/d=a c/y"}, "s3://bucket/t"),
              IsEmpty());
}

TEST(PlanOrphans, KeepsTheYoung) {
  const TableFolders folders(TableAt("file:///w/t"), "file:///w", {});
  const OrphanPlan plan =
      PlanOrphans({{"file:///w/t/data/a", 1, kLimit, false}}, {}, folders, kLimit);
  EXPECT_THAT(plan.files, IsEmpty());
  EXPECT_EQ(plan.too_young, 1);
}

TEST(PlanOrphans, KeepsHiddenFilesOfOthersAndTakesOurUnfinishedOnes) {
  EXPECT_THAT(
      OrphansAmong({"data/_temporary/0/a", "data/.a.crc", ".staging/a", "data/_SUCCESS",
                    "metadata/version-hint.text", "data/.a.parquet.01K8T0V0G0000000000000000A.tmp",
                    "data/_id=7/a", "data/.a.tmp", "data/.01K8T0V0G0000000000000000A.tmp"}),
      ElementsAre("data/.a.parquet.01K8T0V0G0000000000000000A.tmp", "data/_id=7/a"));
}

TEST(PlanOrphans, KeepsWhatIsNotTheTables) {
  const TableFolders folders(TableAt("file:///w/ns"), "file:///w", {"file:///w/ns/orders"});
  EXPECT_THAT(PlanOrphans({{"file:///w/ns/orders/a", 1, kOld, false},
                           {"file:///w/ns2/a", 1, kOld, false},
                           {"file:///w/ns/../x", 1, kOld, false}},
                          {}, folders, kLimit)
                  .files,
              IsEmpty());
}

TEST(RemoveOrphans, TakesWhatALostCommitLeftBehind) {
  World world;
  const std::string lost = world.WriteFile().file_path;
  ASSERT_THAT(world.Append(), IsOk());
  world.env.Advance(Millis::Days(4));
  const std::string in_flight = world.WriteFile().file_path;
  const auto dry = RemoveOrphans(world.Context(), world.name, {}, true);
  ASSERT_THAT(dry, IsOk());
  EXPECT_THAT(world.OnDisk(), Contains(lost));
  const auto outcome = RemoveOrphans(world.Context(), world.name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->orphans.files, dry->orphans.files);
  EXPECT_EQ(outcome->deletion.files, 1);
  EXPECT_EQ(outcome->orphans.too_young, 1);
  EXPECT_THAT(world.OnDisk(), Not(Contains(lost)));
  EXPECT_THAT(world.OnDisk(), Contains(in_flight));
}

// Commits a file that is older than the age limit before the `at`-th file operation after the
// listing. Returns false once there are fewer operations before the first delete.
bool KeepsAFileCommittedBefore(int64_t at) {
  World world;
  EXPECT_THAT(world.Append(), IsOk());
  EXPECT_THAT(world.Append(), IsOk());
  const std::string orphan = world.WriteFile().file_path;
  const table::DataFile slow = world.WriteFile();
  world.env.Advance(Millis::Days(4));  // Its writer is slower than any should be.
  int64_t operations = -1;             // Since the listing.
  bool committed = false;
  bool deleting = false;
  world.files.before = [&](std::string_view what, std::string_view) {
    if (committed) return;
    deleting = deleting || what == "delete";
    if (what == "list" || operations >= 0) ++operations;
    if (deleting || operations != at) return;
    committed = true;
    EXPECT_THAT(world.Commit(table::FastAppend({slow})), IsOk());
  };
  EXPECT_THAT(RemoveOrphans(world.Context(), world.name, {}, false), IsOk());
  EXPECT_THAT(world.OnDisk(), Not(Contains(orphan)));
  if (!committed) return false;
  EXPECT_THAT(world.LiveOf("main"), Contains(slow.file_path));
  EXPECT_THAT(world.OnDisk(), Contains(slow.file_path));
  return true;
}

TEST(RemoveOrphans, SeesACommitAtAnyTimeBeforeItDeletes) {
  int64_t at = 0;  // 0: before the listing itself.
  while (KeepsAFileCommittedBefore(at) && !HasFailure())
    ++at;
  EXPECT_GT(at, 6);
}

TEST(RemoveOrphans, KeepsWhatAnEarlierMetadataFileRefersTo) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  const std::set<std::string> before = world.OnDisk();
  world.env.Advance(Millis::Days(9));
  ASSERT_THAT(world.Append(), IsOk());
  ASSERT_THAT(world.Commit(ExpireSnapshots({})), IsOk());  // Without cleaning up.
  world.env.Advance(Millis::Days(9));
  ASSERT_THAT(RemoveOrphans(world.Context(), world.name, {}, false), IsOk());
  const std::set<std::string> after = world.OnDisk();
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST(RemoveOrphans, TakesMetadataFilesThatFellOffTheLog) {
  World world(catalog::Properties{{"write.metadata.previous-versions-max", "2"}});
  for (int commit = 0; commit < 6; ++commit)
    ASSERT_THAT(world.Append(), IsOk());
  world.env.Advance(Millis::Days(4));
  const auto outcome = RemoveOrphans(world.Context(), world.name, {}, false);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->deletion.files, 4);  // Of 7 metadata files the log keeps 2.
  for (const UnneededFile& file : outcome->orphans.files)
    EXPECT_EQ(file.kind, FileKind::kMetadata);
  EXPECT_THAT(world.Append(), IsOk());
}

TEST(RemoveOrphans, RefusesATimeWithinTheLastDay) {
  World world;
  EXPECT_THAT(RemoveOrphans(world.Context(), world.name, world.env.NowMs(), false),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(RemoveOrphans, RefusesATableThatCallsTheWarehouseItsOwn) {
  World world;
  ASSERT_THAT(world.Append(), IsOk());
  for (const char* location : {"file:///warehouse", "file:///", "file:///warehouse/ns"}) {
    table::NewTable hostile = catalog::TableOfIds();
    hostile.location = location;
    const catalog::TableName name{{"ns"}, "hostile"};
    ASSERT_THAT(world.lake->CreateTable(name, hostile), IsOk());
    EXPECT_THAT(RemoveOrphans(world.Context(), name, {}, false), IsError(ErrorKind::kForbidden))
        << location;
    ASSERT_THAT(world.lake->DropTable(name), IsOk());
  }
}

TEST(RemoveOrphans, DeletesNothingWhereSomethingReferencedIsMissing) {
  World world;
  const std::string lost = world.WriteFile().file_path;
  ASSERT_THAT(world.Append(), IsOk());
  world.env.Advance(Millis::Days(4));
  ASSERT_THAT(world.memory.Delete(world.Load().metadata->current_snapshot()->manifest_list),
              IsOk());
  EXPECT_THAT(RemoveOrphans(world.Context(), world.name, {}, false), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(world.OnDisk(), Contains(lost));
}

}  // namespace
}  // namespace firn::maintain
