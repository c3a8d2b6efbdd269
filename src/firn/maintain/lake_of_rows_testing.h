// SPDX-License-Identifier: Apache-2.0
//
// A small lake in memory whose data files can be read; include only from tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/datafile/delete_writer.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/append.h"
#include "firn/table/row_delta.h"

namespace firn::maintain {

inline std::shared_ptr<arrow::RecordBatch> Ids(const std::vector<int64_t>& ids) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(ids).ok());
  const auto schema = arrow::schema({arrow::field("id", arrow::int64(), false)});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(ids.size()),
                                  {builder.Finish().ValueOrDie()});
}

/// A table whose files hold rows, of one column `id`.
class LakeOfRows : public World {
 public:
  explicit LakeOfRows(int format_version = 2)
      : World({{"format-version", std::to_string(format_version)}}) {}

  void AppendIds(const std::vector<int64_t>& ids) {
    const auto table = Load();
    auto writer = datafile::TableWriter::Open(*table.metadata, "t", files, env, {}).value();
    EXPECT_THAT(writer->Write(Ids(ids)), IsOk());
    EXPECT_THAT(Commit(table::FastAppend(writer->Close().value())), IsOk());
  }

  /// Commits of one row each.
  void AppendRows(int64_t first, int64_t count) {
    for (int64_t id = first; id < first + count; ++id) {
      AppendIds({id});
    }
  }

  std::vector<table::FileScanTask> Tasks() {
    return table::PlanScan(*Load().metadata, {}, files).value().tasks;
  }

  /// Deletes the rows at `positions` of a file.
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

  /// The values of a column of all rows, in the order of the first one.
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
};

}  // namespace firn::maintain
