// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/compact_table.h"

#include <algorithm>
#include <numeric>

#include <arrow/api.h>

#include "firn/datafile/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/row_delta.h"

namespace firn::maintain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::shared_ptr<arrow::RecordBatch> Ids(const std::vector<int64_t>& ids) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(ids).ok());
  const auto schema = arrow::schema({arrow::field("id", arrow::int64(), false)});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(ids.size()),
                                  {builder.Finish().ValueOrDie()});
}

// A table whose files hold rows.
class Lake : public World {
 public:
  explicit Lake(int format_version = 2)
      : World({{"format-version", std::to_string(format_version)}}) {}

  void AppendIds(const std::vector<int64_t>& ids) {
    const auto table = Load();
    auto writer = datafile::TableWriter::Open(*table.metadata, "t", files, env, {}).value();
    EXPECT_THAT(writer->Write(Ids(ids)), IsOk());
    EXPECT_THAT(Commit(table::FastAppend(writer->Close().value())), IsOk());
  }

  // Commits of one row each.
  void AppendRows(int64_t first, int64_t count) {
    for (int64_t id = first; id < first + count; ++id) {
      AppendIds({id});
    }
  }

  std::vector<table::FileScanTask> Tasks() {
    return table::PlanScan(*Load().metadata, {}, files).value().tasks;
  }

  // Deletes the rows at `positions` of a file.
  Status Delete(const table::FileScanTask& task, const std::vector<int64_t>& positions) {
    const auto table = Load();
    FIRN_ASSIGN(const auto writer, datafile::DeleteWriter::Open(*table.metadata, "t", files, env));
    FIRN_TRY(writer->Delete(task.file, datafile::PositionBitmap::Of(positions), task.deletes));
    FIRN_ASSIGN(auto written, writer->Close());
    table::RowDeltaChange change;
    change.validation.from = table.metadata->current_snapshot()->id;
    change.added_deletes = std::move(written.added);
    return Commit(table::RowDelta(std::move(change)));
  }

  // The values of a column of all rows, in the order of the first one.
  std::vector<int64_t> Read(const std::string& column = "id") {
    datafile::ScanReadOptions options;
    if (column != "id") options.metadata_columns = {column};
    const auto metadata = Load().metadata;
    auto plan = table::PlanScan(*metadata, {}, files).value();
    auto reader = datafile::ScanReader::Open(files, *metadata, std::move(plan), options).value();
    const auto rows = datafile::AllRows(*reader);
    const auto ids = datafile::Numbers(*rows, "id");
    const auto values = datafile::Numbers(*rows, column);
    std::map<int64_t, int64_t> sorted;
    for (size_t row = 0; row < ids.size(); ++row) {
      sorted[ids[row]] = values[row];
    }
    std::vector<int64_t> out;
    for (const auto& [id, value] : sorted) {
      out.push_back(value);
    }
    return out;
  }

  Result<CompactionOutcome> Compact(bool dry_run = false) {
    return CompactTable(Context(), name, {}, dry_run);
  }
};

TEST(CompactTable, MakesOneFileOfManyAndLeavesItAlone) {
  Lake lake;
  lake.AppendRows(0, 6);
  const auto done = lake.Compact();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->groups, 1);
  EXPECT_EQ(done->files_rewritten, 6);
  EXPECT_EQ(done->files_added, 1);
  EXPECT_THAT(lake.Tasks(), SizeIs(1));
  EXPECT_THAT(lake.Read(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(lake.Load().metadata->current_snapshot()->operation(), "replace");
  const auto before = lake.Load().metadata_location;
  const auto again = lake.Compact();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->groups, 0);
  EXPECT_EQ(lake.Load().metadata_location, before);
}

TEST(CompactTable, LeavesDeletedRowsOutAndTheirDeletesWithThem) {
  for (const int version : {2, 3}) {
    Lake lake(version);
    lake.AppendIds({1, 2, 3, 4});
    ASSERT_THAT(lake.Delete(lake.Tasks().front(), {1, 3}), IsOk());
    const auto done = lake.Compact();
    ASSERT_THAT(done, IsOk());
    EXPECT_EQ(done->files_rewritten, 1);
    EXPECT_THAT(lake.Read(), ElementsAre(1, 3));
    ASSERT_THAT(lake.Tasks(), SizeIs(1));
    EXPECT_THAT(lake.Tasks().front().deletes, IsEmpty());
    EXPECT_EQ(lake.Load().metadata->current_snapshot()->summary.at("total-delete-files"), "0");
  }
}

TEST(CompactTable, LeavesNoFileWhereAllRowsAreDeleted) {
  Lake lake(3);
  lake.AppendIds({1, 2});
  ASSERT_THAT(lake.Delete(lake.Tasks().front(), {0, 1}), IsOk());
  const auto done = lake.Compact();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->files_added, 0);
  EXPECT_THAT(lake.Tasks(), IsEmpty());
}

TEST(CompactTable, KeepsTheLineageOfRows) {
  Lake lake(3);
  lake.AppendRows(0, 4);
  lake.AppendIds({4, 5, 6});
  ASSERT_THAT(lake.Delete(lake.Tasks().front(), {1}), IsOk());  // The newest come first.
  const auto ids = lake.Read("_row_id");
  const auto ages = lake.Read("_last_updated_sequence_number");
  ASSERT_EQ(std::count(ids.begin(), ids.end(), -1), 0);
  ASSERT_THAT(lake.Compact(), IsOk());
  ASSERT_THAT(lake.Tasks(), SizeIs(1));
  EXPECT_EQ(lake.Read("_row_id"), ids);
  EXPECT_EQ(lake.Read("_last_updated_sequence_number"), ages);
}

TEST(CompactTable, WritesUnderThePartitionSpecOfToday) {
  Lake lake;
  lake.AppendRows(0, 5);
  table::SpecChange change;
  change.add = {{"id", table::Transform::Truncate(3), ""}};
  ASSERT_THAT(lake.Commit(table::UpdateSpec(change)), IsOk());
  ASSERT_THAT(lake.Compact(), IsOk());
  const auto tasks = lake.Tasks();
  ASSERT_THAT(tasks, SizeIs(2));  // 0 to 2, and 3 to 4.
  for (const table::FileScanTask& task : tasks) {
    EXPECT_EQ(task.file.spec_id, lake.Load().metadata->default_spec_id);
  }
  EXPECT_THAT(lake.Read(), ElementsAre(0, 1, 2, 3, 4));
}

TEST(CompactTable, ChangesNothingInADryRun) {
  Lake lake;
  lake.AppendRows(0, 6);
  const auto before = lake.OnDisk();
  const auto planned = lake.Compact(true);
  ASSERT_THAT(planned, IsOk());
  EXPECT_EQ(planned->files_rewritten, 6);
  EXPECT_EQ(lake.OnDisk(), before);
}

// The first file that the compaction makes is when others act.
void WhenItWrites(Lake& lake, std::function<void()> act) {
  lake.files.before = [&lake, act = std::move(act)](std::string_view what, std::string_view) {
    if (what != "create") return;
    const auto once = std::exchange(lake.files.before, nullptr);
    act();
  };
}

TEST(CompactTable, RefusesWhereRowsWereDeletedMeanwhileAndLeavesNothing) {
  for (const int version : {2, 3}) {
    Lake lake(version);
    lake.AppendRows(0, 6);
    std::set<std::string> before;
    WhenItWrites(lake, [&] {
      ASSERT_THAT(lake.Delete(lake.Tasks().front(), {0}), IsOk());
      before = lake.OnDisk();
    });
    EXPECT_THAT(lake.Compact(), IsError(ErrorKind::kConflict));
    EXPECT_THAT(lake.Read(), SizeIs(5));
    EXPECT_EQ(lake.OnDisk(), before);
    ASSERT_THAT(lake.Compact(), IsOk());
    EXPECT_THAT(lake.Tasks(), SizeIs(1));
    EXPECT_THAT(lake.Read(), SizeIs(5));
  }
}

TEST(CompactTable, LandsBesideAppends) {
  Lake lake(3);
  lake.AppendRows(0, 6);
  WhenItWrites(lake, [&] { lake.AppendIds({6, 7}); });
  ASSERT_THAT(lake.Compact(), IsOk());
  EXPECT_THAT(lake.Tasks(), SizeIs(2));
  EXPECT_THAT(lake.Read(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

}  // namespace
}  // namespace firn::maintain
