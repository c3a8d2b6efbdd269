// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/merge.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/base/testing.h"
#include "firn/datafile/delete_writer.h"
#include "firn/datafile/scan_reader.h"
#include "firn/io/memory_file_io.h"
#include "firn/pipeline/batches.h"
#include "firn/pipeline/column_type.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/nested_field.h"
#include "firn/table/operation.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/row_delta.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// A row of the table under test.
struct Row {
  std::string day, key;
  int64_t revision = 0;
  int64_t value = 0;
  friend auto operator<=>(const Row&, const Row&) = default;
};

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::vector<Row>& rows) {
  arrow::StringBuilder days, keys;
  arrow::Int64Builder revisions, values;
  for (const Row& row : rows) {
    EXPECT_TRUE(days.Append(row.day).ok() && keys.Append(row.key).ok() &&
                revisions.Append(row.revision).ok() && values.Append(row.value).ok());
  }
  const auto schema = arrow::schema(
      {arrow::field("day", arrow::utf8()), arrow::field("key", arrow::utf8()),
       arrow::field("revision", arrow::int64()), arrow::field("value", arrow::int64())});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()),
                                  {days.Finish().ValueOrDie(), keys.Finish().ValueOrDie(),
                                   revisions.Finish().ValueOrDie(), values.Finish().ValueOrDie()});
}

// A table in memory, with commits as a run makes them.
class MergeWriterTest : public ::testing::Test {
 protected:
  MergeWriterTest() { Create(2); }

  void Create(int format_version) {
    table::NewTable table;
    table.properties["format-version"] = std::to_string(format_version);
    table.schema = BuildSchema({{"day", "string", true, "", 1},
                                {"key", "string", true, "", 2},
                                {"revision", "long", false, "", 3},
                                {"value", "long", false, "", 4}})
                       .value();
    table.spec = BuildPartitions(table.schema, {"day"}).value();
    table.location = "memory:///t";
    metadata_ = std::make_shared<table::TableMetadata>(NewTableMetadata(table, env_).value());
  }

  std::unique_ptr<MergeWriter> Open(bool refuse_duplicates = false) {
    MergeTarget target{"t", metadata_, {{"key"}, {"revision desc"}, refuse_duplicates}, {"day"}};
    target.rule.buffer_bytes = buffer_bytes_;
    auto writer = MergeWriter::Open(std::move(target), files_, env_);
    EXPECT_THAT(writer, IsOk());
    return std::move(writer).value();
  }

  void Commit(const MergeResult& result) {
    if (result.empty()) return;
    table::Overwrite overwrite;
    overwrite.added = result.new_rows;
    overwrite.added.insert(overwrite.added.end(), result.carried.begin(), result.carried.end());
    overwrite.deleted_paths = result.removed_paths;
    const auto operation = overwrite.deleted_paths.empty() ? table::FastAppend(overwrite.added)
                                                           : table::OverwriteFiles(overwrite);
    CommitOperation(*operation);
  }

  void CommitOperation(const table::Operation& operation) {
    const auto plan = operation.Plan(*metadata_, {files_, env_});
    ASSERT_THAT(plan, IsOk());
    auto after = table::ApplyUpdates(*metadata_, plan->updates, env_.NowMs());
    ASSERT_THAT(after, IsOk());
    metadata_ = std::make_shared<table::TableMetadata>(*after);
  }

  MergeResult Merge(const std::vector<std::vector<Row>>& batches) {
    auto writer = Open();
    for (const auto& rows : batches)
      EXPECT_THAT(writer->Write(BatchOf(rows)), IsOk());
    auto result = writer->Finish();
    EXPECT_THAT(result, IsOk());
    Commit(*result);
    return *result;
  }

  // A row, and where it lies.
  struct StoredRow {
    Row row;
    size_t task = 0;
    int64_t position = 0;
    int64_t row_id = -1;
  };

  std::vector<table::FileScanTask> Tasks() {
    auto plan = table::PlanScan(*metadata_, {}, files_);
    EXPECT_THAT(plan, IsOk());
    return plan->tasks;
  }

  // All rows, less those that are deleted.
  std::vector<StoredRow> LiveRows() {
    std::vector<StoredRow> rows;
    const auto tasks = Tasks();
    for (size_t task = 0; task < tasks.size(); ++task) {
      table::ScanPlan plan;
      plan.schema = plan.projection = metadata_->schema();
      plan.tasks = {tasks[task]};
      datafile::ScanReadOptions options;
      options.metadata_columns = {"_pos", "_row_id"};
      auto reader = datafile::ScanReader::Open(files_, *metadata_, plan, options).value();
      while (const auto batch = reader->Next().value()) {
        for (int64_t i = 0; i < batch->num_rows(); ++i) {
          const auto at = [&](const char* name) {
            return KeyValueAt(*batch->GetColumnByName(name), i);
          };
          const Row row{std::string(at("day").text), std::string(at("key").text),
                        at("revision").number, at("value").number};
          const KeyValue id = at("_row_id");
          rows.push_back({row, task, at("_pos").number, id.is_null ? -1 : id.number});
        }
      }
    }
    return rows;
  }

  std::vector<Row> Stored() {
    std::vector<Row> rows;
    for (const StoredRow& stored : LiveRows())
      rows.push_back(stored.row);
    std::ranges::sort(rows);
    return rows;
  }

  // Deletes stored rows by position or deletion vector, their files as they are.
  void Delete(const std::function<bool(const Row&)>& gone) {
    const auto tasks = Tasks();
    auto writer = datafile::DeleteWriter::Open(*metadata_, "t", files_, env_).value();
    for (const StoredRow& stored : LiveRows()) {
      if (!gone(stored.row)) continue;
      const table::FileScanTask& task = tasks[stored.task];
      EXPECT_THAT(
          writer->Delete(task.file, datafile::PositionBitmap::Of(std::vector{stored.position}),
                         task.deletes),
          IsOk());
    }
    table::RowDeltaChange change;
    auto written = writer->Close().value();
    change.added_deletes = std::move(written.added);
    change.removed_deletes = std::move(written.replaced);
    change.validation.from = metadata_->current_snapshot_id;
    if (!change.added_deletes.empty()) CommitOperation(*table::RowDelta(change));
  }

  int64_t DeleteFiles() {
    return std::stoll(metadata_->current_snapshot()->summary.at("total-delete-files"));
  }

  std::vector<std::string> DataFilesOnDisk() {
    std::vector<std::string> paths;
    const auto found = files_.List("memory:///t/data");
    EXPECT_THAT(found, IsOk());
    for (const auto& file : *found)
      paths.push_back(file.location);
    return paths;
  }

  int64_t buffer_bytes_ = int64_t{16} << 20;
  FixedEnv env_;
  io::MemoryFileIO files_;
  std::shared_ptr<table::TableMetadata> metadata_;
};

TEST_F(MergeWriterTest, PutsRowsIntoAnEmptyTable) {
  const auto result = Merge({{{"d1", "a", 1, 10}, {"d2", "b", 1, 20}}});
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "a", 1, 10}, Row{"d2", "b", 1, 20}));
  EXPECT_EQ(result.rows_written, 2);
  EXPECT_THAT(result.removed_paths, IsEmpty());
}

TEST_F(MergeWriterTest, ReplacesARowAndCarriesItsNeighbours) {
  Merge({{{"d1", "a", 1, 10}, {"d1", "b", 1, 20}, {"d1", "c", 1, 30}}});
  const auto result = Merge({{{"d1", "b", 2, 21}}});
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "a", 1, 10}, Row{"d1", "b", 2, 21},
                                               Row{"d1", "c", 1, 30}));
  EXPECT_EQ(result.rows_removed, 1);
  EXPECT_EQ(result.rows_carried, 2);
}

TEST_F(MergeWriterTest, ReplacesARowThatMovedToAnotherPartition) {
  Merge({{{"d1", "a", 1, 10}}});
  Merge({{{"d2", "a", 2, 11}}});
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d2", "a", 2, 11}));
}

TEST_F(MergeWriterTest, KeepsAStoredRowThatComesFirst) {
  Merge({{{"d1", "a", 5, 10}}});
  const auto result = Merge({{{"d1", "a", 4, 11}, {"d1", "b", 1, 1}}});
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "a", 5, 10}, Row{"d1", "b", 1, 1}));
  EXPECT_EQ(result.rows_written, 1);
}

TEST_F(MergeWriterTest, LetsTheLastOfEqualsStay) {
  Merge({{{"d1", "a", 1, 10}, {"d1", "a", 1, 11}}, {{"d1", "a", 1, 12}}});
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "a", 1, 12}));
}

TEST_F(MergeWriterTest, RefusesASecondRowOfAKeyWhereAsked) {
  auto writer = Open(true);
  EXPECT_THAT(writer->Write(BatchOf({{"d1", "a", 1, 1}, {"d1", "a", 2, 2}})),
              IsError(ErrorKind::kInvalidArgument));
  writer->Abort();
}

TEST_F(MergeWriterTest, LooksOnlyIntoFilesWhoseBoundsAllowTheKey) {
  Merge({{{"d1", "a", 1, 1}}});
  Merge({{{"d1", "m", 1, 1}}});
  Merge({{{"d1", "z", 1, 1}}});
  const auto result = Merge({{{"d1", "m", 2, 2}}});
  EXPECT_EQ(result.files_looked_into, 1);
  EXPECT_THAT(result.removed_paths, SizeIs(1));
}

TEST_F(MergeWriterTest, RemovesTheGroupsNamed) {
  Merge({{{"d1", "a", 1, 1}, {"d1", "b", 1, 1}, {"d2", "c", 1, 1}}});
  auto writer = Open();
  const auto groups = OneTextBatch("day", "d1");
  ASSERT_THAT(writer->RemoveGroups(**groups), IsOk());
  ASSERT_THAT(writer->Write(BatchOf({{"d1", "e", 1, 5}})), IsOk());
  const auto result = writer->Finish();
  ASSERT_THAT(result, IsOk());
  Commit(*result);
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "e", 1, 5}, Row{"d2", "c", 1, 1}));
}

TEST_F(MergeWriterTest, ReadsThroughDeleteFilesAndDropsThem) {
  for (const int version : {2, 3}) {
    Create(version);
    Merge({{{"d1", "a", 1, 10}, {"d1", "b", 9, 20}, {"d1", "c", 1, 30}, {"d2", "x", 1, 1}}});
    Delete([](const Row& row) { return row.key == "b"; });
    EXPECT_EQ(DeleteFiles(), 1);
    // A deleted row beats nobody, and is not carried over.
    const auto result = Merge({{{"d1", "a", 2, 11}, {"d1", "b", 1, 21}}});
    EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "a", 2, 11}, Row{"d1", "b", 1, 21},
                                                 Row{"d1", "c", 1, 30}, Row{"d2", "x", 1, 1}));
    EXPECT_EQ(result.rows_removed, 1);
    EXPECT_EQ(result.rows_carried, 1);
    EXPECT_EQ(DeleteFiles(), 0);
  }
}

TEST_F(MergeWriterTest, LeavesFilesWithoutAMatchToTheirDeletes) {
  Merge({{{"d1", "a", 1, 10}, {"d1", "c", 1, 20}}});
  Delete([](const Row& row) { return row.key == "a"; });
  const auto result = Merge({{{"d1", "b", 1, 30}}});
  EXPECT_EQ(result.files_looked_into, 1);
  EXPECT_THAT(result.removed_paths, IsEmpty());
  EXPECT_EQ(DeleteFiles(), 1);
  EXPECT_THAT(Stored(), ::testing::ElementsAre(Row{"d1", "b", 1, 30}, Row{"d1", "c", 1, 20}));
}

TEST_F(MergeWriterTest, CountsTheRowsThatAreReallyThereWhenAllGo) {
  Merge({{{"d1", "a", 1, 10}, {"d1", "b", 1, 20}, {"d1", "c", 1, 30}}});
  Delete([](const Row& row) { return row.key != "c"; });
  auto writer = Open();
  writer->RemoveAll();
  const auto result = writer->Finish();
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->rows_removed, 1);
}

TEST_F(MergeWriterTest, KeepsTheRowIdsOfRowsCarriedOver) {
  Create(3);
  Merge({{{"d1", "a", 1, 10}, {"d1", "b", 1, 20}}});
  const auto id_of = [&](const std::string& key) {
    for (const StoredRow& stored : LiveRows()) {
      if (stored.row.key == key) return stored.row_id;
    }
    return int64_t{-1};
  };
  const int64_t before = id_of("b");
  Merge({{{"d1", "a", 2, 11}}});
  EXPECT_GE(before, 0);
  EXPECT_EQ(id_of("b"), before);
  EXPECT_NE(id_of("a"), before);
}

TEST_F(MergeWriterTest, LeavesNoFileAfterAbort) {
  Merge({{{"d1", "a", 1, 1}, {"d1", "b", 1, 1}}});
  const auto before = DataFilesOnDisk();
  auto writer = Open();
  ASSERT_THAT(writer->Write(BatchOf({{"d1", "a", 2, 2}})), IsOk());
  ASSERT_THAT(writer->Finish(), IsOk());
  EXPECT_NE(DataFilesOnDisk(), before);
  writer->Abort();
  EXPECT_EQ(DataFilesOnDisk(), before);
}

// Random upserts, in random batches and commits, against a map; without a buffer every batch goes
// to files at once and rows that are beaten later must leave them again.
// Now and then rows are deleted where they lie.
class MergeWriterPropertyTest : public MergeWriterTest,
                                public ::testing::WithParamInterface<std::tuple<int64_t, int>> {};

INSTANTIATE_TEST_SUITE_P(BuffersAndVersions, MergeWriterPropertyTest,
                         ::testing::Combine(::testing::Values(int64_t{1}, int64_t{16} << 20),
                                            ::testing::Values(2, 3)));

TEST_P(MergeWriterPropertyTest, GivesWhatAMapGives) {
  buffer_bytes_ = std::get<0>(GetParam());
  Create(std::get<1>(GetParam()));
  std::map<std::string, Row> model;
  const auto pick = [&](uint64_t below) { return env_.Random64() % below; };
  for (int commit = 0; commit < 12; ++commit) {
    std::vector<std::vector<Row>> batches(1 + pick(4));
    for (auto& batch : batches) {
      for (auto left = 1 + pick(12); left > 0; --left) {
        batch.push_back({"d" + std::to_string(pick(3)), "k" + std::to_string(pick(40)),
                         static_cast<int64_t>(pick(6)), static_cast<int64_t>(pick(1000))});
        const Row& row = batch.back();
        const auto stored = model.find(row.key);
        if (stored == model.end() || row.revision >= stored->second.revision) {
          model[row.key] = row;
        }
      }
    }
    Merge(batches);
    if (pick(2) == 0) {
      Delete([&](const Row& row) { return pick(4) == 0 && model.erase(row.key) == 1; });
    }
    std::vector<Row> expected;
    for (const auto& [key, row] : model)
      expected.push_back(row);
    std::ranges::sort(expected);
    ASSERT_EQ(Stored(), expected) << "commit " << commit;
  }
}

}  // namespace
}  // namespace firn::pipeline
