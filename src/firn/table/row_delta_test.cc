// SPDX-License-Identifier: Apache-2.0

#include "firn/table/row_delta.h"

#include "firn/table/append.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RowDeltaTest : public TableInMemory {
 protected:
  RowDeltaChange From(SnapshotId snapshot) const {
    RowDeltaChange change;
    change.validation.from = snapshot;
    return change;
  }
  RowDeltaChange FromHead() const { return From(head()); }

  Status CommitVector(const std::string& name, const DataFile& data, int64_t rows = 1) {
    RowDeltaChange change = FromHead();
    change.added_deletes = {Vector(name, data, rows)};
    return Commit(RowDelta(change));
  }
};

TEST_F(RowDeltaTest, AddsRowsAndDeletesInOneSnapshot) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange change = FromHead();
  change.added = {File("b", 1, 3)};
  change.added_deletes = {Positions("p", File("a", 1), 2), Equality("e", 1, 4)};
  ASSERT_THAT(Commit(RowDelta(change)), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(DeletesOf("a"), UnorderedElementsAre("p", "e"));
  EXPECT_THAT(DeletesOf("b"), IsEmpty());
  EXPECT_EQ(summary().at("operation"), "overwrite");
  EXPECT_EQ(summary().at("added-position-delete-files"), "1");
  EXPECT_EQ(summary().at("added-equality-delete-files"), "1");
  EXPECT_EQ(summary().at("total-delete-files"), "2");
  EXPECT_EQ(summary().at("total-position-deletes"), "2");
  EXPECT_EQ(summary().at("total-equality-deletes"), "4");
  EXPECT_EQ(summary().at("total-records"), "13");
  EXPECT_EQ(summary().at("manifests-created"), "2");
  EXPECT_EQ(summary().at("manifests-kept"), "1");
  EXPECT_EQ(summary().at("manifests-replaced"), "0");
}

TEST_F(RowDeltaTest, NamesItselfByWhatItDoes) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange deletes = FromHead();
  deletes.added_deletes = {Equality("e", 1)};
  ASSERT_THAT(Commit(RowDelta(deletes)), IsOk());
  EXPECT_EQ(summary().at("operation"), "delete");
  RowDeltaChange rows;
  rows.added = {File("b", 1)};
  ASSERT_THAT(Commit(RowDelta(rows)), IsOk());
  EXPECT_EQ(summary().at("operation"), "append");
}

TEST_F(RowDeltaTest, ANewVectorTakesThePlaceOfTheOneBefore) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  ASSERT_THAT(CommitVector("va", File("a", 1), 2), IsOk());
  ASSERT_THAT(CommitVector("vb", File("b", 1), 1), IsOk());
  ASSERT_THAT(CommitVector("va2", File("a", 1), 3), IsOk());
  EXPECT_THAT(DeletesOf("a"), ElementsAre("va2"));
  EXPECT_THAT(DeletesOf("b"), ElementsAre("vb"));
  EXPECT_EQ(summary().at("added-dvs"), "1");
  EXPECT_EQ(summary().at("removed-dvs"), "1");
  EXPECT_EQ(summary().at("removed-delete-files"), "1");
  EXPECT_EQ(summary().at("total-delete-files"), "2");
  EXPECT_EQ(summary().at("total-position-deletes"), "4");
  EXPECT_EQ(summary().at("added-files-size"), "40");  // Of the vector, not of its Puffin file.
}

TEST_F(RowDeltaTest, ReplacesTheDeletesWhoseRowsTheNewOnesHold) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange first = FromHead();
  first.added_deletes = {Positions("p", File("a", 1), 2)};
  ASSERT_THAT(Commit(RowDelta(first)), IsOk());
  RowDeltaChange second = FromHead();
  second.removed_deletes = first.added_deletes;
  second.added_deletes = {Positions("q", File("a", 1), 1)};
  EXPECT_THAT(Commit(RowDelta(second)), IsError(ErrorKind::kInvalidArgument));
  second.added_deletes = {Positions("q", File("a", 1), 3)};
  ASSERT_THAT(Commit(RowDelta(second)), IsOk());
  EXPECT_THAT(DeletesOf("a"), ElementsAre("q"));
  EXPECT_EQ(summary().at("total-position-deletes"), "3");
  RowDeltaChange third = FromHead();
  third.removed_deletes = first.added_deletes;  // Gone already.
  third.added_deletes = {Positions("r", File("a", 1), 4)};
  EXPECT_THAT(Commit(RowDelta(third)), IsError(ErrorKind::kConflict));
  third.removed_deletes = {PositionsOfDay("wide", 1)};
  EXPECT_THAT(Commit(RowDelta(third)), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RowDeltaTest, RefusesAVectorThatForgetsRows) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(CommitVector("v1", File("a", 1), 2), IsOk());
  EXPECT_THAT(CommitVector("v2", File("a", 1), 1), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RowDeltaTest, AVectorAbsorbsPositionDeletesOfBeforeTheUpgrade) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange positions = FromHead();
  positions.added_deletes = {Positions("p", File("a", 1), 1), PositionsOfDay("d", 1)};
  ASSERT_THAT(Commit(RowDelta(positions)), IsOk());
  EXPECT_THAT(DeletesOf("a"), UnorderedElementsAre("p", "d"));
  metadata_ =
      *ApplyUpdates(metadata_, std::vector<TableUpdate>{UpgradeFormatVersion{3}}, env_.NowMs());
  ASSERT_THAT(CommitVector("v", File("a", 1), 2), IsOk());
  EXPECT_THAT(DeletesOf("a"), ElementsAre("v"));
  EXPECT_EQ(summary().at("removed-position-delete-files"), "1");  // "d" may be of other files too.
}

// An update and a delete of one row cannot both win, whichever kind of delete file says it.
TEST_F(RowDeltaTest, RejectsDeletesOfSeveralFilesWhereRowsOfOneWereDeletedMeanwhile) {
  for (const DataFile& meanwhile :
       {Positions("p", File("a", 1)), PositionsOfDay("d", 1), Equality("e", 1)}) {
    StartWithVersion(2);
    ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
    RowDeltaChange late = FromHead();
    late.validation.isolation = Isolation::kSnapshot;
    late.added_deletes = {PositionsOfDay("late", 1)};
    late.referenced = {PathOf("a"), PathOf("b")};
    RowDeltaChange early = FromHead();
    early.added_deletes = {meanwhile};
    ASSERT_THAT(Commit(RowDelta(early)), IsOk());
    EXPECT_THAT(Commit(RowDelta(late)), IsError(ErrorKind::kConflict)) << meanwhile.file_path;
  }
}

TEST_F(RowDeltaTest, RejectsTwoVectorsOfOneFileInARace) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  const SnapshotId start = head();
  ASSERT_THAT(CommitVector("v1", File("a", 1)), IsOk());
  RowDeltaChange late = From(start);
  late.validation.isolation = Isolation::kSnapshot;
  late.added_deletes = {Vector("v2", File("a", 1))};
  EXPECT_THAT(Commit(RowDelta(late)), IsError(ErrorKind::kConflict));
  late.added_deletes = {Vector("v3", File("b", 1))};
  EXPECT_THAT(Commit(RowDelta(late)), IsOk());
}

TEST_F(RowDeltaTest, RemovingADataFileRemovesItsVector) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  ASSERT_THAT(CommitVector("va", File("a", 1)), IsOk());
  ASSERT_THAT(CommitVector("vb", File("b", 1)), IsOk());
  ASSERT_THAT(Commit(DeleteFiles({PathOf("a")})), IsOk());
  EXPECT_EQ(summary().at("total-delete-files"), "1");
  EXPECT_EQ(summary().at("removed-dvs"), "1");
  RowDeltaChange change = FromHead();
  change.removed = {File("b", 1)};
  ASSERT_THAT(Commit(RowDelta(change)), IsOk());
  EXPECT_EQ(summary().at("total-delete-files"), "0");
  EXPECT_EQ(summary().at("total-records"), "0");
}

TEST_F(RowDeltaTest, DeletesThatAreOlderThanAllDataGo) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange change = FromHead();
  change.added_deletes = {Equality("e", 1), PositionsOfDay("p", 1)};
  ASSERT_THAT(Commit(RowDelta(change)), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("b", 1)})), IsOk());
  ASSERT_THAT(Commit(DeleteFiles({PathOf("a")})), IsOk());
  EXPECT_EQ(summary().at("total-delete-files"), "0");
  EXPECT_EQ(summary().at("removed-equality-deletes"), "1");
}

TEST_F(RowDeltaTest, RefusesDeletesOfAnotherFormatVersion) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  EXPECT_THAT(CommitVector("v", File("a", 1)), IsError(ErrorKind::kInvalidArgument));
  metadata_ =
      *ApplyUpdates(metadata_, std::vector<TableUpdate>{UpgradeFormatVersion{3}}, env_.NowMs());
  RowDeltaChange change = FromHead();
  change.added_deletes = {Positions("p", File("a", 1))};
  EXPECT_THAT(Commit(RowDelta(change)), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RowDeltaTest, RefusesDeletesThatCouldHaveNoEffect) {
  StartWithVersion(3);
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  EXPECT_THAT(CommitVector("v", File("absent", 1)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CommitVector("v", File("a", 2)), IsError(ErrorKind::kInvalidArgument));
  DataFile wrong_spec = Vector("v", File("a", 1));
  metadata_ =
      *ApplyUpdates(metadata_, std::vector<TableUpdate>{AddSpec{}, SetDefaultSpec{}}, env_.NowMs());
  wrong_spec.spec_id = metadata_.default_spec_id;
  wrong_spec.partition = {};
  RowDeltaChange change = FromHead();
  change.added_deletes = {wrong_spec};
  EXPECT_THAT(Commit(RowDelta(change)), IsError(ErrorKind::kInvalidArgument));
  change.added_deletes = {Vector("v", File("a", 1)), Vector("w", File("a", 1))};
  EXPECT_THAT(Commit(RowDelta(change)), IsError(ErrorKind::kInvalidArgument));
  change.added_deletes = {Vector("v", File("a", 1))};
  change.removed = {File("a", 1)};
  EXPECT_THAT(Commit(RowDelta(change)), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(RowDeltaTest, DeletesRowsOfAFileThatComesWithThem) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange change = FromHead();
  change.added = {File("b", 2)};
  change.added_deletes = {Positions("p", File("b", 2))};
  ASSERT_THAT(Commit(RowDelta(change)), IsOk());
  EXPECT_THAT(DeletesOf("b"), ElementsAre("p"));
}

TEST_F(RowDeltaTest, MustSayWhatItWasComputedFrom) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  RowDeltaChange change;
  change.added_deletes = {Positions("p", File("a", 1))};
  EXPECT_THAT(Commit(RowDelta(change)), IsError(ErrorKind::kInvalidArgument));
  change.added_deletes = {Equality("e", 1)};
  EXPECT_THAT(Commit(RowDelta(change)), IsOk());
}

// Between two plans the table was upgraded and its rows got ids: a manifest that the first plan
// wrote without them must not be used.
TEST_F(RowDeltaTest, PlansAgainWithTheRowIdsThatOthersAssigned) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 1)})), IsOk());
  metadata_ =
      *ApplyUpdates(metadata_, std::vector<TableUpdate>{UpgradeFormatVersion{3}}, env_.NowMs());
  const auto removal = DeleteFiles({PathOf("a")});
  ASSERT_THAT(removal->Plan(metadata_, {io_, env_}), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("c", 1)})), IsOk());
  const auto ids = [this] {
    std::map<std::string, int64_t> found;
    for (const auto& entry : Live()) {
      found[entry.file.file_path.substr(15)] = entry.file.first_row_id.value();
    }
    return found;
  };
  auto expected = ids();
  expected.erase("a");
  ASSERT_THAT(Commit(removal), IsOk());
  EXPECT_EQ(ids(), expected);
}

}  // namespace
}  // namespace firn::table
