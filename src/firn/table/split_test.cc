// SPDX-License-Identifier: Apache-2.0

#include "firn/table/split.h"

#include <map>

#include "firn/base/testing.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

FileScanTask TaskOf(int64_t size, std::vector<int64_t> offsets = {}) {
  FileScanTask task;
  task.file.file_size_bytes = size;
  task.file.split_offsets = std::move(offsets);
  return task;
}

ScanPlan PlanOf(std::vector<FileScanTask> tasks) {
  ScanPlan plan;
  plan.tasks = std::move(tasks);
  return plan;
}

TEST(SplitFiles, CutsWhereRowGroupsBegin) {
  const ScanPlan plan = PlanOf({TaskOf(100, {4, 30, 60, 90})});
  EXPECT_THAT(SplitFiles(plan, {60, 1, 10}),
              ElementsAre(FileSplit{0, 0, 60}, FileSplit{0, 60, 40}));
  EXPECT_THAT(SplitFiles(plan, {20, 1, 10}),
              ElementsAre(FileSplit{0, 0, 30}, FileSplit{0, 30, 30}, FileSplit{0, 60, 30},
                          FileSplit{0, 90, 10}));
  EXPECT_THAT(SplitFiles(plan, {1000, 1, 10}), ElementsAre(FileSplit{0, 0, 100}));
}

TEST(SplitFiles, CutsEvenlyWhereTheFileSaysNothingThatMakesSense) {
  for (const std::vector<int64_t>& offsets :
       {std::vector<int64_t>{}, {50, 20}, {4, 200}, {-1, 5}, {4, 4}}) {
    EXPECT_THAT(SplitFiles(PlanOf({TaskOf(100, offsets)}), {40, 1, 10}),
                ElementsAre(FileSplit{0, 0, 40}, FileSplit{0, 40, 40}, FileSplit{0, 80, 20}));
  }
}

TEST(PlanTaskGroups, ReckonsTheOpeningOfSmallFiles) {
  std::vector<FileScanTask> tasks(10, TaskOf(1));
  EXPECT_THAT(PlanTaskGroups(PlanOf(tasks), {20, 10, 10}), SizeIs(5));
  tasks[0].deletes.resize(1);  // Two files to open.
  const auto groups = PlanTaskGroups(PlanOf(tasks), {20, 10, 10});
  ASSERT_THAT(groups, SizeIs(6));
  EXPECT_THAT(groups[0].splits, SizeIs(1));
}

TEST(PlanTaskGroups, JoinsPartsOfAFileThatFollowEachOther) {
  const auto groups = PlanTaskGroups(PlanOf({TaskOf(100, {4, 30, 60, 90})}), {70, 1, 10});
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_THAT(groups[0].splits, ElementsAre(FileSplit{0, 0, 60}));
}

TEST(PlanTaskGroups, ReadEveryByteOnceAndKeepToTheTarget) {
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    std::vector<FileScanTask> tasks;
    for (int64_t left = random.Below(12); left > 0; --left) {
      FileScanTask task = TaskOf(random.Below(500) + 1);
      for (int64_t at = 4; at < task.file.file_size_bytes && random.Chance(2);
           at += random.Below(80) + 1) {
        task.file.split_offsets.push_back(at);
      }
      tasks.push_back(std::move(task));
    }
    const SplitOptions options{random.Below(200) + 1, random.Below(20) + 1,
                               static_cast<size_t>(random.Below(4)) + 1};
    const ScanPlan plan = PlanOf(std::move(tasks));
    std::map<size_t, std::map<int64_t, int64_t>> parts;  // Of each file, by offset.
    for (const TaskGroup& group : PlanTaskGroups(plan, options)) {
      EXPECT_FALSE(group.splits.empty());
      if (group.splits.size() > 1) {
        EXPECT_LE(group.weight_bytes, options.target_bytes);
      }
      for (const FileSplit& split : group.splits) {
        parts[split.task][split.offset] = split.length;
      }
    }
    ASSERT_EQ(parts.size(), plan.tasks.size());
    for (const auto& [task, of_file] : parts) {
      int64_t end = 0;
      for (const auto& [offset, length] : of_file) {
        EXPECT_EQ(offset, end);
        end = offset + length;
      }
      EXPECT_EQ(end, plan.tasks[task].file.file_size_bytes);
    }
  }
}

TEST(SplitOptions, ComeFromTheTable) {
  TableMetadata metadata;
  metadata.properties["read.split.target-size"] = "1000";
  const auto options = SplitOptions::Of(metadata);
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->target_bytes, 1000);
  metadata.properties["read.split.open-file-cost"] = "0";
  EXPECT_THAT(SplitOptions::Of(metadata), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::table
