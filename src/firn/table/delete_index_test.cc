// SPDX-License-Identifier: Apache-2.0

#include "firn/table/delete_index.h"

#include "firn/base/testing.h"

namespace firn::table {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ManifestEntry EntryOf(FileContent content, const std::string& path, int64_t sequence_number,
                      int32_t day = 1, int32_t spec = 0) {
  ManifestEntry entry;
  entry.sequence_number = SequenceNumber(sequence_number);
  entry.file.content = content;
  entry.file.file_path = path;
  entry.file.spec_id = SpecId(spec);
  entry.file.partition = {Literal::Date(day)};
  return entry;
}

ManifestEntry Data(int64_t sequence_number, int32_t day = 1, int32_t spec = 0) {
  return EntryOf(FileContent::kData, "file:///t/data", sequence_number, day, spec);
}

std::vector<std::string> DeletesOf(const DeleteIndex& index, const ManifestEntry& data) {
  std::vector<std::string> paths;
  for (const DataFile& file : index.For(data))
    paths.push_back(file.file_path);
  return paths;
}

TEST(DeleteIndex, PositionDeletesReachDataAsOldOrOlderInTheirPartition) {
  DeleteIndex index;
  index.Add(EntryOf(FileContent::kPositionDeletes, "p", 5), false);
  EXPECT_THAT(DeletesOf(index, Data(4)), ElementsAre("p"));
  EXPECT_THAT(DeletesOf(index, Data(5)), ElementsAre("p"));
  EXPECT_THAT(DeletesOf(index, Data(6)), IsEmpty());
  EXPECT_THAT(DeletesOf(index, Data(4, 2)), IsEmpty());
  EXPECT_THAT(DeletesOf(index, Data(4, 1, 1)), IsEmpty());  // The same tuple of another spec.
}

TEST(DeleteIndex, EqualityDeletesReachOnlyOlderData) {
  DeleteIndex index;
  index.Add(EntryOf(FileContent::kEqualityDeletes, "e", 5), false);
  EXPECT_THAT(DeletesOf(index, Data(4)), ElementsAre("e"));
  EXPECT_THAT(DeletesOf(index, Data(5)), IsEmpty());
  EXPECT_THAT(DeletesOf(index, Data(4, 2)), IsEmpty());
}

TEST(DeleteIndex, OnlyUnpartitionedEqualityDeletesReachEverywhere) {
  DeleteIndex index;
  index.Add(EntryOf(FileContent::kEqualityDeletes, "e", 5, 1, 9), true);
  index.Add(EntryOf(FileContent::kPositionDeletes, "p", 5, 1, 9), true);
  EXPECT_THAT(DeletesOf(index, Data(4, 2)), ElementsAre("e"));
}

TEST(DeleteIndex, DeletesOfOneFileReachNoOther) {
  DeleteIndex index;
  ManifestEntry by_reference = EntryOf(FileContent::kPositionDeletes, "r", 5);
  by_reference.file.referenced_data_file = "file:/t/data";  // Another spelling.
  index.Add(by_reference, false);
  ManifestEntry by_bounds = EntryOf(FileContent::kPositionDeletes, "b", 6);
  by_bounds.file.lower_bounds[FieldId(2147483546)] = "file:///t/other";
  by_bounds.file.upper_bounds[FieldId(2147483546)] = "file:///t/other";
  index.Add(by_bounds, false);
  EXPECT_THAT(DeletesOf(index, Data(4)), ElementsAre("r"));
}

TEST(DeleteIndex, ADeletionVectorReplacesPositionDeletesOnly) {
  DeleteIndex index;
  index.Add(EntryOf(FileContent::kPositionDeletes, "p", 5), false);
  index.Add(EntryOf(FileContent::kEqualityDeletes, "e", 6), false);
  ManifestEntry vector = EntryOf(FileContent::kPositionDeletes, "v", 7);
  vector.file.file_format = FileFormat::kPuffin;
  vector.file.referenced_data_file = "file:///t/data";
  index.Add(vector, false);
  EXPECT_THAT(DeletesOf(index, Data(4)), ElementsAre("e", "v"));
}

TEST(PartitionKey, TellsNullFromTextAndTuplesApart) {
  const auto key = [](PartitionData data) { return PartitionKey(SpecId(0), data); };
  EXPECT_NE(key({std::nullopt}), key({Literal::String("null")}));
  EXPECT_NE(key({Literal::String("a|1:b"), Literal::String("")}),
            key({Literal::String("a"), Literal::String("b")}));
  EXPECT_EQ(key({Literal::Date(3)}), key({Literal::Date(3)}));
}

TEST(PartitionPath, NamesFoldersAsOtherEnginesDo) {
  const PartitionSpec spec{SpecId(0),
                           {{FieldId(1), FieldId(1000), "platform", Transform::Identity()},
                            {FieldId(2), FieldId(1001), "ts_month", Transform::Month()}}};
  EXPECT_EQ(PartitionPath(spec, {Literal::String("a b/c=é"), Literal::Int(670)}),
            "platform=a+b%2Fc%3D%C3%A9/ts_month=2025-11");
  EXPECT_EQ(PartitionPath(spec, {std::nullopt, std::nullopt}), "platform=null/ts_month=null");
}

TEST(BuildPartitionSpec, RefusesTwoTimesOfOneColumn) {
  const Schema schema =
      *Schema::Make(SchemaId(0), {NestedField::Required(1, "ts", Type::Timestamp())});
  EXPECT_THAT(BuildPartitionSpec(SpecId(0), schema,
                                 {{"ts", Transform::Day(), ""}, {"ts", Transform::Month(), ""}}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(BuildPartitionSpec(SpecId(0), schema, {{"ts", Transform::Truncate(3), ""}}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(BuildPartitionSpec(SpecId(0), schema, {{"ts", Transform::Day(), "ts"}}),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::table
