// SPDX-License-Identifier: Apache-2.0

#include "firn/table/operation.h"

#include "firn/table/append.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/scan.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class OperationTest : public TableInMemory {};

TEST_F(OperationTest, AppendsAddUp) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("b", 1), File("c", 2, 5)})), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b", "c"));
  const auto& summary = metadata_.current_snapshot()->summary;
  EXPECT_EQ(summary.at("operation"), "append");
  EXPECT_EQ(summary.at("added-records"), "15");
  EXPECT_EQ(summary.at("total-records"), "25");
  EXPECT_EQ(summary.at("total-data-files"), "3");
  EXPECT_EQ(summary.at("total-files-size"), "2500");
  EXPECT_EQ(summary.at("changed-partition-count"), "2");
  EXPECT_EQ(metadata_.last_sequence_number, SequenceNumber(2));
  EXPECT_EQ(metadata_.snapshot_log.size(), 2u);
}

TEST_F(OperationTest, AppendsPlannedTogetherBothLandWithTheirManifestsWrittenOnce) {
  const auto first = FastAppend({File("a", 1)});
  const auto second = FastAppend({File("b", 2)});
  const auto plan_first = first->Plan(metadata_, {io_, env_});
  const auto plan_second = second->Plan(metadata_, {io_, env_});
  ASSERT_THAT(CommitPlanned(*plan_first), IsOk());
  EXPECT_THAT(CommitPlanned(*plan_second), IsError(ErrorKind::kConflict));
  const auto again = second->Plan(metadata_, {io_, env_});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->files_of_operation, plan_second->files_of_operation);
  EXPECT_NE(again->files_of_attempt, plan_second->files_of_attempt);
  EXPECT_EQ(again->snapshot_id, plan_second->snapshot_id);
  ASSERT_THAT(CommitPlanned(*again), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b"));
  const auto files = LiveFiles(metadata_, *metadata_.current_snapshot(), io_);
  for (const ManifestEntry& entry : *files) {
    const bool newer = entry.file.file_path.ends_with("b");
    EXPECT_EQ(entry.sequence_number, SequenceNumber(newer ? 2 : 1));
  }
}

TEST_F(OperationTest, AnEmptyAppendMakesASnapshot) {
  ASSERT_THAT(Commit(FastAppend({})), IsOk());
  EXPECT_THAT(FilesAt(), IsEmpty());
  EXPECT_NE(metadata_.current_snapshot(), nullptr);
}

TEST_F(OperationTest, AppendRefusesAFileGivenTwice) {
  EXPECT_THAT(Commit(FastAppend({File("a", 1), File("a", 1)})),
              IsError(ErrorKind::kInvalidArgument));
}

TEST_F(OperationTest, APlanThatFailsLeavesNoFile) {
  DataFile wrong = File("b", 1);
  wrong.spec_id = SpecId(7);
  EXPECT_THAT(Commit(FastAppend({File("a", 1), wrong})), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(*io_.List("file:///t"), IsEmpty());
}

TEST_F(OperationTest, OverwriteReplacesFiles) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 2)})), IsOk());
  Overwrite change;
  change.added = {File("d", 1, 7)};
  change.deleted_paths = {"file:/t/data/a"};  // Another spelling of the location.
  ASSERT_THAT(Commit(OverwriteFiles(change)), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("b", "c", "d"));
  const auto& summary = metadata_.current_snapshot()->summary;
  EXPECT_EQ(summary.at("operation"), "overwrite");
  EXPECT_EQ(summary.at("deleted-records"), "10");
  EXPECT_EQ(summary.at("total-records"), "27");
  // What stays keeps its age.
  const auto files = LiveFiles(metadata_, *metadata_.current_snapshot(), io_);
  for (const ManifestEntry& entry : *files) {
    if (entry.file.file_path.ends_with("b")) {
      EXPECT_EQ(entry.sequence_number, SequenceNumber(1));
      EXPECT_EQ(entry.status, EntryStatus::kExisting);
    }
  }
}

TEST_F(OperationTest, OverwriteConflictsWhenAFileIsGone) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  Overwrite change;
  change.added = {File("b", 1)};
  change.deleted_paths = {"file:///t/data/a"};
  const auto operation = OverwriteFiles(change);
  const auto planned = operation->Plan(metadata_, {io_, env_});
  ASSERT_THAT(planned, IsOk());
  ASSERT_THAT(Commit(DeleteFiles({"file:///t/data/a"})), IsOk());
  EXPECT_THAT(CommitPlanned(*planned), IsError(ErrorKind::kConflict));
  EXPECT_THAT(operation->Plan(metadata_, {io_, env_}), IsError(ErrorKind::kConflict));
}

TEST_F(OperationTest, OverwriteConflictsWithFilesItShouldHaveSeen) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  Overwrite change;
  change.added = {File("b", 1)};
  change.deleted_paths = {"file:///t/data/a"};
  change.validation.from = head();
  change.validation.filter = Expression::Compare(Op::kEq, "day", Literal::Date(1));
  ASSERT_THAT(Commit(FastAppend({File("other", 2)})), IsOk());
  ASSERT_THAT(OverwriteFiles(change)->Plan(metadata_, {io_, env_}), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("same", 1)})), IsOk());
  EXPECT_THAT(Commit(OverwriteFiles(change)), IsError(ErrorKind::kConflict));
}

TEST_F(OperationTest, DeleteRemovesFilesAndDropsEmptiedManifestsLater) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  ASSERT_THAT(Commit(DeleteFiles({"file:///t/data/a"})), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("b"));
  EXPECT_EQ(metadata_.current_snapshot()->operation(), "delete");
  EXPECT_EQ(ManifestsOf(metadata_, *metadata_.current_snapshot(), io_)->size(), 2u);
  ASSERT_THAT(Commit(FastAppend({})), IsOk());
  EXPECT_EQ(ManifestsOf(metadata_, *metadata_.current_snapshot(), io_)->size(), 1u);
}

TEST_F(OperationTest, ManyAppendsKeepTheManifestListShort) {
  metadata_.properties["commit.manifest.min-count-to-merge"] = "5";
  for (int at = 0; at < 23; ++at) {
    ASSERT_THAT(Commit(MergeAppend({File("f" + std::to_string(at), at % 3)})), IsOk());
  }
  EXPECT_LE(ManifestsOf(metadata_, *metadata_.current_snapshot(), io_)->size(), 8u);
  EXPECT_EQ(FilesAt().size(), 23u);
  const auto appended = PlanAppends(metadata_, metadata_.snapshots[9].id, head(), io_);
  ASSERT_THAT(appended, IsOk());
  EXPECT_EQ(appended->tasks.size(), 13u);
}

TEST_F(OperationTest, MergingWritesAFileAnewOncePerPowerOfTheCount) {
  metadata_.properties["commit.manifest.min-count-to-merge"] = "3";
  int64_t written_anew = 0;
  for (int at = 0; at < 60; ++at) {
    ASSERT_THAT(Commit(FastAppend({File("f" + std::to_string(at), 1)})), IsOk());
    const auto manifests = ManifestsOf(metadata_, *metadata_.current_snapshot(), io_);
    ASSERT_THAT(manifests, IsOk());
    for (const ManifestFile& manifest : *manifests) {
      if (manifest.added_snapshot_id == head()) written_anew += *manifest.existing_files_count;
    }
  }
  EXPECT_LE(written_anew, 60 * 4);  // 3 to the power of 4 is more than 60.
  EXPECT_EQ(FilesAt().size(), 60u);
}

TEST_F(OperationTest, ExpectedSnapshotGuardsTheBranch) {
  SnapshotOptions options;
  options.expected_snapshot = kNoSnapshot;
  ASSERT_THAT(Commit(FastAppend({File("a", 1)}, options)), IsOk());
  EXPECT_THAT(Commit(FastAppend({File("b", 1)}, options)), IsError(ErrorKind::kConflict));
  options.expected_snapshot = head();
  EXPECT_THAT(Commit(FastAppend({File("c", 1)}, options)), IsOk());
}

TEST_F(OperationTest, StagedSnapshotsShowOnlyOncePublished) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  SnapshotOptions staged;
  staged.stage_only = true;
  staged.snapshot_id = SnapshotId(4711);
  ASSERT_THAT(Commit(FastAppend({File("b", 1)}, staged)), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
  ScanRequest at_staged;
  at_staged.snapshot = SnapshotId(4711);
  EXPECT_THAT(FilesAt(at_staged), UnorderedElementsAre("a", "b"));
  ASSERT_THAT(Commit(CherryPick(SnapshotId(4711))), IsOk());
  EXPECT_EQ(head(), SnapshotId(4711));
  EXPECT_THAT(Commit(CherryPick(SnapshotId(4711))), IsError(ErrorKind::kAlreadyExists));
}

TEST_F(OperationTest, AStagedSnapshotIsRepeatedWhereTheBranchHasMoved) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  SnapshotOptions staged;
  staged.stage_only = true;
  staged.snapshot_id = SnapshotId(4711);
  Overwrite change;
  change.added = {File("b", 1)};
  change.deleted_paths = {"file:///t/data/a"};
  ASSERT_THAT(Commit(OverwriteFiles(change, staged)), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 2)})), IsOk());
  ASSERT_THAT(Commit(CherryPick(SnapshotId(4711))), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("b", "c"));
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("source-snapshot-id"), "4711");
}

TEST_F(OperationTest, BranchesTagsAndRollback) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const SnapshotId first = head();
  ASSERT_THAT(Commit(CreateRef("v1", Ref{first, RefType::kTag, {}, {}, {}})), IsOk());
  ASSERT_THAT(Commit(CreateRef("dev", Ref{first, RefType::kBranch, {}, {}, {}})), IsOk());
  EXPECT_THAT(Commit(CreateRef("dev", Ref{first, RefType::kBranch, {}, {}, {}})),
              IsError(ErrorKind::kAlreadyExists));
  SnapshotOptions on_dev;
  on_dev.branch = "dev";
  ASSERT_THAT(Commit(FastAppend({File("b", 1)}, on_dev)), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
  ScanRequest dev;
  dev.ref = "dev";
  EXPECT_THAT(FilesAt(dev), UnorderedElementsAre("a", "b"));
  ASSERT_THAT(Commit(FastForward("main", "dev")), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b"));
  ASSERT_THAT(Commit(RollbackTo(first)), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
  EXPECT_THAT(Commit(RollbackTo(metadata_.FindRef("dev")->snapshot_id)),
              IsError(ErrorKind::kInvalidArgument));
  SnapshotOptions on_tag;
  on_tag.branch = "v1";
  EXPECT_THAT(Commit(FastAppend({}, on_tag)), IsError(ErrorKind::kInvalidArgument));
  ASSERT_THAT(Commit(RemoveRef("dev")), IsOk());
  EXPECT_THAT(Commit(RemoveRef("dev")), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Commit(RemoveRef("main")), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(OperationTest, TimeTravelFollowsTheSnapshotLog) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const SnapshotId first = head();
  const TimeMs then = env_.NowMs();
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  const TimeMs later = env_.NowMs();
  ASSERT_THAT(Commit(RollbackTo(first)), IsOk());
  ScanRequest request;
  request.as_of = then;
  EXPECT_THAT(FilesAt(request), ElementsAre("a"));
  request.as_of = later;
  EXPECT_THAT(FilesAt(request), UnorderedElementsAre("a", "b"));
  request.as_of = env_.NowMs();
  EXPECT_THAT(FilesAt(request), ElementsAre("a"));
  request.as_of = then - Millis::Days(1);
  EXPECT_THAT(PlanScan(metadata_, request, io_), IsError(ErrorKind::kNotFound));
}

TEST_F(OperationTest, PropertiesMoveOnlyFromTheExpectedValue) {
  ASSERT_THAT(Commit(UpdateProperties({{"w", "1"}}, {}, {{"w", std::nullopt}})), IsOk());
  const auto late = UpdateProperties({{"w", "2"}}, {}, {{"w", "1"}})->Plan(metadata_, {io_, env_});
  ASSERT_THAT(Commit(UpdateProperties({{"w", "3"}}, {}, {{"w", "1"}})), IsOk());
  EXPECT_THAT(CommitPlanned(*late), IsError(ErrorKind::kConflict));
  EXPECT_THAT(Commit(UpdateProperties({{"w", "4"}}, {}, {{"w", "1"}})),
              IsError(ErrorKind::kConflict));
  ASSERT_THAT(Commit(UpdateProperties({}, {"w"})), IsOk());
  EXPECT_THAT(metadata_.properties, IsEmpty());
}

TEST_F(OperationTest, SchemaAndSpecEvolveWithoutTouchingOldFiles) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(Commit(UpdateSchema([](SchemaUpdate& update) {
                update.AddColumn("", "name", Type::String()).Rename("id", "key");
              })),
              IsOk());
  ASSERT_THAT(Commit(UpdateSpec({{{"name", Transform::Bucket(4), ""}}, {"day"}})), IsOk());
  DataFile file = File("b", 1);
  file.spec_id = metadata_.default_spec_id;
  file.partition = {Literal::Int(2)};
  ASSERT_THAT(Commit(FastAppend({file})), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(metadata_.spec().ToString(), "[1001: name_bucket_4: bucket[4](3)]");
  ScanRequest request;
  request.filter = Expression::Compare(Op::kEq, "day", Literal::Date(5));
  EXPECT_THAT(FilesAt(request), ElementsAre("b"));  // Only "a" is partitioned by day.
  EXPECT_THAT(Commit(UpdateSchema([](SchemaUpdate& update) { update.Drop("name"); })),
              IsError(ErrorKind::kInvalidArgument));
  ASSERT_THAT(Commit(UpdateSpec({{}, {"name_bucket_4"}})), IsOk());
  ASSERT_THAT(Commit(UpdateSchema([](SchemaUpdate& update) { update.Drop("name"); })), IsOk());
  EXPECT_THAT(FilesAt(request), ElementsAre("b"));
}

TEST_F(OperationTest, AddingTheSameSpecAgainReusesIt) {
  const SpecId before = metadata_.default_spec_id;
  ASSERT_THAT(Commit(UpdateSpec({{}, {"day"}})), IsOk());
  ASSERT_THAT(Commit(UpdateSpec({{{"day", Transform::Identity(), ""}}, {}})), IsOk());
  EXPECT_EQ(metadata_.default_spec_id, before);
  EXPECT_EQ(metadata_.partition_specs.size(), 2u);
}

TEST_F(OperationTest, VersionOneIsUpgradedByTheFirstWrite) {
  metadata_.format_version = 1;
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  EXPECT_EQ(metadata_.format_version, 2);
  EXPECT_THAT(FilesAt(), ElementsAre("a"));
}

TEST_F(OperationTest, VersionThreeGivesEveryRowAnId) {
  metadata_ = *NewTableMetadata(NewTableOf({{"format-version", "3"}}), env_);
  ASSERT_THAT(Commit(FastAppend({File("a", 1, 10), File("b", 1, 20)})), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 1, 5)})), IsOk());
  EXPECT_EQ(metadata_.next_row_id, 35);
  const auto files = LiveFiles(metadata_, *metadata_.current_snapshot(), io_);
  std::map<std::string, int64_t> first_ids;
  for (const ManifestEntry& entry : *files) {
    first_ids[entry.file.file_path.substr(15)] = entry.file.first_row_id.value();
  }
  EXPECT_EQ(first_ids, (std::map<std::string, int64_t>{{"a", 0}, {"b", 10}, {"c", 30}}));
}

TEST_F(OperationTest, SnapshotsThatRefsNeedAreNotRemoved) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const SnapshotId first = head();
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  const std::vector<TableUpdate> remove_head = {RemoveSnapshots{{head()}}};
  EXPECT_THAT(ApplyUpdates(metadata_, remove_head, env_.NowMs()), IsError(ErrorKind::kConflict));
  const std::vector<TableUpdate> remove_first = {RemoveSnapshots{{first}}};
  const auto expired = ApplyUpdates(metadata_, remove_first, env_.NowMs());
  ASSERT_THAT(expired, IsOk());
  EXPECT_EQ(expired->snapshot_log.size(), 1u);
}

TEST_F(OperationTest, ChangesBetweenSnapshots) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  const SnapshotId first = head();
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  const SnapshotId second = head();
  FileRewrite compaction;
  compaction.planned_on = second;
  compaction.removed = {File("b", 1), File("c", 1)};
  compaction.added = {File("bc", 1, 20)};
  ASSERT_THAT(Commit(RewriteFiles(compaction)), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("d", 1)})), IsOk());

  const auto names = [](const auto& items) {
    std::vector<std::string> found;
    for (const auto& item : items)
      found.push_back(item.file.file_path.substr(15));
    return found;
  };
  EXPECT_THAT(names(PlanAppends(metadata_, first, second, io_)->tasks), ElementsAre("c"));
  EXPECT_THAT(names(PlanAppends(metadata_, first, head(), io_)->tasks), ElementsAre("c", "d"));
  EXPECT_THAT(names(PlanAppends(metadata_, std::nullopt, head(), io_)->tasks),
              UnorderedElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(names(PlanAppends(metadata_, head(), head(), io_)->tasks), IsEmpty());
  EXPECT_THAT(PlanAppends(metadata_, head(), first, io_), IsError(ErrorKind::kInvalidArgument));

  const auto changes = PlanChanges(metadata_, first, head(), io_);
  ASSERT_THAT(changes, IsOk());
  EXPECT_THAT(names(changes->added), UnorderedElementsAre("bc", "d"));
  EXPECT_THAT(names(changes->removed), ElementsAre("b"));
  ASSERT_THAT(Commit(DeleteFiles({"file:///t/data/a"})), IsOk());
  EXPECT_THAT(PlanAppends(metadata_, first, head(), io_), IsError(ErrorKind::kUnsupported));
}

TEST_F(OperationTest, ParentsInALoopAreAnError) {
  ASSERT_THAT(Commit(FastAppend({})), IsOk());
  ASSERT_THAT(Commit(FastAppend({})), IsOk());
  Snapshot looped = metadata_.snapshots.front();
  looped.parent_id = head();
  metadata_.snapshots.Replace(0, std::move(looped));
  EXPECT_THAT(Ancestors(metadata_, head()), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(PlanAppends(metadata_, SnapshotId(1), head(), io_), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::table
