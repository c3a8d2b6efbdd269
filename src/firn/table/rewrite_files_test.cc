// SPDX-License-Identifier: Apache-2.0

#include "firn/table/rewrite_files.h"

#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"
#include "firn/table/rewrite_manifests.h"
#include "firn/table/row_delta.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RewriteTest : public TableInMemory {
 protected:
  std::vector<ManifestFile> Manifests() {
    return *ManifestsOf(metadata_, *metadata_.current_snapshot(), io_);
  }
  // Row ids by file.
  std::map<std::string, int64_t> RowIds() {
    std::map<std::string, int64_t> found;
    for (const auto& entry : Live()) {
      found[entry.file.file_path.substr(15)] = entry.file.first_row_id.value_or(-1);
    }
    return found;
  }
};

TEST_F(RewriteTest, KeepsTheAgeOfRowsAndDropsTheDeletesOfOldFiles) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  RowDeltaChange deletes;
  deletes.validation.from = head();
  deletes.added_deletes = {Vector("v", File("a", 1), 3)};
  ASSERT_THAT(Commit(RowDelta(deletes)), IsOk());
  FileRewrite rewrite{{File("a", 1), File("b", 1)}, {File("ab", 1, 17)}, {}, {}, head(), {}};
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  ASSERT_THAT(Commit(RewriteFiles(rewrite)), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("ab", "c"));
  EXPECT_EQ(summary().at("operation"), "replace");
  EXPECT_EQ(summary().at("total-delete-files"), "0");
  EXPECT_EQ(summary().at("total-records"), "27");
  for (const auto& entry : Live()) {
    const bool rewritten = entry.file.file_path == PathOf("ab");
    EXPECT_EQ(entry.sequence_number, SequenceNumber(rewritten ? 2 : 3));
    EXPECT_EQ(entry.file_sequence_number, SequenceNumber(rewritten ? 4 : 3));
  }
}

TEST_F(RewriteTest, RefusesToAddRows) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  FileRewrite rewrite{{File("a", 1)}, {File("b", 1, 11)}, {}, {}, head(), {}};
  EXPECT_THAT(Commit(RewriteFiles(rewrite)), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RewriteTest, ConflictsWhenAFileOrADeleteFileIsGone) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  RowDeltaChange deletes;
  deletes.validation.from = head();
  deletes.added_deletes = {Positions("p", File("a", 1)), Positions("q", File("b", 1))};
  ASSERT_THAT(Commit(RowDelta(deletes)), IsOk());
  const SnapshotId planned = head();
  FileRewrite of_deletes;
  of_deletes.planned_on = planned;
  of_deletes.removed_deletes = {Positions("p", File("a", 1)), Positions("q", File("b", 1))};
  of_deletes.added_deletes = {PositionsOfDay("pq", 1, 2)};
  const auto early = RewriteFiles(of_deletes);
  ASSERT_THAT(early->Plan(metadata_, {io_, env_}), IsOk());
  ASSERT_THAT(Commit(DeleteFiles({PathOf("a")})), IsOk());
  EXPECT_THAT(Commit(early), IsError(ErrorKind::kConflict));
  FileRewrite of_data{{File("a", 1)}, {File("n", 1)}, {}, {}, planned, {}};
  EXPECT_THAT(Commit(RewriteFiles(of_data)), IsError(ErrorKind::kConflict));
}

TEST_F(RewriteTest, RewrittenDeletesAreAsOldAsTheNewestOfThem) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  for (const char* name : {"p", "q"}) {
    RowDeltaChange deletes;
    deletes.validation.from = head();
    deletes.added_deletes = {Positions(name, File("a", 1))};
    ASSERT_THAT(Commit(RowDelta(deletes)), IsOk());
  }
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  FileRewrite rewrite;
  rewrite.planned_on = head();
  rewrite.removed_deletes = {Positions("p", File("a", 1)), Positions("q", File("a", 1))};
  rewrite.added_deletes = {PositionsOfDay("pq", 1, 2)};
  ASSERT_THAT(Commit(RewriteFiles(rewrite)), IsOk());
  EXPECT_THAT(DeletesOf("a"), ElementsAre("pq"));
  EXPECT_THAT(DeletesOf("b"), IsEmpty());
}

TEST_F(RewriteTest, ManifestsAreClusteredByPartitionAndKeepWhatEntriesSay) {
  StartWithVersion(3);
  for (int at = 0; at < 12; ++at) {
    ASSERT_THAT(Commit(FastAppend({File("f" + std::to_string(at), at % 3)})), IsOk());
  }
  ASSERT_THAT(Commit(DeleteFiles({PathOf("f0")})), IsOk());
  const auto ids = RowIds();
  ManifestRewrite rewrite;
  rewrite.target_bytes = 1;  // One entry per manifest.
  ASSERT_THAT(Commit(RewriteManifests(rewrite)), IsOk());
  EXPECT_EQ(Manifests().size(), 11u);
  const int64_t next_row_id = metadata_.next_row_id;
  ASSERT_THAT(Commit(RewriteManifests()), IsOk());
  EXPECT_EQ(Manifests().size(), 1u);
  EXPECT_EQ(summary().at("operation"), "replace");
  EXPECT_EQ(summary().at("entries-processed"), "11");
  EXPECT_EQ(summary().at("manifests-created"), "1");
  EXPECT_EQ(summary().at("manifests-replaced"), "11");
  EXPECT_EQ(summary().at("total-data-files"), "11");
  EXPECT_EQ(RowIds(), ids);
  EXPECT_EQ(metadata_.next_row_id, next_row_id + 110);  // added-rows is an upper bound.
  std::vector<int32_t> days;
  for (const auto& entry : Live()) {
    days.push_back(entry.file.partition[0]->ToBytes()[0]);
    EXPECT_EQ(entry.status, EntryStatus::kExisting);
  }
  EXPECT_TRUE(std::is_sorted(days.begin(), days.end()));
}

// Nobody here knows which type their partition values have.
TEST_F(RewriteTest, ManifestsOfAnUnknownTransformStayAsTheyAre) {
  for (const char* name : {"a", "b"}) {
    ASSERT_THAT(Commit(FastAppend({File(name, 1)})), IsOk());
  }
  metadata_.partition_specs.front().fields.front().transform = Transform::Unknown("zorder[2]");
  metadata_.properties["commit.manifest.min-count-to-merge"] = "2";
  EXPECT_THAT(Commit(RewriteManifests()), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(Commit(FastAppend({File("c", 1)})), IsError(ErrorKind::kUnsupported));
  const std::vector<TableUpdate> unpartitioned = {AddSpec{{SpecId(0), {}}}, SetDefaultSpec{}};
  metadata_ = *ApplyUpdates(metadata_, unpartitioned, env_.NowMs());
  DataFile later = File("c", 1);
  later.spec_id = metadata_.default_spec_id;
  later.partition.clear();
  const auto before = Manifests();
  ASSERT_THAT(Commit(MergeAppend({later})), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b", "c"));
  const auto after = Manifests();
  EXPECT_EQ(after.size(), 3u);
  EXPECT_TRUE(std::any_of(after.begin(), after.end(), [&](const ManifestFile& manifest) {
    return manifest.path == before.front().path;
  }));
}

TEST_F(RewriteTest, ManifestsAreWrittenOnceWhileOthersAppend) {
  for (const char* name : {"a", "b"}) {
    ASSERT_THAT(Commit(FastAppend({File(name, 1)})), IsOk());
  }
  ManifestRewrite rewrite;
  const auto operation = RewriteManifests(rewrite);
  const auto first = operation->Plan(metadata_, {io_, env_});
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  const auto second = operation->Plan(metadata_, {io_, env_});
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->files_unused.size(), 1u);  // Two sources became three.
  ASSERT_THAT(CommitPlanned(*second), IsOk());
  EXPECT_EQ(FilesAt().size(), 3u);
}

TEST_F(RewriteTest, TheFirstCommitAfterAnUpgradeGivesAllRowsIds) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  ASSERT_THAT(Commit(DeleteFiles({PathOf("a")})), IsOk());  // b is an existing entry now.
  ASSERT_THAT(Commit(UpdateProperties({{"format-version", "3"}})), IsOk());
  EXPECT_EQ(metadata_.next_row_id, 0);
  EXPECT_EQ(RowIds(), (std::map<std::string, int64_t>{{"b", -1}}));
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  EXPECT_EQ(metadata_.next_row_id, 20);
  EXPECT_EQ(metadata_.current_snapshot()->first_row_id, 0);
  EXPECT_EQ(metadata_.current_snapshot()->added_rows, 20);
  const auto ids = RowIds();
  EXPECT_NE(ids.at("b"), ids.at("c"));
  ASSERT_THAT(Commit(RewriteManifests()), IsOk());
  EXPECT_EQ(RowIds(), ids);
}

}  // namespace
}  // namespace firn::table
