// SPDX-License-Identifier: Apache-2.0

#include "firn/table/ref_operations.h"

#include "firn/table/append.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/row_delta.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RefOperationsTest : public TableInMemory {
 protected:
  static SnapshotOptions Staged(int64_t id) {
    SnapshotOptions options;
    options.stage_only = true;
    options.snapshot_id = SnapshotId(id);
    return options;
  }
};

TEST_F(RefOperationsTest, RenamesBranchesAndTags) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(Commit(CreateRef("old", Ref{head(), RefType::kTag, {}, {}, Millis{5}})), IsOk());
  ASSERT_THAT(Commit(RenameRef("old", "new")), IsOk());
  EXPECT_EQ(metadata_.FindRef("old"), nullptr);
  ASSERT_NE(metadata_.FindRef("new"), nullptr);
  EXPECT_EQ(*metadata_.FindRef("new"), (Ref{head(), RefType::kTag, {}, {}, Millis{5}}));
  EXPECT_THAT(Commit(RenameRef("old", "other")), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Commit(RenameRef("new", "main")), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(Commit(RenameRef("main", "other")), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RefOperationsTest, SetsLimitsAndLeavesTheRefWhereItIs) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(Commit(CreateRef("t", Ref{head(), RefType::kTag, {}, {}, {}})), IsOk());
  ASSERT_THAT(Commit(SetRefLimits("main", Ref{{}, RefType::kTag, 7, Millis{1}, {}})), IsOk());
  EXPECT_EQ(*metadata_.FindRef("main"), (Ref{head(), RefType::kBranch, 7, Millis{1}, {}}));
  EXPECT_THAT(Commit(SetRefLimits("t", Ref{{}, RefType::kTag, 7, {}, {}})),
              IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RefOperationsTest, RollsBackToATime) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const TimeMs first = metadata_.current_snapshot()->timestamp;
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  const TimeMs second = metadata_.current_snapshot()->timestamp;
  EXPECT_THAT(Commit(RollbackToTime(first)), IsError(ErrorKind::kNotFound));
  ASSERT_THAT(Commit(RollbackToTime(second)), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
}

TEST_F(RefOperationsTest, SetsAnySnapshotAsCurrent) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)}, Staged(7))), IsOk());
  ASSERT_THAT(Commit(SetCurrentSnapshot(SnapshotId(7))), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  ASSERT_THAT(Commit(SetCurrentSnapshot(SnapshotId(7))), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
  EXPECT_THAT(Commit(SetCurrentSnapshot(SnapshotId(8))), IsError(ErrorKind::kNotFound));
}

TEST_F(RefOperationsTest, TwoFirstSnapshotsStagedAtOnceDoNotShareANumber) {
  const auto one = FastAppend({File("a", 1)}, Staged(1));
  const auto two = FastAppend({File("b", 1)}, Staged(2));
  const auto plan_one = one->Plan(metadata_, {io_, env_});
  const auto plan_two = two->Plan(metadata_, {io_, env_});
  ASSERT_THAT(CommitPlanned(*plan_one), IsOk());
  EXPECT_THAT(CommitPlanned(*plan_two), IsError(ErrorKind::kConflict));
}

TEST_F(RefOperationsTest, PicksAStagedRowDelta) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  RowDeltaChange change;
  change.validation.from = head();
  change.added_deletes = {Vector("v", File("a", 1), 2)};
  change.added = {File("c", 1)};
  change.removed = {File("b", 1)};
  ASSERT_THAT(Commit(RowDelta(change, Staged(7))), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("d", 1)})), IsOk());
  ASSERT_THAT(Commit(CherryPick(SnapshotId(7))), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "c", "d"));
  EXPECT_THAT(DeletesOf("a"), ElementsAre("v"));
  EXPECT_EQ(summary().at("source-snapshot-id"), "7");
  EXPECT_EQ(summary().at("total-records"), "30");
  EXPECT_THAT(Commit(CherryPick(SnapshotId(7))), IsError(ErrorKind::kAlreadyExists));
}

TEST_F(RefOperationsTest, DoesNotPickDeletesOfWhatOthersDeleted) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange change;
  change.validation.from = head();
  change.added_deletes = {Vector("v", File("a", 1))};
  ASSERT_THAT(Commit(RowDelta(change, Staged(7))), IsOk());
  change.added_deletes = {Vector("w", File("a", 1))};
  ASSERT_THAT(Commit(RowDelta(change)), IsOk());
  EXPECT_THAT(Commit(CherryPick(SnapshotId(7))), IsError(ErrorKind::kConflict));
}

// Which files such deletes are about is not said in the metadata: any file they reach may be one.
TEST_F(RefOperationsTest, DoesNotPickDeletesOfSeveralFilesWhereOneOfThemChanged) {
  const auto stage = [this] {
    StartWithVersion(2);
    ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1), File("c", 2)})), IsOk());
    RowDeltaChange change;
    change.validation.from = head();
    change.added_deletes = {PositionsOfDay("p", 1)};
    change.referenced = {PathOf("a"), PathOf("b")};
    ASSERT_THAT(Commit(RowDelta(change, Staged(7))), IsOk());
  };
  for (const DataFile& deletes :
       {Positions("q", File("a", 1)), PositionsOfDay("q", 1), Equality("q", 1)}) {
    stage();
    RowDeltaChange meanwhile;
    meanwhile.validation.from = head();
    meanwhile.added_deletes = {deletes};
    ASSERT_THAT(Commit(RowDelta(meanwhile)), IsOk());
    EXPECT_THAT(Commit(CherryPick(SnapshotId(7))), IsError(ErrorKind::kConflict));
  }
  stage();
  const FileRewrite rewrite{{File("a", 1)}, {File("a2", 1)}, {}, {}, head(), {}};
  ASSERT_THAT(Commit(RewriteFiles(rewrite)), IsOk());
  EXPECT_THAT(Commit(CherryPick(SnapshotId(7))), IsError(ErrorKind::kConflict));
  stage();
  RowDeltaChange elsewhere;
  elsewhere.added_deletes = {Equality("q", 2)};
  elsewhere.added = {File("d", 1)};
  ASSERT_THAT(Commit(RowDelta(elsewhere)), IsOk());
  ASSERT_THAT(Commit(CherryPick(SnapshotId(7))), IsOk());
  EXPECT_THAT(DeletesOf("a"), ElementsAre("p"));
}

TEST_F(RefOperationsTest, PicksAStagedRewriteAsOldAsItWas) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  FileRewrite rewrite{{File("a", 1), File("b", 1)}, {File("ab", 1, 20)}, {}, {}, head(), {}};
  RowDeltaChange deletes;
  deletes.added_deletes = {Equality("e", 1)};
  ASSERT_THAT(Commit(RowDelta(deletes)), IsOk());
  ASSERT_THAT(Commit(RewriteFiles(rewrite, Staged(7))), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  ASSERT_THAT(Commit(CherryPick(SnapshotId(7))), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("ab", "c"));
  EXPECT_THAT(DeletesOf("ab"), ElementsAre("e"));  // It came after the plan of the rewrite.
  EXPECT_EQ(summary().at("operation"), "replace");
}

TEST_F(RefOperationsTest, DoesNotPickReplacedPartitionsThatGotFiles) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 2)})), IsOk());
  ASSERT_THAT(Commit(ReplacePartitions({{File("n", 1)}, false, {}}, Staged(7))), IsOk());
  ASSERT_THAT(Commit(ReplacePartitions({{File("m", 2)}, false, {}}, Staged(8))), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  EXPECT_THAT(Commit(CherryPick(SnapshotId(7))), IsError(ErrorKind::kConflict));
  ASSERT_THAT(Commit(CherryPick(SnapshotId(8))), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "c", "m"));
}

TEST_F(RefOperationsTest, PublishesAWapIdOnce) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  for (const int64_t id : {7, 8}) {
    SnapshotOptions options = Staged(id);
    options.summary["wap.id"] = "audit";
    ASSERT_THAT(Commit(FastAppend({File("s" + std::to_string(id), 1)}, options)), IsOk());
  }
  ASSERT_THAT(Commit(CherryPick(SnapshotId(7))), IsOk());
  EXPECT_THAT(Commit(CherryPick(SnapshotId(8))), IsError(ErrorKind::kAlreadyExists));
}

TEST_F(RefOperationsTest, StatisticsComeAndGo) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const auto file = [this](const std::string& path) {
    Json json;
    json.Set("snapshot-id", head().value);
    json.Set("statistics-path", path);
    json.Set("file-size-in-bytes", int64_t{10});
    json.Set("file-footer-size-in-bytes", int64_t{5});
    json.Set("blob-metadata", Json::Array{});
    return StatisticsFile{head(), json};
  };
  ASSERT_THAT(Commit(UpdateStatistics({{file("file:///t/s1")}, {}})), IsOk());
  ASSERT_THAT(Commit(UpdateStatistics({{file("file:///t/s2")}, {}})), IsOk());
  ASSERT_EQ(metadata_.statistics.size(), 1u);
  EXPECT_EQ(*metadata_.statistics[0].json.GetString("statistics-path"), "file:///t/s2");
  ASSERT_THAT(Commit(UpdateStatistics({{}, {head()}})), IsOk());
  EXPECT_THAT(metadata_.statistics, IsEmpty());
  StatisticsFile stray = file("file:///t/s3");
  stray.snapshot_id = SnapshotId(99);
  EXPECT_THAT(Commit(UpdatePartitionStatistics({{stray}, {}})), IsError(ErrorKind::kNotFound));
}

TEST_F(RefOperationsTest, HistoryIsRemovedAsLongAsNoRefNamesIt) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const SnapshotId first = head();
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  EXPECT_THAT(Commit(RemoveHistory({{}, {head()}})), IsError(ErrorKind::kConflict));
  ASSERT_THAT(Commit(CreateRef("t", Ref{first, RefType::kTag, {}, {}, {}})), IsOk());
  EXPECT_THAT(Commit(RemoveHistory({{}, {first}})), IsError(ErrorKind::kConflict));
  const auto planned = RemoveHistory({{"t"}, {first}})->Plan(metadata_, {io_, env_});
  ASSERT_THAT(planned, IsOk());
  ASSERT_THAT(Commit(CreateRef("u", Ref{first, RefType::kTag, {}, {}, {}})), IsOk());
  EXPECT_THAT(CommitPlanned(*planned), IsError(ErrorKind::kConflict));  // Made after the plan.
  ASSERT_THAT(Commit(RemoveHistory({{"t", "u"}, {first}})), IsOk());
  EXPECT_EQ(metadata_.snapshots.size(), 1u);
}

}  // namespace
}  // namespace firn::table
