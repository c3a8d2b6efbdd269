// SPDX-License-Identifier: Apache-2.0
//
// Statistics files of columns and of partitions.

#include <algorithm>
#include <random>

#include "firn/datafile/column_statistics.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/partition_statistics.h"
#include "firn/datafile/puffin.h"
#include "firn/datafile/random_rows.h"
#include "firn/datafile/testing.h"
#include "firn/table/append.h"
#include "firn/table/operation.h"
#include "firn/table/overwrite.h"

namespace firn::datafile {
namespace {

using table::NestedField;
using table::SnapshotId;
using table::Type;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A table with snapshots, partitioned by `p`.
class History {
 public:
  explicit History(int format_version = 2) : table_(Schema(), format_version) {
    auto& metadata = table_.metadata();
    auto spec = table::BuildPartitionSpec(table::SpecId(0), Schema(),
                                          {{"p", table::Transform::Identity(), ""}});
    metadata.partition_specs = {*spec};
    metadata.last_partition_id = spec->highest_field_id();
  }

  static table::Schema Schema() {
    return table::Schema::Make(table::SchemaId(0),
                               {NestedField::Required(1, "x", Type::Long()),
                                NestedField::Optional(2, "p", Type::String()),
                                NestedField::Optional(3, "d", Type::Decimal(9, 2))})
        .value();
  }

  TestTable& table() { return table_; }
  table::TableMetadata& metadata() { return table_.metadata(); }
  SnapshotId current() { return *table_.metadata().current_snapshot_id; }

  // A file of `rows` rows in partition `p`, null where it is "".
  table::DataFile File(const std::string& p, int64_t rows) {
    arrow::Int64Builder xs;
    arrow::StringBuilder ps;
    arrow::Decimal128Builder ds(arrow::decimal128(9, 2));
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_TRUE(xs.Append(next_x_++).ok());
      EXPECT_TRUE((p.empty() ? ps.AppendNull() : ps.Append(p)).ok());
      EXPECT_TRUE(ds.Append(arrow::Decimal128((i % 5 - 2) * 100)).ok());
    }
    return table_.Write(arrow::RecordBatch::Make(
        ToArrow(Schema()).value(), rows,
        {xs.Finish().ValueOrDie(), ps.Finish().ValueOrDie(), ds.Finish().ValueOrDie()}));
  }

  void Commit(const std::unique_ptr<table::Operation>& operation) {
    table_.env().Sleep(Millis{1000});
    auto plan = operation->Plan(metadata(), {table_.files(), table_.env()});
    ASSERT_THAT(plan, IsOk());
    auto next = table::ApplyUpdates(metadata(), plan->updates, table_.env().NowMs());
    ASSERT_THAT(next, IsOk());
    metadata() = *std::move(next);
  }

  void Append(std::vector<table::DataFile> files) { Commit(table::FastAppend(std::move(files))); }

  // Without what depends on the way they were computed.
  static std::vector<PartitionStatistics> Counts(std::vector<PartitionStatistics> rows) {
    for (PartitionStatistics& row : rows) {
      row.last_updated_at.reset();
      row.last_updated_snapshot_id.reset();
    }
    return rows;
  }

  std::vector<PartitionStatistics> Compute() {
    return ComputePartitionStatistics(table_.files(), metadata(), current()).value();
  }

 private:
  TestTable table_;
  int64_t next_x_ = 0;
};

std::string PathOf(const table::StatisticsFile& file) {
  return file.json.GetString("statistics-path").value();
}

TEST(ColumnStatistics, CountTheDistinctValuesOfEachPrimitiveColumn) {
  History history;
  history.Append({history.File("a", 6000), history.File("", 10)});
  const auto written = WriteColumnStatistics(history.table().files(), history.metadata(),
                                             history.current(), {}, history.table().env());
  ASSERT_THAT(written, IsOk());
  const auto puffin = PuffinReader::Open(history.table().files(), PathOf(*written));
  ASSERT_THAT(puffin, IsOk());
  EXPECT_EQ(written->json.GetInt64("file-size-in-bytes").value(), puffin->file_bytes());
  EXPECT_EQ(written->json.GetInt64("file-footer-size-in-bytes").value(), puffin->footer_bytes());
  std::vector<std::string> ndvs;
  for (const PuffinBlob& blob : puffin->footer().blobs) {
    EXPECT_EQ(blob.type, "apache-datasketches-theta-v1");
    EXPECT_EQ(blob.snapshot_id, history.current());
    const auto sketch = CompactTheta::Parse(puffin->Read(blob, 1 << 20).value());
    ASSERT_THAT(sketch, IsOk());
    ndvs.push_back(*FindProperty(blob.properties, "ndv"));
    EXPECT_EQ(std::to_string(static_cast<int64_t>(sketch->Estimate())), ndvs.back());
  }
  EXPECT_NEAR(std::stod(ndvs.at(0)), 6010, 6010 * 0.05);
  EXPECT_EQ(ndvs.at(1), "1");
  EXPECT_EQ(ndvs.at(2), "5");
  auto next = table::ApplyUpdates(history.metadata(),
                                  std::vector<table::TableUpdate>{table::SetStatistics{*written}},
                                  history.table().env().NowMs());
  ASSERT_THAT(next, IsOk());
  EXPECT_THAT(next->statistics, ElementsAre(*written));
}

TEST(ColumnStatistics, CountColumnsByName) {
  History history;
  history.Append({history.File("a", 10)});
  const auto try_columns = [&](std::vector<std::string> columns) {
    return WriteColumnStatistics(history.table().files(), history.metadata(), history.current(),
                                 std::move(columns), history.table().env());
  };
  EXPECT_THAT(try_columns({"p"}), IsOk());
  EXPECT_THAT(try_columns({"q"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(WriteColumnStatistics(history.table().files(), history.metadata(), SnapshotId(1), {},
                                    history.table().env()),
              IsError(ErrorKind::kNotFound));
}

TEST(ColumnStatistics, FeedTheBytesOfTheSpecForEveryType) {
  std::mt19937_64 random(3);
  const table::Schema schema = SchemaOfAllTypes();
  const auto rows = RandomRows(schema, 300, random);
  for (const NestedField& field : schema.fields()) {
    if (field.type.is_nested()) continue;
    SCOPED_TRACE(field.name);
    const auto column = ColumnOf(*rows, field.id).value();
    AlphaSketch fast, plain;
    ASSERT_THAT(AddToSketch(*column->Slice(7, 200), field.type, fast), IsOk());
    for (int64_t row = 7; row < 207; ++row) {
      const auto value = LiteralAt(*column, row, field.type).value();
      if (value) plain.Update(value->ToBytes());
    }
    EXPECT_EQ(fast.Compact(), plain.Compact());
  }
}

TEST(PartitionStatistics, AddUpFilesByPartition) {
  History history;
  history.Append({history.File("b", 3), history.File("a", 2), history.File("b", 4)});
  history.Append({history.File("", 1)});
  const auto rows = history.Compute();
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].partition.at(0), std::nullopt);  // Nulls first.
  EXPECT_EQ(rows[1].partition.at(0), table::Literal::String("a"));
  EXPECT_EQ(rows[2].data_record_count, 7);
  EXPECT_EQ(rows[2].data_file_count, 2);
  EXPECT_EQ(rows[2].total_record_count, 7);
  EXPECT_EQ(rows[0].last_updated_snapshot_id, history.current());
  EXPECT_EQ(rows[2].last_updated_snapshot_id, history.metadata().snapshots[0].id);
}

TEST(PartitionStatistics, AreReadBackAsTheyWereWritten) {
  for (const int version : {2, 3}) {
    History history(version);
    history.Append({history.File("b", 3), history.File("a", 2), history.File("", 4)});
    auto& files = history.table().files();
    const auto written = WritePartitionStatistics(files, history.metadata(), history.current(),
                                                  history.table().env());
    ASSERT_THAT(written, IsOk());
    EXPECT_THAT(ReadPartitionStatistics(files, history.metadata(), PathOf(*written)),
                HasValue(history.Compute()));
    const auto schema = ReadSchema(files, PathOf(*written)).value();
    EXPECT_EQ(schema->num_fields(), version == 3 ? 13 : 12);
    EXPECT_EQ(FieldIdOf(*schema->field(0)), table::FieldId(1));
    EXPECT_EQ(schema->field(5)->nullable(), version == 2);
    history.metadata().partition_statistics = {*written};
    EXPECT_THAT(WritePartitionStatistics(files, history.metadata(), history.current(),
                                         history.table().env()),
                HasValue(*written));
  }
}

TEST(PartitionStatistics, AreUpdatedToWhatComputingAnewGives) {
  std::mt19937_64 random(11);
  History history;
  std::vector<table::DataFile> live = {history.File("a", 1)};
  history.Append(live);
  auto rows = history.Compute();
  SnapshotId from = history.current();
  for (int round = 0; round < 25; ++round) {
    const std::string partition(1, static_cast<char>('a' + random() % 5));
    if (random() % 3 == 0 && !live.empty()) {
      const size_t victim = random() % live.size();
      table::Overwrite overwrite;
      overwrite.deleted_paths = {live[victim].file_path};
      live[victim] = history.File(partition, 1 + static_cast<int64_t>(random() % 9));
      overwrite.added = {live[victim]};
      history.Commit(table::OverwriteFiles(overwrite));
    } else {
      live.push_back(history.File(partition, 1 + static_cast<int64_t>(random() % 9)));
      history.Append({live.back()});
    }
    if (random() % 3 != 0) continue;
    rows = UpdatePartitionStatistics(history.table().files(), history.metadata(), rows, from,
                                     history.current())
               .value();
    from = history.current();
    EXPECT_EQ(History::Counts(rows), History::Counts(history.Compute())) << round;
  }
}

TEST(PartitionStatistics, AreComputedAnewWhereTheEarlierFileIsBroken) {
  History history;
  auto& files = history.table().files();
  history.Append({history.File("a", 1)});
  const auto first =
      WritePartitionStatistics(files, history.metadata(), history.current(), history.table().env());
  ASSERT_THAT(first, IsOk());
  history.metadata().partition_statistics = {*first};
  files.Replace(PathOf(*first), "nonsense");
  history.Append({history.File("b", 2)});
  const auto second =
      WritePartitionStatistics(files, history.metadata(), history.current(), history.table().env());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(ReadPartitionStatistics(files, history.metadata(), PathOf(*second)),
              HasValue(history.Compute()));
}

TEST(PartitionStatistics, SpanAllSpecsOfATable) {
  History history;
  history.Append({history.File("a", 2)});
  auto& metadata = history.metadata();
  auto wider = table::BuildPartitionSpec(
      table::SpecId(1), History::Schema(),
      {{"p", table::Transform::Identity(), ""}, {"x", table::Transform::Bucket(4), ""}},
      metadata.partition_specs, metadata.last_partition_id);
  ASSERT_THAT(wider, IsOk());
  metadata.partition_specs.push_back(*wider);
  const auto fields = UnifiedPartitionFields(metadata);
  ASSERT_THAT(fields, SizeIs(2));
  EXPECT_LT(fields[0].id, fields[1].id);
  const auto rows = history.Compute();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(rows[0].partition, SizeIs(2));
  EXPECT_EQ(rows[0].partition[1], std::nullopt);
}

TEST(PartitionStatistics, AreRefusedForTablesWithoutPartitions) {
  TestTable plain(History::Schema());
  EXPECT_THAT(WritePartitionStatistics(plain.files(), plain.metadata(), SnapshotId(1), plain.env()),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::datafile
