// SPDX-License-Identifier: Apache-2.0

#include "firn/table/overwrite.h"

#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation_testing.h"
#include "firn/table/row_delta.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class OverwriteTest : public TableInMemory {
 protected:
  // A file whose ids are between two numbers.
  static DataFile Between(const std::string& name, int32_t day, int64_t lower, int64_t upper) {
    DataFile file = File(name, day);
    file.value_counts[FieldId(1)] = file.record_count;
    file.null_value_counts[FieldId(1)] = 0;
    file.lower_bounds[FieldId(1)] = Literal::Long(lower).ToBytes();
    file.upper_bounds[FieldId(1)] = Literal::Long(upper).ToBytes();
    return file;
  }
  static Expression IdBelow(int64_t id) {
    return Expression::Compare(Op::kLt, "id", Literal::Long(id));
  }
};

TEST_F(OverwriteTest, DeletesByFilterWithoutReadingWhatMatchesWhole) {
  ASSERT_THAT(Commit(FastAppend({Between("a", 1, 0, 9), Between("b", 2, 10, 19)})), IsOk());
  ASSERT_THAT(Commit(FastAppend({Between("c", 1, 20, 29)})), IsOk());
  ASSERT_THAT(Commit(DeleteWhere(IdBelow(10))), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("b", "c"));
  EXPECT_EQ(summary().at("operation"), "delete");
  ASSERT_THAT(Commit(DeleteWhere(DayIs(1))), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("b"));
  ASSERT_THAT(Commit(DeleteWhere(Expression::True())), IsOk());
  EXPECT_THAT(FilesAt(), IsEmpty());
  EXPECT_EQ(summary().at("total-records"), "0");
}

TEST_F(OverwriteTest, RefusesFilesThatMatchInPartAndSplitsThemOff) {
  ASSERT_THAT(Commit(FastAppend({Between("a", 1, 0, 9), Between("b", 1, 5, 19)})), IsOk());
  ASSERT_THAT(Commit(FastAppend({Between("c", 1, 20, 29)})), IsOk());
  EXPECT_THAT(Commit(DeleteWhere(IdBelow(10))), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("a", "b", "c"));
  ScanRequest request;
  request.filter = IdBelow(10);
  const auto split = SplitForDelete(metadata_, request, io_);
  ASSERT_THAT(split, IsOk());
  ASSERT_EQ(split->whole.size(), 1u);
  EXPECT_EQ(split->whole[0].file_path, PathOf("a"));
  ASSERT_EQ(split->partly.size(), 1u);
  EXPECT_EQ(split->partly[0].file.file_path, PathOf("b"));
  EXPECT_FALSE(split->partly[0].residual.is_true());
}

TEST_F(OverwriteTest, WherePlansAgainOnWhatOthersAdded) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const auto overwrite = OverwriteWhere(DayIs(1), {File("n", 1)});
  ASSERT_THAT(overwrite->Plan(metadata_, {io_, env_}), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("b", 1), File("c", 2)})), IsOk());
  ASSERT_THAT(Commit(overwrite), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("n", "c"));
}

TEST_F(OverwriteTest, ReplacesThePartitionsOfNewFiles) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1), File("b", 2), File("c", 3)})), IsOk());
  RowDeltaChange deletes;
  deletes.added_deletes = {Equality("e", 1), Equality("f", 2)};
  ASSERT_THAT(Commit(RowDelta(deletes)), IsOk());
  ASSERT_THAT(Commit(ReplacePartitions({{File("n", 1), File("m", 3)}, false, {}})), IsOk());
  EXPECT_THAT(FilesAt(), UnorderedElementsAre("b", "n", "m"));
  EXPECT_EQ(summary().at("replace-partitions"), "true");
  EXPECT_EQ(summary().at("total-delete-files"), "1");
  EXPECT_EQ(summary().at("changed-partition-count"), "2");
  EXPECT_THAT(Commit(ReplacePartitions({{File("z", 1)}, true, {}})), IsError(ErrorKind::kConflict));
  EXPECT_THAT(Commit(ReplacePartitions({{File("z", 7)}, true, {}})), IsOk());
}

TEST_F(OverwriteTest, ReplacesTheWholeOfAnUnpartitionedTable) {
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  ASSERT_THAT(Commit(UpdateSpec({{}, {"day"}})), IsOk());
  DataFile file = File("n", 0);
  file.spec_id = metadata_.default_spec_id;
  file.partition = {};
  ASSERT_THAT(Commit(ReplacePartitions({{file}, false, {}})), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("n"));
}

TEST_F(OverwriteTest, APartitionIsTheSameAfterItsColumnWasPromoted) {
  NewTable table = NewTableOf({});
  table.schema = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "k", Type::Int())});
  table.spec = *BuildPartitionSpec(SpecId(0), table.schema, {{"k", Transform::Identity(), ""}});
  metadata_ = *NewTableMetadata(table, env_);
  DataFile narrow = File("a", 0);
  narrow.partition = {Literal::Int(7)};
  ASSERT_THAT(Commit(FastAppend({narrow})), IsOk());
  ASSERT_THAT(
      Commit(UpdateSchema([](SchemaUpdate& update) { update.UpdateType("k", Type::Long()); })),
      IsOk());
  DataFile wide = File("b", 0);
  wide.partition = {Literal::Long(7)};
  ASSERT_THAT(Commit(ReplacePartitions({{wide}, false, {}})), IsOk());
  EXPECT_THAT(FilesAt(), ElementsAre("b"));
}

}  // namespace
}  // namespace firn::table
