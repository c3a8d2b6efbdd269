// SPDX-License-Identifier: Apache-2.0
//
// Metadata columns: where a row lies, and its lineage (spec, "Row Lineage").

#include <optional>
#include <set>

#include "firn/datafile/testing.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using table::DataFile;
using table::NestedField;
using ::testing::ElementsAre;

constexpr const char* kLastUpdated = "_last_updated_sequence_number";

table::Schema IdSchema() {
  return table::Schema::Make(table::SchemaId(0),
                             {NestedField::Required(1, "id", table::Type::Long())})
      .value();
}

std::shared_ptr<arrow::Array> Longs(const std::vector<std::optional<int64_t>>& values) {
  arrow::Int64Builder builder;
  for (const auto& value : values)
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::RecordBatch> Ids(const std::vector<std::optional<int64_t>>& ids) {
  return arrow::RecordBatch::Make(ToArrow(IdSchema()).value(), static_cast<int64_t>(ids.size()),
                                  {Longs(ids)});
}

ScanReadOptions WithLineage() {
  ScanReadOptions options;
  options.metadata_columns = {"_row_id", kLastUpdated};
  return options;
}

TEST(MetadataColumns, TellWhereARowLies) {
  TestTable table(IdSchema());
  const DataFile file = table.Write(Ids({10, 11, 12, 13}));
  const DataFile deletes = table.Delete(file, {1}).added.at(0);
  ScanReadOptions options;
  options.metadata_columns = {"_file", "_pos", "_spec_id"};
  options.batch_rows = 2;
  const auto rows = table.Read(file, {deletes}, options);
  EXPECT_THAT(Numbers(*rows, "_pos"), ElementsAre(0, 2, 3));
  EXPECT_THAT(Numbers(*rows, "_spec_id"), ElementsAre(0, 0, 0));
  EXPECT_EQ(rows->GetColumnByName("_file")->GetScalar(2).ValueOrDie()->ToString(), file.file_path);
}

TEST(MetadataColumns, FlagDeletedRowsInsteadOfLeavingThemOut) {
  TestTable table(IdSchema());
  const DataFile file = table.Write(Ids({10, 11, 12, 13}));
  const DataFile deletes = table.Delete(file, {1, 3}).added.at(0);
  ScanReadOptions options;
  options.metadata_columns = {"_pos", "_deleted"};
  options.batch_rows = 3;
  const auto rows = table.Read(file, {deletes}, options);
  EXPECT_THAT(Numbers(*rows, "id"), ElementsAre(10, 11, 12, 13));
  EXPECT_THAT(Numbers(*rows, "_pos"), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(rows->GetColumnByName("_deleted")->ToString(),
            "[\n  false,\n  true,\n  false,\n  true\n]");
  const auto all = table.Read(file, {}, options);
  EXPECT_EQ(all->GetColumnByName("_deleted")->ToString(),
            "[\n  false,\n  false,\n  false,\n  false\n]");
}

// Fields of all specs are there, whichever a file was written under.
TEST(MetadataColumns, TellThePartitionOfEachFile) {
  TestTable table(IdSchema());
  const auto bucket = table::BuildPartitionSpec(table::SpecId(1), table.schema(),
                                                {{"id", table::Transform::Bucket(4), "b"}})
                          .value();
  auto both = table::BuildPartitionSpec(table::SpecId(2), table.schema(),
                                        {{"id", table::Transform::Bucket(4), "b"},
                                         {"id", table::Transform::Truncate(100), "t"}})
                  .value();
  table.metadata().partition_specs.push_back(bucket);
  table.metadata().partition_specs.push_back(both);
  ScanReadOptions options;
  options.metadata_columns = {"_partition", "_spec_id"};
  DataFile file = table.Write(Ids({150, 151}));
  const auto partition = [&](table::SpecId spec, table::PartitionData tuple) {
    file.spec_id = spec;
    file.partition = std::move(tuple);
    const auto rows = table.Read(file, {}, options);
    EXPECT_EQ(rows->schema()->field(2)->name(), "_partition");
    return rows->column(2)->GetScalar(1).ValueOrDie()->ToString();
  };
  EXPECT_EQ(partition(table::SpecId(2), {table::Literal::Int(3), table::Literal::Long(100)}),
            "{b:int32 = 3, t:int64 = 100}");
  EXPECT_EQ(partition(table::SpecId(1), {table::Literal::Int(2)}), "{b:int32 = 2, t:int64 = null}");
  EXPECT_EQ(partition(table::SpecId(0), {}), "{b:int32 = null, t:int64 = null}");
}

TEST(MetadataColumns, HaveNoPartitionWhereThereNeverWasOne) {
  TestTable table(IdSchema());
  ScanReadOptions options;
  options.metadata_columns = {"_partition"};
  EXPECT_THAT(ScanReader::Open(table.files(), table.metadata(), table.PlanOf({}), options),
              IsError(ErrorKind::kNotFound));
}

TEST(MetadataColumns, AreRefusedWhereTheyAreUnknown) {
  TestTable table(IdSchema());
  ScanReadOptions options;
  options.metadata_columns = {"_nothing"};
  EXPECT_THAT(ScanReader::Open(table.files(), table.metadata(), table.PlanOf({}), options),
              IsError(ErrorKind::kNotFound));
}

TEST(RowLineage, IsInheritedFromTheFile) {
  TestTable table(IdSchema(), 3);
  DataFile file = table.Write(Ids({10, 11, 12, 13}));
  file.first_row_id = 1000;
  const DataFile deletes = table.Delete(file, {1}).added.at(0);
  const auto rows = table.Read(file, {deletes}, WithLineage());
  EXPECT_THAT(Numbers(*rows, "_row_id"), ElementsAre(1000, 1002, 1003));
  EXPECT_THAT(Numbers(*rows, kLastUpdated), ElementsAre(7, 7, 7));
}

TEST(RowLineage, IsNullWithoutAFirstRowId) {
  TestTable table(IdSchema(), 3);
  WriterOptions options;
  options.row_lineage = true;
  const auto stored = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("_row_id", arrow::int64())}),
      1, {Longs({10}), Longs({5})});
  const DataFile file = table.Write(stored, options);
  const auto rows = table.Read(file, {}, WithLineage());
  EXPECT_THAT(Numbers(*rows, "_row_id"), ElementsAre(-1));
  EXPECT_THAT(Numbers(*rows, kLastUpdated), ElementsAre(-1));
}

TEST(RowLineage, SurvivesARewriteRowByRow) {
  TestTable table(IdSchema(), 3);
  DataFile file = table.Write(Ids({10, 11, 12}));
  file.first_row_id = 1000;
  const DataFile deletes = table.Delete(file, {0}).added.at(0);
  const auto kept = table.Read(file, {deletes}, WithLineage());
  WriterOptions options;
  options.row_lineage = true;
  DataFile rewritten = table.Write(kept, options);
  rewritten.first_row_id = 5000;
  const auto rows = table.Read(rewritten, {}, WithLineage());
  EXPECT_THAT(Numbers(*rows, "_row_id"), ElementsAre(1001, 1002));
  EXPECT_THAT(Numbers(*rows, kLastUpdated), ElementsAre(7, 7));
  EXPECT_THAT(Numbers(*table.Read(rewritten, {}), "id"), ElementsAre(11, 12));
}

TEST(RowLineage, IsInheritedByTheRowsThatStoreNone) {
  TestTable table(IdSchema(), 3);
  WriterOptions options;
  options.row_lineage = true;
  const auto stored = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("_row_id", arrow::int64()),
                     arrow::field(kLastUpdated, arrow::int64())}),
      4,
      {Longs({1, 2, 3, 4}), Longs({7, std::nullopt, 9, std::nullopt}),
       Longs({3, std::nullopt, std::nullopt, 2})});
  DataFile file = table.Write(stored, options);
  file.first_row_id = 100;
  ScanReadOptions read = WithLineage();
  read.batch_rows = 3;
  const auto rows = table.Read(file, {}, read);
  EXPECT_THAT(Numbers(*rows, "_row_id"), ElementsAre(7, 101, 9, 103));
  EXPECT_THAT(Numbers(*rows, kLastUpdated), ElementsAre(3, 7, 7, 2));
}

}  // namespace
}  // namespace firn::datafile
