// SPDX-License-Identifier: Apache-2.0

#include "firn/table/replace_table.h"

#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation_testing.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReplaceTableTest : public TableInMemory {
 protected:
  // (name string, day date) partitioned by name.
  static NewTable Other() {
    NewTable table;
    table.schema = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "name", Type::String()),
                                               NestedField::Optional(2, "day", Type::Date())});
    table.spec =
        *BuildPartitionSpec(SpecId(0), table.schema, {{"name", Transform::Identity(), ""}});
    table.properties = {{"k", "v"}};
    return table;
  }
};

TEST_F(ReplaceTableTest, EmptiesTheTableAndKeepsItsHistory) {
  ASSERT_THAT(Commit(UpdateProperties({{"old", "1"}})), IsOk());
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  const SnapshotId before = head();
  const TimeMs then = env_.NowMs();
  const auto uuid = metadata_.table_uuid;
  const auto staged = StageReplacement(metadata_, Other(), env_.NowMs());
  ASSERT_THAT(staged, IsOk());
  ASSERT_THAT(Commit(ReplaceTable(Other(), *staged)), IsOk());
  EXPECT_EQ(metadata_.table_uuid, uuid);
  EXPECT_EQ(metadata_.current_snapshot(), nullptr);
  EXPECT_THAT(FilesAt(), IsEmpty());
  EXPECT_EQ(metadata_.Property("k", ""), "v");
  EXPECT_EQ(metadata_.Property("old", ""), "1");
  EXPECT_EQ(metadata_.schema().FindByName("day")->id, FieldId(2));   // The same column.
  EXPECT_EQ(metadata_.schema().FindByName("name")->id, FieldId(3));  // A new one.
  EXPECT_EQ(metadata_.spec().fields.front().name, "name");
  ScanRequest request;
  request.snapshot = before;
  EXPECT_THAT(FilesAt(request), ElementsAre("a"));
  request = {};
  request.as_of = then;
  EXPECT_THAT(FilesAt(request), ElementsAre("a"));
}

TEST_F(ReplaceTableTest, AColumnOfAnotherTypeIsAnotherColumn) {
  NewTable table = Other();
  table.schema = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "name", Type::String()),
                                             NestedField::Optional(2, "day", Type::String())});
  const auto staged = StageReplacement(metadata_, table, env_.NowMs());
  ASSERT_THAT(staged, IsOk());
  EXPECT_EQ(staged->schema().FindByName("day")->id, FieldId(4));
  EXPECT_EQ(staged->last_column_id, FieldId(4));
}

TEST_F(ReplaceTableTest, ConflictsWhenColumnsWouldGetOtherIds) {
  const auto staged = StageReplacement(metadata_, Other(), env_.NowMs());
  ASSERT_THAT(Commit(FastAppend({File("a", 1)})), IsOk());
  EXPECT_THAT(ReplaceTable(Other(), *staged)->Plan(metadata_, {io_, env_}), IsOk());
  ASSERT_THAT(
      Commit(UpdateSchema([](SchemaUpdate& update) { update.AddColumn("", "x", Type::Long()); })),
      IsOk());
  EXPECT_THAT(Commit(ReplaceTable(Other(), *staged)), IsError(ErrorKind::kConflict));
}

TEST_F(ReplaceTableTest, MakesAStagedTable) {
  const TableMetadata staged = metadata_;
  const auto create = CreateTable(staged);
  metadata_ = {};
  const auto plan = create->Plan(metadata_, {io_, env_});
  ASSERT_THAT(plan, IsOk());
  const auto made = ApplyUpdates(metadata_, plan->updates, env_.NowMs());
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->table_uuid, staged.table_uuid);
  EXPECT_EQ(made->location, staged.location);
  EXPECT_EQ(made->schema(), staged.schema());
  EXPECT_EQ(made->spec(), staged.spec());
  EXPECT_EQ(made->last_partition_id, staged.last_partition_id);
  EXPECT_THAT(create->Plan(*made, {io_, env_}), IsError(ErrorKind::kAlreadyExists));
}

}  // namespace
}  // namespace firn::table
