// SPDX-License-Identifier: Apache-2.0
//
// A table in memory for tests of data files and deletes; include only from tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/delete_writer.h"
#include "firn/datafile/reader.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::datafile {

inline std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// All rows of a reader as one batch; fails the test where there is an error.
inline std::shared_ptr<arrow::RecordBatch> AllRows(BatchReader& reader) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (;;) {
    auto batch = reader.Next();
    EXPECT_THAT(batch, IsOk());
    if (!batch || *batch == nullptr) break;
    batches.push_back(*batch);
  }
  const auto rows = arrow::Table::FromRecordBatches(reader.schema(), batches).ValueOrDie();
  return rows->CombineChunksToBatch().ValueOrDie();
}

/// The values of a column of whole numbers; null as `null`.
inline std::vector<int64_t> Numbers(const arrow::RecordBatch& rows, const std::string& column,
                                    int64_t null = -1) {
  std::vector<int64_t> out;
  const auto values = rows.GetColumnByName(column);
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    const auto value = values->GetScalar(i).ValueOrDie();
    out.push_back(value->is_valid ? std::stoll(value->ToString()) : null);
  }
  return out;
}

/// A table without a catalog: metadata, and files in memory.
class TestTable {
 public:
  explicit TestTable(const table::Schema& schema, int format_version = 2,
                     std::map<std::string, std::string> properties = {}) {
    table::NewTable wanted;
    wanted.schema = schema;
    wanted.location = "file:///lake/t";
    wanted.properties = std::move(properties);
    wanted.properties["format-version"] = std::to_string(format_version);
    metadata_ = table::NewTableMetadata(wanted, env_).value();
  }

  io::MemoryFileIO& files() { return files_; }
  Env& env() { return env_; }
  table::TableMetadata& metadata() { return metadata_; }
  const table::Schema& schema() const { return metadata_.schema(); }

  /// Writes rows as one data file.
  table::DataFile Write(const std::shared_ptr<arrow::RecordBatch>& rows,
                        WriterOptions options = {}) {
    auto writer = TableWriter::Open(metadata_, "t", files_, env_, std::move(options)).value();
    EXPECT_THAT(writer->Write(rows), IsOk());
    return writer->Close().value().at(0);
  }

  /// Writes rows of `schema` as an equality delete file.
  table::DataFile WriteEqualityDeletes(const std::shared_ptr<arrow::RecordBatch>& rows,
                                       const table::Schema& schema,
                                       std::vector<table::FieldId> ids) {
    const FileSettings settings{schema, ToArrow(schema).value(), {}, {}};
    DataFileWriter writer(settings, files_,
                          "file:///lake/t/eq" + std::to_string(equality_files_++) + ".parquet");
    EXPECT_THAT(writer.Add(rows), IsOk());
    auto file = writer.Finish().value();
    EXPECT_THAT(writer.TakeFile()->Close(), IsOk());
    file.content = table::FileContent::kEqualityDeletes;
    file.equality_ids = std::move(ids);
    return file;
  }

  /// Deletes rows by position, as the format version has it.
  WrittenDeletes Delete(const table::DataFile& file, const std::vector<int64_t>& positions,
                        const std::vector<table::DataFile>& earlier = {}) {
    auto writer = DeleteWriter::Open(metadata_, "t", files_, env_).value();
    EXPECT_THAT(writer->Delete(file, PositionBitmap::Of(positions), earlier), IsOk());
    auto written = writer->Close();
    EXPECT_THAT(written, IsOk());
    return *written;
  }

  /// A plan that reads `tasks` whole.
  table::ScanPlan PlanOf(std::vector<table::FileScanTask> tasks) const {
    table::ScanPlan plan;
    plan.schema = plan.projection = metadata_.schema();
    plan.tasks = std::move(tasks);
    return plan;
  }

  /// Reads one file less its deletes.
  std::shared_ptr<arrow::RecordBatch> Read(const table::DataFile& file,
                                           const std::vector<table::DataFile>& deletes,
                                           ScanReadOptions options = {}) {
    table::FileScanTask task;
    task.file = file;
    task.deletes = deletes;
    task.sequence_number = table::SequenceNumber(7);
    auto reader = ScanReader::Open(files_, metadata_, PlanOf({task}), std::move(options)).value();
    return AllRows(*reader);
  }

  /// The error of reading one file less its deletes.
  Status TryRead(const table::DataFile& file, const std::vector<table::DataFile>& deletes) {
    table::FileScanTask task;
    task.file = file;
    task.deletes = deletes;
    auto reader = ScanReader::Open(files_, metadata_, PlanOf({task})).value();
    auto batch = reader->Next();
    return batch ? Status() : Status(batch.error());
  }

 private:
  FixedEnv env_;
  io::MemoryFileIO files_;
  table::TableMetadata metadata_;
  int equality_files_ = 0;
};

}  // namespace firn::datafile
