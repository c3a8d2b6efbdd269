// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/compaction.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "firn/base/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/testing.h"

namespace firn::maintain {
namespace {

using table::FileScanTask;
using ::testing::IsEmpty;
using ::testing::SizeIs;

CompactionLimits SmallLimits() {
  CompactionLimits limits;
  limits.target_file_bytes = 100;
  limits.min_input_files = 3;
  limits.max_group_bytes = 1000;
  return limits;
}

FileScanTask FileOf(int64_t bytes, int32_t day = 0) {
  static int64_t made = 0;
  FileScanTask task;
  task.file.file_path = "file:///t/" + std::to_string(made++);
  task.file.file_size_bytes = bytes;
  task.file.record_count = 100;
  task.file.partition = {table::Literal::Int(day)};
  return task;
}

// Adds a delete file for this one alone.
FileScanTask WithDeletes(FileScanTask task, int64_t rows) {
  table::DataFile deletes;
  deletes.content = table::FileContent::kPositionDeletes;
  deletes.referenced_data_file = task.file.file_path;
  deletes.record_count = rows;
  task.deletes.push_back(deletes);
  return task;
}

TEST(GroupForCompaction, MergesSmallFilesOfOnePartition) {
  const auto groups = GroupForCompaction(
      {FileOf(10), FileOf(20), FileOf(30), FileOf(90), FileOf(10, 1), FileOf(10, 1)},
      SmallLimits());
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_THAT(groups[0].files, SizeIs(3));
  EXPECT_EQ(groups[0].bytes, 60);
  EXPECT_EQ(groups[0].output_files, 1);
}

TEST(GroupForCompaction, LeavesFewSmallFilesUntilTheyFillAFile) {
  EXPECT_THAT(GroupForCompaction({FileOf(10), FileOf(20)}, SmallLimits()), IsEmpty());
  EXPECT_THAT(GroupForCompaction({FileOf(60), FileOf(70)}, SmallLimits()), SizeIs(1));
}

TEST(GroupForCompaction, SplitsALargeFile) {
  const auto groups = GroupForCompaction({FileOf(410)}, SmallLimits());
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].output_files, 4);
}

TEST(GroupForCompaction, RewritesAFileThatIsMostlyDeleted) {
  EXPECT_THAT(GroupForCompaction({WithDeletes(FileOf(90), 29)}, SmallLimits()), IsEmpty());
  const auto groups = GroupForCompaction({WithDeletes(FileOf(90), 30)}, SmallLimits());
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_THAT(groups[0].files[0].deletes, SizeIs(1));
}

TEST(GroupForCompaction, CountsDeleteFilesWhereAsked) {
  CompactionLimits limits = SmallLimits();
  limits.delete_files = 2;
  EXPECT_THAT(GroupForCompaction({WithDeletes(FileOf(90), 1)}, limits), IsEmpty());
  EXPECT_THAT(GroupForCompaction({WithDeletes(WithDeletes(FileOf(90), 1), 1)}, limits), SizeIs(1));
}

// What a rewrite of the groups would leave.
std::vector<FileScanTask> AfterRewrite(const std::vector<FileScanTask>& before,
                                       const std::vector<CompactionGroup>& groups) {
  std::set<std::string> gone;
  std::vector<FileScanTask> after;
  for (const CompactionGroup& group : groups) {
    for (const FileScanTask& task : group.files)
      EXPECT_TRUE(gone.insert(task.file.file_path).second) << "in two groups";
    for (int64_t file = 0; file < group.output_files; ++file) {
      after.push_back(FileOf(group.bytes / group.output_files));
      after.back().file.partition = group.partition;
    }
  }
  for (const FileScanTask& task : before) {
    if (!gone.contains(task.file.file_path)) after.push_back(task);
  }
  return after;
}

TEST(GroupForCompaction, LeavesLessToDoWhateverTheFiles) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    table::Random random(seed);
    std::vector<FileScanTask> files;
    for (int64_t count = random.Below(40); count >= 0; --count) {
      files.push_back(FileOf(random.Below(random.Chance(5) ? 400 : 110) + 1,
                             static_cast<int32_t>(random.Below(3))));
      if (random.Chance(6)) files.back() = WithDeletes(files.back(), random.Below(100));
    }
    const auto groups = GroupForCompaction(files, SmallLimits());
    for (const CompactionGroup& group : groups) {
      EXPECT_LE(group.bytes, SmallLimits().max_group_bytes);
      for (const FileScanTask& task : group.files)
        EXPECT_EQ(task.file.partition, group.partition);
    }
    // Twice, since a small rest may find company in what a rewrite of a small group left.
    auto after = AfterRewrite(files, groups);
    after = AfterRewrite(after, GroupForCompaction(after, SmallLimits()));
    EXPECT_THAT(GroupForCompaction(after, SmallLimits()), IsEmpty());
    std::reverse(files.begin(), files.end());
    EXPECT_EQ(GroupForCompaction(files, SmallLimits()).size(), groups.size());
  }
}

TEST(PlanCompaction, NamesTheSnapshotItSaw) {
  World world;
  for (int file = 0; file < 6; ++file)
    ASSERT_THAT(world.Append(), IsOk());
  const auto table = world.Load();
  const auto plan = PlanCompaction(*table.metadata, {}, world.files);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->snapshot, table.metadata->current_snapshot_id);
  ASSERT_THAT(plan->groups, SizeIs(1));
  EXPECT_THAT(plan->groups[0].files, SizeIs(6));
}

table::ManifestFile ManifestOf(int64_t bytes, int32_t spec = 0) {
  table::ManifestFile manifest;
  manifest.length_bytes = bytes;
  manifest.spec_id = table::SpecId(spec);
  return manifest;
}

TEST(GroupManifests, FillsTheTargetWithSmallOnesOfOneKind) {
  const ManifestLimits limits{.target_bytes = 100, .min_count = 3};
  const auto groups =
      GroupManifests({ManifestOf(40), ManifestOf(40), ManifestOf(90), ManifestOf(40),
                      ManifestOf(10), ManifestOf(10, 1), ManifestOf(10, 1)},
                     limits);
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].bytes, 80);
  EXPECT_EQ(groups[1].bytes, 50);
}

TEST(GroupManifests, LeavesFewManifestsAlone) {
  EXPECT_THAT(GroupManifests({ManifestOf(1), ManifestOf(1)}, {}), IsEmpty());
}

}  // namespace
}  // namespace firn::maintain
