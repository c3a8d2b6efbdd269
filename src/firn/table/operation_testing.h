// SPDX-License-Identifier: Apache-2.0
//
// A table in memory and the files of tests; include only from tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/metadata_json.h"
#include "firn/table/operation.h"
#include "firn/table/partition_spec.h"
#include "firn/table/scan.h"

namespace firn::table {

/// A table of (id long, day date) in memory, partitioned by day, and the catalog of one table.
class TableInMemory : public ::testing::Test {
 protected:
  TableInMemory() { metadata_ = *NewTableMetadata(NewTableOf({}), env_); }

  static NewTable NewTableOf(std::map<std::string, std::string> properties) {
    NewTable table;
    table.schema = *Schema::Make(SchemaId(0), {NestedField::Required(1, "id", Type::Long()),
                                               NestedField::Optional(2, "day", Type::Date())});
    table.spec = *BuildPartitionSpec(SpecId(0), table.schema, {{"day", Transform::Identity(), ""}});
    table.location = "file:///t";
    table.properties = std::move(properties);
    return table;
  }

  void StartWithVersion(int format_version) {
    metadata_ =
        *NewTableMetadata(NewTableOf({{"format-version", std::to_string(format_version)}}), env_);
  }

  static std::string PathOf(const std::string& name) { return "file:///t/data/" + name; }

  static DataFile File(const std::string& name, int32_t day, int64_t rows = 10) {
    DataFile file;
    file.file_path = PathOf(name);
    file.partition = {Literal::Date(day)};
    file.record_count = rows;
    file.file_size_bytes = rows * 100;
    return file;
  }

  /// A deletion vector of rows of `data`, alone in its file.
  static DataFile Vector(const std::string& name, const DataFile& data, int64_t rows = 1) {
    DataFile file = File(name, 0, rows);
    file.content = FileContent::kPositionDeletes;
    file.file_format = FileFormat::kPuffin;
    file.spec_id = data.spec_id;
    file.partition = data.partition;
    file.referenced_data_file = data.file_path;
    file.content_offset = 4;
    file.content_size_bytes = 40;
    return file;
  }

  /// Position deletes of one data file.
  static DataFile Positions(const std::string& name, const DataFile& data, int64_t rows = 1) {
    DataFile file = Vector(name, data, rows);
    file.file_format = FileFormat::kParquet;
    file.content_offset.reset();
    file.content_size_bytes.reset();
    return file;
  }

  /// Position deletes of any data files of a day.
  static DataFile PositionsOfDay(const std::string& name, int32_t day, int64_t rows = 1) {
    DataFile file = File(name, day, rows);
    file.content = FileContent::kPositionDeletes;
    return file;
  }

  /// Deletes of rows of a day by their id.
  static DataFile Equality(const std::string& name, int32_t day, int64_t rows = 1) {
    DataFile file = File(name, day, rows);
    file.content = FileContent::kEqualityDeletes;
    file.equality_ids = {FieldId(1)};
    return file;
  }

  static Expression DayIs(int32_t day) {
    return Expression::Compare(Op::kEq, "day", Literal::Date(day));
  }

  /// Checks the requirements against the newest metadata, and applies.
  Status CommitPlanned(const CommitPlan& plan) {
    for (const Requirement& requirement : plan.requirements) {
      FIRN_TRY(Check(requirement, &metadata_));
    }
    FIRN_ASSIGN(metadata_, ApplyUpdates(metadata_, plan.updates, env_.NowMs()));
    // What a catalog does: the metadata goes through its file.
    FIRN_ASSIGN(metadata_, ParseMetadata(WriteMetadata(metadata_)));
    return Ok();
  }
  Status Commit(const Operation& operation) {
    env_.Advance(Millis{1000});
    FIRN_ASSIGN(const CommitPlan plan, operation.Plan(metadata_, {io_, env_}));
    return CommitPlanned(plan);
  }
  Status Commit(const std::unique_ptr<Operation>& operation) { return Commit(*operation); }

  /// The names of the data files a reader finds.
  std::vector<std::string> FilesAt(const ScanRequest& request = {}) {
    return FilesIn(metadata_, request);
  }
  std::vector<std::string> FilesIn(const TableMetadata& metadata, const ScanRequest& request = {}) {
    const auto plan = PlanScan(metadata, request, io_);
    if (!plan) return {plan.error().ToString()};
    std::vector<std::string> names;
    for (const FileScanTask& task : plan->tasks) {
      names.push_back(task.file.file_path.substr(15));
    }
    return names;
  }

  /// The names of the delete files that reach a data file.
  std::vector<std::string> DeletesOf(const std::string& name) {
    const auto plan = PlanScan(metadata_, {}, io_);
    std::vector<std::string> names;
    for (const FileScanTask& task : plan->tasks) {
      if (task.file.file_path != PathOf(name)) continue;
      for (const DataFile& deletes : task.deletes) {
        names.push_back(deletes.file_path.substr(15));
      }
    }
    return names;
  }

  /// The live data files of the current snapshot.
  std::vector<ManifestEntry> Live() {
    auto live = LiveFiles(metadata_, *metadata_.current_snapshot(), io_);
    EXPECT_THAT(live, IsOk());
    return std::move(live).value();
  }

  SnapshotId head() const { return metadata_.current_snapshot()->id; }
  const std::map<std::string, std::string>& summary() const {
    return metadata_.current_snapshot()->summary;
  }

  FixedEnv env_;
  io::MemoryFileIO io_;
  TableMetadata metadata_;
};

}  // namespace firn::table
