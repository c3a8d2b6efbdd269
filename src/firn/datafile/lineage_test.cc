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
