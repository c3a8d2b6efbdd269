// SPDX-License-Identifier: Apache-2.0
//
// Files that say of themselves what cannot be, and numbers that are used up: sums do not wrap, no
// memory is taken for what is only claimed, and no id is given twice.

#include "firn/base/saturate.h"
#include "firn/table/append.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/rewrite_manifests.h"
#include "firn/table/split.h"
#include "firn/table/update.h"

namespace firn::table {
namespace {

using ::testing::SizeIs;

TEST(AddSaturated, StopsAtTheEndsOfTheNumbers) {
  EXPECT_EQ(AddSaturated(2, 3), 5);
  EXPECT_EQ(AddSaturated(INT64_MAX, 1), INT64_MAX);
  EXPECT_EQ(AddSaturated(INT64_MIN, -1), INT64_MIN);
  EXPECT_EQ(SubtractSaturated(2, 3), -1);
  EXPECT_EQ(SubtractSaturated(INT64_MIN, 1), INT64_MIN);
  EXPECT_EQ(SubtractSaturated(0, INT64_MIN), INT64_MAX);
}

class HostileCounts : public TableInMemory {
 protected:
  // Of all the rows and bytes there can be.
  static DataFile Huge(const std::string& name) {
    DataFile file = File(name, 1);
    file.record_count = file.file_size_bytes = INT64_MAX;
    return file;
  }
};

TEST_F(HostileCounts, AddUpToTheLargestNumberAndNoFurther) {
  StartWithVersion(2);
  ASSERT_THAT(Commit(MergeAppend({Huge("a"), Huge("b")})), IsOk());
  ASSERT_THAT(Commit(MergeAppend({Huge("c")})), IsOk());
  ASSERT_THAT(Commit(RewriteManifests()), IsOk());
  const auto plan = PlanScan(metadata_, {}, io_);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->records_kept, INT64_MAX);
  EXPECT_EQ(plan->bytes_kept, INT64_MAX);
  EXPECT_EQ(summary().at("total-records"), std::to_string(INT64_MAX));
  EXPECT_THAT(
      Commit(RewriteFiles({{Huge("a"), Huge("b")}, {Huge("d"), Huge("e")}, {}, {}, head(), {}})),
      IsOk());
  ASSERT_THAT(Commit(DeleteWhere(Expression::True())), IsOk());
  EXPECT_EQ(summary().at("deleted-records"), std::to_string(INT64_MAX));
}

TEST_F(HostileCounts, GiveNoRowIdTwice) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({Huge("a")})), IsOk());
  EXPECT_EQ(metadata_.next_row_id, INT64_MAX);
  EXPECT_THAT(Commit(FastAppend({File("b", 1)})), IsError(ErrorKind::kCorrupt));
  Snapshot backwards = *metadata_.current_snapshot();
  backwards.id = SnapshotId(7);
  backwards.sequence_number = SequenceNumber(metadata_.last_sequence_number.value + 1);
  for (const int64_t rows : {int64_t{-5}, int64_t{1}}) {
    backwards.first_row_id = metadata_.next_row_id;
    backwards.added_rows = rows;
    const TableUpdate update = AddSnapshot{backwards};
    EXPECT_THAT(ApplyUpdates(metadata_, {&update, 1}, env_.NowMs()),
                IsError(ErrorKind::kInvalidArgument));
  }
}

TEST_F(HostileCounts, GiveNoSequenceNumberTwice) {
  metadata_.last_sequence_number = SequenceNumber(INT64_MAX);
  EXPECT_THAT(Commit(FastAppend({File("a", 1)})), IsError(ErrorKind::kCorrupt));
}

TEST_F(HostileCounts, CutNoFileIntoPartsWithoutEnd) {
  for (const int64_t target : {int64_t{1}, int64_t{128} << 20, INT64_MAX}) {
    ScanPlan plan;
    plan.tasks.resize(2);
    for (FileScanTask& task : plan.tasks)
      task.file.file_size_bytes = INT64_MAX;
    const auto splits = SplitFiles(plan, {target, 1, 10});
    EXPECT_THAT(splits, SizeIs(::testing::Le(2 * 1001)));
    EXPECT_EQ(splits.back().offset + splits.back().length, INT64_MAX);
    EXPECT_THAT(PlanTaskGroups(plan, {target, 1, 10}), SizeIs(::testing::Ge(1)));
  }
}

}  // namespace
}  // namespace firn::table
