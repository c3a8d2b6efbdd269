// SPDX-License-Identifier: Apache-2.0
//
// Every operation against every concurrent change under both isolations; the outcomes are the table
// in docs/explanation/conflicts.md. Tests run in the root of the source tree. FIRN_UPDATE_GOLDEN=1
// writes the table anew.

#include "firn/table/conflict.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "firn/table/append.h"
#include "firn/table/operation_testing.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/rewrite_manifests.h"
#include "firn/table/row_delta.h"

namespace firn::table {
namespace {

constexpr char kPage[] = "docs/explanation/conflicts.md";
constexpr std::string_view kBegin = "<!-- outcomes: written by conflict_test -->\n";
constexpr std::string_view kEnd = "<!-- end of outcomes -->\n";

// A version 3 table of the files a and b of day 1 and x of day 2.
class ConflictTest : public TableInMemory {
 protected:
  using Make = std::function<std::unique_ptr<Operation>(SnapshotId start, Isolation isolation)>;
  struct Named {
    std::string name;
    Make make;
  };

  ConflictTest() {
    StartWithVersion(3);
    EXPECT_THAT(Commit(FastAppend({File("o", 3)})), IsOk());
    before_ = head();
    EXPECT_THAT(Commit(FastAppend({File("a", 1), File("b", 1), File("x", 2)})), IsOk());
    start_ = metadata_;
  }

  static RowDeltaChange DeltaOfDay(SnapshotId start, Isolation isolation) {
    RowDeltaChange change;
    change.validation = {start, isolation, DayIs(1)};
    return change;
  }
  static std::unique_ptr<Operation> DeleteRowsOf(const std::string& name, SnapshotId start,
                                                 Isolation isolation) {
    RowDeltaChange change = DeltaOfDay(start, isolation);
    change.added_deletes = {Vector("v" + name + std::to_string(++made_), File(name, 1))};
    return RowDelta(change);
  }
  static std::unique_ptr<Operation> EqualityDeletes(int32_t day) {
    RowDeltaChange change;
    change.added_deletes = {Equality("e" + std::to_string(++made_), day)};
    return RowDelta(change);
  }
  static std::unique_ptr<Operation> Rewrite(SnapshotId start) {
    FileRewrite rewrite;
    rewrite.removed = {File("a", 1), File("b", 1)};
    rewrite.added = {File("ab" + std::to_string(++made_), 1, 20)};
    rewrite.planned_on = start;
    return RewriteFiles(rewrite);
  }
  static DataFile NewFile(int32_t day) { return File("n" + std::to_string(++made_), day); }

  static std::vector<Named> Operations() {
    return {
        {"append", [](SnapshotId, Isolation) { return MergeAppend({NewFile(1)}); }},
        {"delete rows of *a*",
         [](SnapshotId start, Isolation isolation) { return DeleteRowsOf("a", start, isolation); }},
        {"update rows of *a*",
         [](SnapshotId start, Isolation isolation) {
           RowDeltaChange change = DeltaOfDay(start, isolation);
           change.added_deletes = {Vector("u" + std::to_string(++made_), File("a", 1))};
           change.added = {NewFile(1)};
           return RowDelta(change);
         }},
        {"delete by equality", [](SnapshotId, Isolation) { return EqualityDeletes(1); }},
        {"overwrite *a*",
         [](SnapshotId start, Isolation isolation) {
           return OverwriteFiles({{NewFile(1)}, {PathOf("a")}, {start, isolation, DayIs(1)}});
         }},
        {"overwrite where day = 1",
         [](SnapshotId start, Isolation isolation) {
           return OverwriteWhere(DayIs(1), {NewFile(1)}, {start, isolation, {}});
         }},
        {"replace partition day = 1",
         [](SnapshotId start, Isolation isolation) {
           return ReplacePartitions({{NewFile(1)}, false, {start, isolation, {}}});
         }},
        {"rewrite *a* and *b*", [](SnapshotId start, Isolation) { return Rewrite(start); }},
        {"rewrite manifests", [](SnapshotId, Isolation) { return RewriteManifests(); }}};
  }

  std::vector<Named> Changes() const {
    const SnapshotId before = before_;
    return {{"append to day 1", [](SnapshotId, Isolation) { return FastAppend({NewFile(1)}); }},
            {"append to day 2", [](SnapshotId, Isolation) { return FastAppend({NewFile(2)}); }},
            {"rows of *a* deleted",
             [](SnapshotId start, Isolation) {
               return DeleteRowsOf("a", start, Isolation::kSnapshot);
             }},
            {"rows of *b* deleted",
             [](SnapshotId start, Isolation) {
               return DeleteRowsOf("b", start, Isolation::kSnapshot);
             }},
            {"equality deletes in day 1", [](SnapshotId, Isolation) { return EqualityDeletes(1); }},
            {"equality deletes in day 2", [](SnapshotId, Isolation) { return EqualityDeletes(2); }},
            {"*a* overwritten",
             [](SnapshotId, Isolation) {
               return OverwriteFiles({{NewFile(1)}, {PathOf("a")}, {}});
             }},
            {"*b* removed", [](SnapshotId, Isolation) { return DeleteFiles({PathOf("b")}); }},
            {"*a* and *b* rewritten", [](SnapshotId start, Isolation) { return Rewrite(start); }},
            {"manifests rewritten", [](SnapshotId, Isolation) { return RewriteManifests(); }},
            {"rolled back", [before](SnapshotId, Isolation) { return RollbackTo(before); }}};
  }

  // "ok", "conflict", or an error.
  std::string Outcome(const Named& operation, const Named& change, Isolation isolation) {
    metadata_ = start_;
    const SnapshotId start = head();
    const auto ours = operation.make(start, isolation);
    EXPECT_THAT(ours->Plan(metadata_, {io_, env_}), IsOk()) << operation.name;
    EXPECT_THAT(Commit(change.make(start, isolation)), IsOk()) << change.name;
    const Status committed = Commit(ours);
    if (committed) return "ok";
    const bool conflict = committed.error().kind == ErrorKind::kConflict;
    return conflict ? "conflict" : committed.error().ToString();
  }

  std::string Cell(const Named& operation, const Named& change) {
    const std::string snapshot = Outcome(operation, change, Isolation::kSnapshot);
    const std::string serializable = Outcome(operation, change, Isolation::kSerializable);
    if (snapshot == serializable) return snapshot == "ok" ? "" : snapshot;
    if (snapshot == "ok" && serializable == "conflict") return "serializable";
    return snapshot + " / " + serializable;
  }

  std::string Table() {
    std::string text = "| meanwhile |";
    std::string line = "|---|";
    for (const Named& operation : Operations()) {
      text += " " + operation.name + " |";
      line += "---|";
    }
    text += "\n" + line + "\n";
    for (const Named& change : Changes()) {
      text += "| " + change.name + " |";
      for (const Named& operation : Operations()) {
        text += " " + Cell(operation, change) + " |";
      }
      text += "\n";
    }
    return text;
  }

  inline static int made_ = 0;
  SnapshotId before_;
  TableMetadata start_;
};

TEST_F(ConflictTest, OutcomesAreThoseOfThePage) {
  std::stringstream read;
  read << std::ifstream(kPage).rdbuf();
  const std::string page = read.str();
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos);
  const std::string table = Table();
  if (std::getenv("FIRN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kPage) << page.substr(0, begin + kBegin.size()) << table << page.substr(end);
  } else {
    EXPECT_EQ(page.substr(begin + kBegin.size(), end - begin - kBegin.size()), table)
        << "run FIRN_UPDATE_GOLDEN=1 table_test --gtest_filter=ConflictTest.*";
  }
}

// Under snapshot isolation too. Were only the update careful, the delete would commit on top of it
// and the updated row, which is to be gone, would stay.
TEST_F(ConflictTest, ADeleteDoesNotMissAnUpdateThatCameFirst) {
  const SnapshotId start = head();
  RowDeltaChange update = DeltaOfDay(start, Isolation::kSnapshot);
  update.added_deletes = {Vector("u", File("a", 1))};
  update.added = {File("a2", 1, 1)};
  ASSERT_THAT(Commit(RowDelta(update)), IsOk());
  EXPECT_THAT(Commit(DeleteRowsOf("a", start, Isolation::kSnapshot)),
              IsError(ErrorKind::kConflict));
}

// The rewrite has its plan-time snapshot in it, so that beginning the commit late does not help.
TEST_F(ConflictTest, ARewriteDoesNotBringBackRowsDeletedBeforeItsCommitBegan) {
  const SnapshotId start = head();
  ASSERT_THAT(Commit(DeleteRowsOf("a", start, Isolation::kSnapshot)), IsOk());
  EXPECT_THAT(Commit(Rewrite(start)), IsError(ErrorKind::kConflict));
}

TEST_F(ConflictTest, EqualityDeletesReachTheFilesOfARewritePlannedBeforeThem) {
  const SnapshotId start = head();
  ASSERT_THAT(Commit(EqualityDeletes(1)), IsOk());
  ASSERT_THAT(Commit(Rewrite(start)), IsOk());
  const auto plan = PlanScan(metadata_, {}, io_);
  ASSERT_THAT(plan, IsOk());
  for (const FileScanTask& task : plan->tasks) {
    const bool rewritten = task.file.file_path.find("ab") != std::string::npos;
    if (rewritten) {
      EXPECT_EQ(task.sequence_number, start_.current_snapshot()->sequence_number);
      EXPECT_EQ(task.deletes.size(), 1u);
    }
  }
}

// Equality deletes that became a vector leave the table, so the vector must stop the rewrite.
TEST_F(ConflictTest, ARewriteDoesNotMissEqualityDeletesThatBecameAVector) {
  const SnapshotId start = head();
  ASSERT_THAT(Commit(EqualityDeletes(1)), IsOk());
  const auto plan = PlanScan(metadata_, {}, io_);
  FileRewrite conversion;
  conversion.planned_on = head();
  for (const FileScanTask& task : plan->tasks) {
    if (!task.deletes.empty()) conversion.removed_deletes = task.deletes;
  }
  conversion.added_deletes = {Vector("v", File("a", 1))};
  ASSERT_THAT(Commit(RewriteFiles(conversion)), IsOk());
  EXPECT_THAT(Commit(Rewrite(start)), IsError(ErrorKind::kConflict));
}

TEST_F(ConflictTest, AVectorIsNotLaidOverPositionDeletesThatCameMeanwhile) {
  StartWithVersion(2);
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const SnapshotId start = head();
  RowDeltaChange positions;
  positions.validation.from = start;
  positions.added_deletes = {PositionsOfDay("p", 1)};
  ASSERT_THAT(Commit(RowDelta(positions)), IsOk());
  metadata_ =
      *ApplyUpdates(metadata_, std::vector<TableUpdate>{UpgradeFormatVersion{3}}, env_.NowMs());
  EXPECT_THAT(Commit(DeleteRowsOf("a", start, Isolation::kSnapshot)),
              IsError(ErrorKind::kConflict));
}

TEST_F(ConflictTest, FilesOutsideTheFilterAreNoConflict) {
  RowDeltaChange update = DeltaOfDay(head(), Isolation::kSerializable);
  update.validation.filter =
      Expression::And(DayIs(1), Expression::Compare(Op::kGt, "id", Literal::Long(100)));
  update.added_deletes = {Vector("u", File("a", 1))};
  DataFile low = NewFile(1);
  low.lower_bounds[FieldId(1)] = Literal::Long(1).ToBytes();
  low.upper_bounds[FieldId(1)] = Literal::Long(100).ToBytes();
  low.null_value_counts[FieldId(1)] = 0;
  low.value_counts[FieldId(1)] = 10;
  ASSERT_THAT(Commit(FastAppend({low})), IsOk());
  EXPECT_THAT(Commit(RowDelta(update)), IsOk());
}

TEST_F(ConflictTest, AChangeOfAnEmptyTableSeesTheFirstRows) {
  StartWithVersion(3);
  PartitionOverwrite change{{NewFile(1)}, false, {kNoSnapshot, Isolation::kSerializable, {}}};
  ASSERT_THAT(Commit(FastAppend({NewFile(2)})), IsOk());
  EXPECT_THAT(ReplacePartitions(change)->Plan(metadata_, {io_, env_}), IsOk());
  ASSERT_THAT(Commit(FastAppend({NewFile(1)})), IsOk());
  EXPECT_THAT(Commit(ReplacePartitions(change)), IsError(ErrorKind::kConflict));
}

// The history in between is looked at, not only what is left of it.
TEST_F(ConflictTest, FilesThatCameAndWentAreSeen) {
  const SnapshotId start = head();
  ASSERT_THAT(Commit(FastAppend({File("short", 1)})), IsOk());
  ASSERT_THAT(Commit(DeleteFiles({PathOf("short")})), IsOk());
  ASSERT_THAT(Commit(RewriteManifests()), IsOk());
  EXPECT_THAT(Commit(DeleteRowsOf("a", start, Isolation::kSerializable)),
              IsError(ErrorKind::kConflict));
  EXPECT_THAT(Commit(DeleteRowsOf("a", start, Isolation::kSnapshot)), IsOk());
}

}  // namespace
}  // namespace firn::table
