// SPDX-License-Identifier: Apache-2.0

#include "firn/table/metadata_operations.h"

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/operation.h"
#include "firn/table/ref_operations.h"

namespace firn::table {
namespace {

class MetadataOperation : public testing::Test {
 protected:
  void SetUp() override {
    NewTable table;
    table.schema =
        *Schema::Make(SchemaId(0), {NestedField::Required(1, "id", Type::Long()),
                                    NestedField::Optional(2, "at", Type::TimestampTz())});
    table.location = "file:///t";
    auto made = NewTableMetadata(table, env_);
    ASSERT_THAT(made, IsOk());
    metadata_ = *std::move(made);
  }

  Result<CommitPlan> Plan(const std::unique_ptr<Operation>& operation) {
    return operation->Plan(metadata_, {files_, env_});
  }

  // Applies what is planned after checking its requirements against what it was planned on.
  Status Apply(const std::unique_ptr<Operation>& operation) {
    FIRN_ASSIGN(const CommitPlan plan, Plan(operation));
    for (const Requirement& requirement : plan.requirements) {
      FIRN_TRY(Check(requirement, &metadata_));
    }
    FIRN_ASSIGN(metadata_, ApplyUpdates(metadata_, plan.updates, env_.NowMs()));
    return Ok();
  }

  SnapshotId AddSnapshotTo(const std::string& branch) {
    Snapshot snapshot;
    snapshot.id = SnapshotId(metadata_.last_sequence_number.value + 100);
    if (const Ref* ref = metadata_.FindRef(branch)) snapshot.parent_id = ref->snapshot_id;
    snapshot.sequence_number = SequenceNumber(metadata_.last_sequence_number.value + 1);
    snapshot.timestamp = env_.NowMs();
    snapshot.manifest_list = "file:///t/metadata/list.avro";
    snapshot.summary = {{"operation", "append"}};
    snapshot.schema_id = metadata_.current_schema_id;
    const std::vector<TableUpdate> updates = {
        AddSnapshot{snapshot},
        SetSnapshotRef{branch, Ref{snapshot.id, RefType::kBranch, {}, {}, {}}}};
    auto applied = ApplyUpdates(metadata_, updates, env_.NowMs());
    EXPECT_THAT(applied, IsOk());
    metadata_ = *std::move(applied);
    return snapshot.id;
  }

  FixedEnv env_;
  io::MemoryFileIO files_;
  TableMetadata metadata_;
};

TEST_F(MetadataOperation, PropertiesMoveOnlyFromWhatWasExpected) {
  EXPECT_THAT(Apply(UpdateProperties({{"mark", "1"}}, {}, {{"mark", std::nullopt}})), IsOk());
  EXPECT_THAT(Plan(UpdateProperties({{"mark", "3"}}, {}, {{"mark", "2"}})),
              IsError(ErrorKind::kConflict));
  EXPECT_THAT(Apply(UpdateProperties({{"mark", "2"}}, {}, {{"mark", "1"}})), IsOk());
  EXPECT_EQ(metadata_.Property("mark", ""), "2");
  EXPECT_THAT(Apply(UpdateProperties({}, {"mark"})), IsOk());
  EXPECT_FALSE(metadata_.properties.contains("mark"));
}

TEST_F(MetadataOperation, ASchemaChangeIsRefusedOnceAnotherWon) {
  const auto add = UpdateSchema([](SchemaUpdate& update) {
    update.AddColumn("", "note", Type::String()).Rename("at", "happened_at");
  });
  const auto late = Plan(add);
  ASSERT_THAT(late, IsOk());
  ASSERT_THAT(
      Apply(UpdateSchema([](SchemaUpdate& update) { update.AddColumn("", "other", Type::Int()); })),
      IsOk());
  bool refused = false;
  for (const Requirement& requirement : late->requirements) {
    refused = refused || !Check(requirement, &metadata_).ok();
  }
  EXPECT_TRUE(refused);
  ASSERT_THAT(Apply(add), IsOk());
  EXPECT_EQ(metadata_.schema().FindByName("note")->id, FieldId(4));
  EXPECT_EQ(metadata_.schema().FindByName("happened_at")->id, FieldId(2));
}

TEST_F(MetadataOperation, ASpecThatComesBackKeepsItsFieldIds) {
  ASSERT_THAT(Apply(UpdateSpec({{{"at", Transform::Month(), ""}}, {}})), IsOk());
  const FieldId first = metadata_.spec().fields[0].field_id;
  const std::string name = metadata_.spec().fields[0].name;
  ASSERT_THAT(Apply(UpdateSpec({{{"id", Transform::Bucket(4), ""}}, {name}})), IsOk());
  EXPECT_NE(metadata_.spec().fields[0].field_id, first);
  ASSERT_THAT(Apply(UpdateSpec({{{"at", Transform::Month(), ""}}, {}})), IsOk());
  EXPECT_EQ(metadata_.spec().fields.back().field_id, first);
  EXPECT_THAT(Plan(UpdateSpec({{}, {"nothing"}})), IsError(ErrorKind::kNotFound));
}

TEST_F(MetadataOperation, ASortOrderOfAnotherVersionIsKeptWhole) {
  const std::string text =
      R"({"order-id":1,"fields":[{"transform":"zorder[2]","source-ids":[1,2],"direction":"desc",)"
      R"("null-order":"nulls-last","x":true}],"y":[3]})";
  const auto order = SortOrderFromJson(*Json::Parse(text));
  ASSERT_THAT(order, IsOk());
  const std::vector<TableUpdate> updates = {AddSortOrder{*order}, SetDefaultSortOrder{}};
  for (int times = 0; times < 2; ++times) {
    const auto applied = ApplyUpdates(metadata_, updates, env_.NowMs());
    ASSERT_THAT(applied, IsOk());
    metadata_ = *applied;
    EXPECT_EQ(SortOrderToJson(metadata_.sort_order()).Dump(), text);
    EXPECT_EQ(metadata_.sort_orders.size(), 2u);  // With the unsorted one.
  }
}

TEST(NewTable, NumbersTheColumnsOfTransformsOfOtherVersionsToo) {
  NewTable table;
  table.schema = *Schema::Make(SchemaId(0), {NestedField::Required(70, "a", Type::Long()),
                                             NestedField::Required(80, "b", Type::Long())});
  table.spec.fields = {{FieldId(80), FieldId(0), "z", Transform::Unknown("z"), {FieldId(70)}}};
  table.sort_order.fields = {{FieldId(70), Transform::Unknown("z"), {}, {}, {FieldId(80)}}};
  table.location = "file:///t";
  FixedEnv env;
  const auto made = NewTableMetadata(table, env);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->spec().fields[0].source_id, FieldId(2));
  EXPECT_EQ(made->spec().fields[0].other_source_ids, std::vector<FieldId>{FieldId(1)});
  EXPECT_EQ(made->sort_order().fields[0].source_id, FieldId(1));
  EXPECT_EQ(made->sort_order().fields[0].other_source_ids, std::vector<FieldId>{FieldId(2)});
}

TEST_F(MetadataOperation, ASortOrderIsReplacedAndTakenBack) {
  ASSERT_THAT(Apply(ReplaceSortOrder({{"at", Transform::Day()}})), IsOk());
  EXPECT_EQ(metadata_.sort_order().fields.size(), 1u);
  ASSERT_THAT(Apply(ReplaceSortOrder({})), IsOk());
  EXPECT_TRUE(metadata_.sort_order().is_unsorted());
  EXPECT_EQ(metadata_.default_sort_order_id, SortOrderId(0));
  EXPECT_THAT(Plan(ReplaceSortOrder({{"gone", Transform::Identity()}})),
              IsError(ErrorKind::kNotFound));
}

TEST_F(MetadataOperation, RefsAreMadeOnceAndMainStays) {
  const SnapshotId first = AddSnapshotTo("main");
  const Ref tag{first, RefType::kTag, {}, {}, {}};
  ASSERT_THAT(Apply(CreateRef("release", tag)), IsOk());
  EXPECT_THAT(Plan(CreateRef("release", tag)), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(Plan(CreateRef("x", Ref{SnapshotId(7), RefType::kTag, {}, {}, {}})),
              IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Plan(RemoveRef("main")), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Apply(RemoveRef("release")), IsOk());
  EXPECT_THAT(Plan(RemoveRef("release")), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Plan(RemoveRef("release", true)), IsOk());
}

TEST_F(MetadataOperation, ABranchRollsBackToAnAncestorAndForwardToADescendant) {
  const SnapshotId first = AddSnapshotTo("main");
  const SnapshotId second = AddSnapshotTo("main");
  ASSERT_THAT(Apply(CreateRef("ahead", Ref{second, RefType::kBranch, {}, {}, {}})), IsOk());
  ASSERT_THAT(Apply(RollbackTo(first)), IsOk());
  EXPECT_EQ(metadata_.current_snapshot_id, first);
  EXPECT_THAT(Plan(RollbackTo(second)), IsError(ErrorKind::kInvalidArgument));
  ASSERT_THAT(Apply(FastForward("main", "ahead")), IsOk());
  EXPECT_EQ(metadata_.current_snapshot_id, second);
  AddSnapshotTo("main");
  EXPECT_THAT(Plan(FastForward("main", "ahead")), IsError(ErrorKind::kConflict));
}

}  // namespace
}  // namespace firn::table
