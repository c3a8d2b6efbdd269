// SPDX-License-Identifier: Apache-2.0
//
// Deletes and metadata columns in SQL.

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/delete_writer.h"
#include "firn/datafile/position_deletes.h"
#include "firn/datafile/scan_reader.h"
#include "firn/sql/testing.h"
#include "firn/table/metadata_columns.h"

namespace firn::sql {
namespace {

using table::DataFile;
using table::FieldId;
using table::NestedField;
using table::Type;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A table of two columns, `x` counting up and `k`, whose files and deletes are put together by
// hand.
class DeletesLake {
 public:
  explicit DeletesLake(int format_version = 3) {
    EXPECT_THAT(lake_.Create("a.b", {{NestedField::Required(1, "x", Type::Long()),
                                      NestedField::Optional(2, "k", Type::Int())},
                                     {}}),
                IsOk());
    auto metadata = *lake_.catalog().LoadTable(TestLake::Name("a.b"))->metadata;
    metadata.format_version = format_version;
    metadata_ = std::make_shared<const table::TableMetadata>(std::move(metadata));
  }

  TestLake& lake() { return lake_; }
  const table::TableMetadata& metadata() const { return *metadata_; }

  DataFile Write(const std::string& select) {
    auto written = lake_.Write("a.b", select);
    EXPECT_THAT(written, IsOk());
    return written->at(0);
  }

  // Rewrites what `select` gives, lineage included.
  DataFile WriteWithLineage(const std::string& select) {
    datafile::WriterOptions options;
    options.row_lineage = true;
    auto writer =
        datafile::TableWriter::Open(*metadata_, "b", lake_.files(), lake_.env(), options).value();
    auto stream = lake_.engine().Query(select).value();
    while (const auto batch = stream->Next().value())
      EXPECT_THAT(writer->Write(batch), IsOk());
    return writer->Close().value().at(0);
  }

  DataFile DeletePositions(const DataFile& file, const std::vector<int64_t>& positions) {
    auto writer = datafile::DeleteWriter::Open(*metadata_, "b", lake_.files(), lake_.env()).value();
    EXPECT_THAT(writer->Delete(file, datafile::PositionBitmap::Of(positions)), IsOk());
    return writer->Close().value().added.at(0);
  }

  // Deletes the rows whose k is one of those `select` gives.
  DataFile DeleteKeys(const std::string& select) {
    const auto schema =
        table::Schema::Make(table::SchemaId(0), {NestedField::Optional(2, "k", Type::Int())})
            .value();
    const datafile::FileSettings settings{schema, datafile::ToArrow(schema).value(), {}, {}};
    datafile::DataFileWriter writer(settings, lake_.files(),
                                    "file:///eq" + std::to_string(equality_files_++));
    auto stream = lake_.engine().Query(select).value();
    while (const auto batch = stream->Next().value()) {
      EXPECT_THAT(writer.Add(arrow::RecordBatch::Make(settings.layout, batch->num_rows(),
                                                      batch->columns())),
                  IsOk());
    }
    auto file = writer.Finish().value();
    EXPECT_THAT(writer.TakeFile()->Close(), IsOk());
    file.content = table::FileContent::kEqualityDeletes;
    file.equality_ids = {FieldId(2)};
    return file;
  }

  // Makes the tasks the relation `rest`.
  void Register(std::vector<table::FileScanTask> tasks) {
    EXPECT_THAT(lake_.engine().RegisterFiles("rest", metadata_, std::move(tasks)), IsOk());
  }

 private:
  TestLake lake_;
  std::shared_ptr<const table::TableMetadata> metadata_;
  int equality_files_ = 0;
};

table::FileScanTask TaskOf(const DataFile& file, std::vector<DataFile> deletes = {},
                           std::optional<int64_t> first_row_id = std::nullopt) {
  table::FileScanTask task;
  task.file = file;
  task.file.first_row_id = first_row_id;
  task.sequence_number = table::SequenceNumber(7);
  task.deletes = std::move(deletes);
  return task;
}

TEST(Deletes, AreAppliedInEveryForm) {
  for (const int version : {2, 3}) {
    DeletesLake table(version);
    const DataFile file = table.Write("SELECT i AS x, (i % 7)::INT AS k FROM range(10000) t(i)");
    std::vector<int64_t> sevens;
    for (int64_t i = 0; i < 10000; i += 7)
      sevens.push_back(i);
    const DataFile by_position = table.DeletePositions(file, sevens);
    const DataFile by_key = table.DeleteKeys("SELECT 0::INT AS k");
    for (const DataFile& deletes : {by_position, by_key}) {
      table.Register({TaskOf(file, {deletes})});
      EXPECT_THAT(table.lake().Rows("SELECT count(*), min(x), count(*) FILTER (k = 0) FROM rest"),
                  HasValue(ElementsAre("8571|1|0")));
      EXPECT_THAT(table.lake().Rows("SELECT x FROM rest WHERE x BETWEEN 6 AND 8 ORDER BY x"),
                  HasValue(ElementsAre("6", "8")));
      EXPECT_THAT(table.lake().Rows("SELECT x FROM rest WHERE k = 0"), HasValue(IsEmpty()));
      EXPECT_THAT(table.lake().Rows("SELECT count(*) FROM rest"), HasValue(ElementsAre("8571")));
    }
  }
}

// Rows are deleted in the table itself, again and again: what DeleteWriter wrote and RowDelta
// committed is what SQL reads.
TEST(Deletes, AreReadAsTheyWereCommitted) {
  for (const int version : {2, 3}) {
    TestLake lake;
    ASSERT_THAT(lake.Create("a.b", {{NestedField::Required(1, "x", Type::Long()),
                                     NestedField::Optional(2, "k", Type::Int())},
                                    {},
                                    version}),
                IsOk());
    ASSERT_THAT(lake.Append("a.b", "SELECT i AS x, (i % 7)::INT AS k FROM range(3000) t(i)"),
                IsOk());
    ASSERT_THAT(lake.Append("a.b", "SELECT i AS x, 9::INT AS k FROM range(3000, 3010) t(i)"),
                IsOk());
    ASSERT_THAT(lake.Delete("a.b", "k = 0 OR x = 3001"), IsOk());
    ASSERT_THAT(lake.Delete("a.b", "k = 1", "SELECT -x AS x, k FROM a.b WHERE k = 1 AND x < 10"),
                IsOk());
    EXPECT_THAT(lake.Rows("SELECT k, count(*), min(x) FROM a.b GROUP BY k ORDER BY k"),
                HasValue(ElementsAre("1|2|-8", "2|429|2", "3|429|3", "4|428|4", "5|428|5",
                                     "6|428|6", "9|9|3000")));
    EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b WHERE x IN (3000, 3001, 0)"),
                HasValue(ElementsAre("1")));
    // A data file has one deletion vector, however often rows of it were deleted.
    EXPECT_THAT(lake.Rows("SELECT count(*), sum(record_count)::BIGINT FROM a.b$delete_files"),
                HasValue(ElementsAre("2|859")));
    ASSERT_THAT(lake.Rewrite("a.b"), IsOk());
    EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b"), HasValue(ElementsAre("2153")));
    EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b$delete_files"), HasValue(ElementsAre("0")));
  }
}

// Position delete files may keep the rows that they delete.
TEST(Deletes, AreListedWithTheRowsTheyKeep) {
  TestLake lake;
  const std::vector<NestedField> columns = {NestedField::Required(1, "x", Type::Long())};
  ASSERT_THAT(lake.Create("a.b", {columns, {}}), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT i AS x FROM range(9) t(i)"), IsOk());
  std::vector<NestedField> stored = datafile::PositionDeleteSchema().fields();
  stored.push_back(
      NestedField::Optional(table::kDeletedRowColumn.value, "row", Type::Struct(columns)));
  const auto schema = table::Schema::Make(table::SchemaId(0), stored).value();
  const datafile::FileSettings settings{schema, datafile::ToArrow(schema).value(), {}, {}};
  datafile::DataFileWriter writer(settings, lake.files(), "file:///with_rows");
  const auto stream = lake.engine().Query(
      "SELECT _file AS file_path, _pos AS pos, {'x': x} AS row FROM a.b WHERE x IN (2, 5)");
  const auto batch = (*stream)->Next().value();
  ASSERT_THAT(writer.Add(arrow::RecordBatch::Make(settings.layout, 2, batch->columns())), IsOk());
  table::RowDeltaChange change;
  change.added_deletes = {writer.Finish().value()};
  ASSERT_THAT(writer.TakeFile()->Close(), IsOk());
  change.added_deletes[0].content = table::FileContent::kPositionDeletes;
  change.validation.from = lake.Snapshot("a.b").value();
  ASSERT_THAT(lake.Commit("a.b", table::RowDelta(std::move(change))), IsOk());
  EXPECT_THAT(lake.Rows("SELECT pos, row.x, delete_file_path FROM a.b$position_deletes"),
              HasValue(ElementsAre("2|2|file:///with_rows", "5|5|file:///with_rows")));
  EXPECT_THAT(lake.Rows("SELECT count(*), sum(x)::BIGINT FROM a.b"), HasValue(ElementsAre("7|29")));
}

TEST(Deletes, TakeOutNullKeys) {
  DeletesLake table;
  const DataFile file = table.Write("SELECT i AS x, nullif(i, 2)::INT AS k FROM range(4) t(i)");
  table.Register({TaskOf(file, {table.DeleteKeys("SELECT NULL::INT AS k")})});
  EXPECT_THAT(table.lake().Rows("SELECT x FROM rest ORDER BY x"),
              HasValue(ElementsAre("0", "1", "3")));
}

TEST(Deletes, LeaveTheSameRowsInSqlAsInScans) {
  const char* const rounds = std::getenv("FIRN_DELETE_ROUNDS");
  for (int seed = 1; seed <= (rounds ? std::atoi(rounds) : 8); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    const auto pick = [&](uint64_t below) { return static_cast<int64_t>(random() % below); };
    DeletesLake table(seed % 2 == 0 ? 2 : 3);
    std::vector<table::FileScanTask> tasks;
    for (int i = 0; i < 3; ++i) {
      const std::string keys = std::to_string(1 + pick(400));
      const DataFile file =
          table.Write("SELECT i AS x, nullif(i * 17 % " + keys + ", 1)::INT AS k FROM range(" +
                      std::to_string(1 + pick(9000)) + ") t(i)");
      std::vector<int64_t> positions;
      for (int64_t n = pick(3000); n >= 0; --n)
        positions.push_back(pick(static_cast<uint64_t>(file.record_count)));
      std::vector<DataFile> deletes = {table.DeletePositions(file, positions)};
      for (int n = 0; n < pick(3); ++n) {
        deletes.push_back(table.DeleteKeys("SELECT nullif(i * " + std::to_string(1 + pick(9)) +
                                           ", 0)::INT AS k FROM range(20) t(i)"));
      }
      tasks.push_back(TaskOf(file, deletes));
    }
    table.Register(tasks);
    table::ScanPlan plan;
    plan.schema = plan.projection = table.metadata().schema();
    plan.tasks = tasks;
    auto reader = datafile::ScanReader::Open(table.lake().files(), table.metadata(), plan).value();
    int64_t rows = 0, sum = 0, below = 0;
    while (const auto batch = reader->Next().value()) {
      const auto& xs = static_cast<const arrow::Int64Array&>(*batch->column(0));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        sum += xs.Value(row);
        below += xs.Value(row) < 1000 ? 1 : 0;
      }
      rows += batch->num_rows();
    }
    EXPECT_THAT(table.lake().Rows("SELECT count(*), coalesce(sum(x), 0)::BIGINT FROM rest"),
                HasValue(ElementsAre(std::to_string(rows) + "|" + std::to_string(sum))));
    EXPECT_THAT(table.lake().Rows("SELECT count(*) FROM rest WHERE x < 1000"),
                HasValue(ElementsAre(std::to_string(below))));
  }
}

TEST(MetadataColumns, AreSelectedByNameAndNotByAStar) {
  for (const int version : {2, 3}) {
    DeletesLake table(version);
    const DataFile file = table.Write("SELECT i AS x, 1 AS k FROM range(3) t(i)");
    table.Register({TaskOf(file, {table.DeletePositions(file, {1})})});
    EXPECT_THAT(table.lake().Rows("SELECT * FROM rest ORDER BY x"),
                HasValue(ElementsAre("0|1", "2|1")));
    EXPECT_THAT(table.lake().Rows("SELECT _pos, _spec_id, x FROM rest ORDER BY _pos"),
                HasValue(ElementsAre("0|0|0", "2|0|2")));
    EXPECT_THAT(table.lake().Rows("SELECT DISTINCT _file FROM rest"),
                HasValue(ElementsAre(file.file_path)));
    EXPECT_THAT(table.lake().Rows("SELECT x FROM rest WHERE _pos >= 1"),
                HasValue(ElementsAre("2")));
    EXPECT_THAT(table.lake().Rows("SELECT k FROM rest WHERE _pos >= 1 AND x > 0"),
                HasValue(ElementsAre("1")));
    EXPECT_THAT(table.lake().Rows("SELECT _pos FROM rest WHERE x > 0"), HasValue(ElementsAre("2")));
    EXPECT_THAT(table.lake().Rows("SELECT count(*) FROM rest WHERE _file = 'x' OR _spec_id = 1"),
                HasValue(ElementsAre("0")));
  }
}

// A filter in the scan rules out row groups; one above it does not.
TEST(Filters, AreTestedInTheScanUnlessAVirtualColumnIsFiltered) {
  for (const int version : {2, 3}) {
    DeletesLake table(version);
    const DataFile file = table.Write("SELECT i AS x, 1 AS k FROM range(3000) t(i)");
    table.Register({TaskOf(file, {}, 100)});
    const auto filters_above = [&](const std::string& query) {
      const auto plan = table.lake().Rows("EXPLAIN " + query);
      return plan.value().at(0).find("FILTER") != std::string::npos;
    };
    for (const char* query : {"SELECT k FROM rest WHERE x = 7", "SELECT _pos FROM rest WHERE x = 7",
                              "SELECT _row_id, k FROM rest WHERE x > 7 AND k = 1"}) {
      EXPECT_FALSE(filters_above(query)) << query;
    }
    for (const char* query :
         {"SELECT k FROM rest WHERE _pos = 7", "SELECT x FROM rest WHERE _row_id = 107 AND x = 7",
          "SELECT x FROM rest WHERE x = 7 OR _last_updated_sequence_number = 1"}) {
      EXPECT_TRUE(filters_above(query)) << query;
    }
    EXPECT_THAT(table.lake().Rows("SELECT x, _row_id FROM rest WHERE x > 2997 ORDER BY x"),
                HasValue(ElementsAre("2998|3098", "2999|3099")));
    EXPECT_THAT(table.lake().Rows("SELECT k, _row_id FROM rest WHERE x = 5 AND _row_id = 105"),
                HasValue(ElementsAre("1|105")));
    EXPECT_THAT(table.lake().Rows("SELECT a.k FROM rest a JOIN rest b ON a._row_id = b._row_id "
                                  "WHERE b.x = 5 AND a.x < 9"),
                HasValue(ElementsAre("1")));
  }
}

TEST(RowLineage, IsInheritedInSql) {
  DeletesLake table;
  const DataFile file = table.Write("SELECT i AS x, 1 AS k FROM range(5000) t(i)");
  const DataFile old = table.Write("SELECT 9000 AS x, 1 AS k");
  table.Register({TaskOf(file, {table.DeletePositions(file, {1})}, 100), TaskOf(old)});
  EXPECT_THAT(table.lake().Rows("SELECT x, _row_id, _last_updated_sequence_number FROM rest "
                                "WHERE x < 3 OR x > 4998 ORDER BY x"),
              HasValue(ElementsAre("0|100|7", "2|102|7", "4999|5099|7", "9000|NULL|NULL")));
  EXPECT_THAT(table.lake().Rows("SELECT x FROM rest WHERE _row_id = 5099"),
              HasValue(ElementsAre("4999")));
  EXPECT_THAT(table.lake().Rows("SELECT x FROM rest WHERE _row_id IS NULL"),
              HasValue(ElementsAre("9000")));
  EXPECT_THAT(table.lake().Rows("SELECT count(*) FROM rest WHERE _row_id = 101"),
              HasValue(ElementsAre("0")));
}

TEST(RowLineage, PrefersWhatRowsStoreInSql) {
  DeletesLake table;
  const DataFile file = table.WriteWithLineage(
      "SELECT i AS x, 1::INT AS k, CASE WHEN i % 2 = 0 THEN i + 70 END AS _row_id, "
      "CASE WHEN i % 3 = 0 THEN 3::BIGINT END AS _last_updated_sequence_number "
      "FROM range(4) t(i)");
  table.Register({TaskOf(file, {}, 1000)});
  EXPECT_THAT(table.lake().Rows("SELECT x, _row_id, _last_updated_sequence_number FROM rest "
                                "ORDER BY x"),
              HasValue(ElementsAre("0|70|3", "1|1001|7", "2|72|7", "3|1003|3")));
  for (const auto& [condition, rows] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"_row_id = 1001", {"1"}},
           {"_row_id > 72", {"1", "3"}},
           {"_row_id IS NULL", {}},
           {"_last_updated_sequence_number = 7", {"1", "2"}},
           {"_row_id < 1000 AND _last_updated_sequence_number < 7 AND k = 1", {"0"}},
           {"_row_id IN (SELECT * FROM (VALUES (70), (1003)))", {"0", "3"}}}) {
    EXPECT_THAT(table.lake().Rows("SELECT x FROM rest WHERE " + condition + " ORDER BY x"),
                HasValue(rows))
        << condition;
    EXPECT_THAT(table.lake().Rows("SELECT count(*) FROM rest WHERE " + condition),
                HasValue(ElementsAre(std::to_string(rows.size()))))
        << condition;
  }
  EXPECT_THAT(table.lake().Rows("SELECT x, _row_id FROM rest ORDER BY _row_id DESC LIMIT 1"),
              HasValue(ElementsAre("3|1003")));
  EXPECT_THAT(table.lake().Rows("SELECT a.x FROM rest a JOIN rest b ON a._row_id = b._row_id "
                                "WHERE b.x = 1"),
              HasValue(ElementsAre("1")));
  table.Register({TaskOf(file)});
  EXPECT_THAT(table.lake().Rows("SELECT count(*) FROM rest WHERE _row_id IS NULL"),
              HasValue(ElementsAre("4")));
}

}  // namespace
}  // namespace firn::sql
