// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/delete_writer.h"

#include "firn/datafile/deletion_vector.h"
#include "firn/datafile/position_deletes.h"
#include "firn/datafile/puffin.h"
#include "firn/datafile/testing.h"
#include "firn/io/faulty_file_io.h"
#include "firn/io/location.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using table::DataFile;
using table::NestedField;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

table::Schema IdSchema() {
  return table::Schema::Make(table::SchemaId(0),
                             {NestedField::Required(1, "id", table::Type::Long())})
      .value();
}

std::shared_ptr<arrow::RecordBatch> Ids(int64_t first, int64_t count) {
  arrow::Int64Builder ids;
  for (int64_t i = 0; i < count; ++i)
    EXPECT_TRUE(ids.Append(first + i).ok());
  return arrow::RecordBatch::Make(ToArrow(IdSchema()).value(), count, {ids.Finish().ValueOrDie()});
}

PositionBitmap Bits(const std::vector<int64_t>& positions) {
  return PositionBitmap::Of(positions);
}

TEST(DeleteWriter, PutsTheVectorsOfManyFilesIntoOnePuffinFile) {
  TestTable table(IdSchema(), 3);
  const DataFile a = table.Write(Ids(0, 5));
  const DataFile b = table.Write(Ids(5, 5));
  auto writer = DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()).value();
  ASSERT_THAT(writer->Delete(b, Bits({4})), IsOk());
  ASSERT_THAT(writer->Delete(a, Bits({0, 2})), IsOk());
  ASSERT_THAT(writer->Delete(a, Bits({2, 3})), IsOk());
  const auto written = writer->Close();
  ASSERT_THAT(written, IsOk());
  ASSERT_THAT(written->added, SizeIs(2));
  EXPECT_THAT(written->replaced, IsEmpty());
  const auto puffin = PuffinReader::Open(table.files(), written->added[0].file_path).value();
  ASSERT_THAT(puffin.footer().blobs, SizeIs(2));
  for (size_t i = 0; i < 2; ++i) {
    const DataFile& vector = written->added[i];
    const PuffinBlob& blob = puffin.footer().blobs[i];
    EXPECT_EQ(vector.content, table::FileContent::kPositionDeletes);
    EXPECT_EQ(vector.file_format, table::FileFormat::kPuffin);
    EXPECT_EQ(vector.file_size_bytes, puffin.file_bytes());
    EXPECT_EQ(vector.content_offset, blob.offset);
    EXPECT_EQ(vector.content_size_bytes, blob.length);
    EXPECT_EQ(blob.type, "deletion-vector-v1");
    EXPECT_EQ(blob.compression, "");
    EXPECT_EQ(blob.snapshot_id, table::SnapshotId(-1));
    EXPECT_EQ(blob.sequence_number, table::SequenceNumber(-1));
    EXPECT_EQ(*FindProperty(blob.properties, "referenced-data-file"), *vector.referenced_data_file);
    EXPECT_EQ(*FindProperty(blob.properties, "cardinality"), std::to_string(vector.record_count));
    const DataFile& data = vector.referenced_data_file == a.file_path ? a : b;
    const bool of_a = data.file_path == a.file_path;
    EXPECT_EQ(Numbers(*table.Read(data, {vector}), "id"),
              of_a ? std::vector<int64_t>({1, 4}) : std::vector<int64_t>({5, 6, 7, 8}));
  }
}

TEST(DeleteWriter, AbsorbsEarlierVectorsAndPositionDeletes) {
  TestTable table(IdSchema());
  const DataFile a = table.Write(Ids(0, 10));
  const DataFile b = table.Write(Ids(10, 10));
  const DataFile own = table.Delete(a, {1}).added.at(0);
  table.metadata().properties["write.delete.granularity"] = "partition";
  auto wide_writer = DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()).value();
  ASSERT_THAT(wide_writer->Delete(a, Bits({2})), IsOk());
  ASSERT_THAT(wide_writer->Delete(b, Bits({7})), IsOk());
  const DataFile wide = wide_writer->Close().value().added.at(0);
  table.metadata().format_version = 3;
  const WrittenDeletes first = table.Delete(a, {3}, {own, wide});
  EXPECT_THAT(first.replaced, ElementsAre(own));  // The other speaks of b as well.
  EXPECT_THAT(ReadDeletionVector(table.files(), first.added.at(0)), HasValue(Bits({1, 2, 3})));
  const WrittenDeletes second = table.Delete(a, {4}, first.added);
  EXPECT_THAT(second.replaced, ElementsAre(first.added.at(0)));
  EXPECT_THAT(ReadDeletionVector(table.files(), second.added.at(0)), HasValue(Bits({1, 2, 3, 4})));
}

TEST(DeleteWriter, SortsPositionDeletesAndGivesExactBounds) {
  TestTable table(IdSchema());
  const DataFile a = table.Write(Ids(0, 200));
  const DataFile b = table.Write(Ids(200, 200));
  for (const auto* granularity : {"file", "partition"}) {
    table.metadata().properties["write.delete.granularity"] = granularity;
    auto writer = DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()).value();
    ASSERT_THAT(writer->Delete(b, Bits({100, 5})), IsOk());
    ASSERT_THAT(writer->Delete(a, Bits({199, 0, 7})), IsOk());
    const auto written = writer->Close();
    ASSERT_THAT(written, IsOk());
    const bool each = std::string(granularity) == "file";
    ASSERT_THAT(written->added, SizeIs(each ? 2 : 1));
    for (const DataFile& deletes : written->added) {
      EXPECT_EQ(deletes.content, table::FileContent::kPositionDeletes);
      EXPECT_EQ(deletes.referenced_data_file.has_value(), each);
      const auto& lower = deletes.lower_bounds.at(table::kDeletedFilePathColumn);
      const auto& upper = deletes.upper_bounds.at(table::kDeletedFilePathColumn);
      EXPECT_EQ(lower == upper, each);
      EXPECT_EQ(lower, each ? *deletes.referenced_data_file : std::min(a.file_path, b.file_path));
      auto reader = ReadFile(table.files(), deletes, PositionDeleteSchema()).value();
      const auto rows = AllRows(*reader);
      const auto& paths = static_cast<const arrow::StringArray&>(*rows->column(0));
      const auto& positions = static_cast<const arrow::Int64Array&>(*rows->column(1));
      for (int64_t i = 1; i < rows->num_rows(); ++i) {
        EXPECT_LT(std::pair(paths.GetView(i - 1), positions.Value(i - 1)),
                  std::pair(paths.GetView(i), positions.Value(i)));
      }
    }
  }
}

TEST(DeleteWriter, RefusesTablesAndRowsThatCannotBe) {
  TestTable table(IdSchema());
  const DataFile a = table.Write(Ids(0, 10));
  auto writer = DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()).value();
  EXPECT_THAT(writer->Delete(a, Bits({9})), IsOk());
  EXPECT_THAT(writer->Delete(a, Bits({10})), IsError(ErrorKind::kInvalidArgument));
  table.metadata().properties["write.delete.granularity"] = "row";
  EXPECT_THAT(DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()),
              IsError(ErrorKind::kInvalidArgument));
  table.metadata().format_version = 1;
  EXPECT_THAT(DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()),
              IsError(ErrorKind::kUnsupported));
}

TEST(DeleteWriter, WritesNothingForNothing) {
  TestTable table(IdSchema(), 3);
  const DataFile a = table.Write(Ids(0, 10));
  auto writer = DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()).value();
  ASSERT_THAT(writer->Delete(a, {}), IsOk());
  const auto written = writer->Close();
  ASSERT_THAT(written, IsOk());
  EXPECT_THAT(written->added, IsEmpty());
  EXPECT_THAT(table.files().List("file:///lake"), HasValue(SizeIs(1)));
}

TEST(ReadPositionDeletes, RefusesNegativePositionsAndOtherFormats) {
  TestTable table(IdSchema());
  DataFile orc;
  orc.file_format = table::FileFormat::kOrc;
  EXPECT_THAT(ReadPositionDeletes(table.files(), orc), IsError(ErrorKind::kUnsupported));
  arrow::StringBuilder paths;
  arrow::Int64Builder rows;
  ASSERT_TRUE(paths.Append("file:///a").ok());
  ASSERT_TRUE(rows.Append(-1).ok());
  const auto layout = ToArrow(PositionDeleteSchema()).value();
  const auto batch = arrow::RecordBatch::Make(
      layout, 1, {paths.Finish().ValueOrDie(), rows.Finish().ValueOrDie()});
  auto deletes = table.WriteEqualityDeletes(batch, PositionDeleteSchema(), {});
  EXPECT_THAT(ReadPositionDeletes(table.files(), deletes), IsError(ErrorKind::kCorrupt));
}

TEST(ReadPositionDeletes, GroupsByDataFileHoweverItIsSpelled) {
  TestTable table(IdSchema());
  arrow::StringBuilder paths;
  arrow::Int64Builder rows;
  for (const auto* path : {"file:/a", "file:///b", "/a"}) {
    ASSERT_TRUE(paths.Append(path).ok());
    ASSERT_TRUE(rows.Append(paths.length()).ok());
  }
  const auto layout = ToArrow(PositionDeleteSchema()).value();
  const auto batch = arrow::RecordBatch::Make(
      layout, 3, {paths.Finish().ValueOrDie(), rows.Finish().ValueOrDie()});
  const auto deletes = table.WriteEqualityDeletes(batch, PositionDeleteSchema(), {});
  const auto positions = ReadPositionDeletes(table.files(), deletes);
  ASSERT_THAT(positions, IsOk());
  EXPECT_EQ(positions->at("file:///a"), Bits({1, 3}));
  EXPECT_EQ(positions->at("file:///b"), Bits({2}));
}

}  // namespace
}  // namespace firn::datafile
