// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/scan_reader.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kPartition = "_partition";

Result<table::Schema> WithMetadataColumns(const table::Schema& projection,
                                          const std::vector<std::string>& names) {
  std::vector<table::NestedField> fields = projection.fields();
  for (const std::string& name : names) {
    if (name == kPartition) continue;
    const table::NestedField* column = table::FindMetadataColumn(name);
    if (column == nullptr) return NotFound("no such metadata column", name);
    fields.push_back(*column);
  }
  return table::Schema::Make(projection.id(), std::move(fields));
}

}  // namespace

ScanReader::ScanReader(io::FileIO& files, table::ScanPlan plan, ScanReadOptions options)
    : files_(files), plan_(std::move(plan)), options_(std::move(options)) {}

Result<std::unique_ptr<ScanReader>> ScanReader::Open(io::FileIO& files,
                                                     const table::TableMetadata& metadata,
                                                     table::ScanPlan plan,
                                                     ScanReadOptions options) {
  std::unique_ptr<ScanReader> reader(new ScanReader(files, std::move(plan), std::move(options)));
  FIRN_ASSIGN(reader->projection_,
              WithMetadataColumns(reader->plan_.projection, reader->options_.metadata_columns));
  FIRN_ASSIGN(reader->layout_, ToArrow(reader->projection_));
  if (std::ranges::count(reader->options_.metadata_columns, kPartition) > 0) {
    FIRN_ASSIGN(reader->partition_, PartitionStruct::Of(metadata));
    const int end = reader->layout_->num_fields();
    FIRN_ASSIGN(reader->layout_,
                FromArrow(reader->layout_->AddField(end, reader->partition_->field())));
  }
  FIRN_ASSIGN(reader->deletes_, ScanDeletes::Make(files, metadata));
  return reader;
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanReader::Next() {
  for (;;) {
    if (file_ == nullptr) {
      if (next_task_ == plan_.tasks.size()) return std::shared_ptr<arrow::RecordBatch>();
      FIRN_TRY(OpenTask(plan_.tasks[next_task_++]));
    }
    FIRN_ASSIGN(auto batch, file_->Next());
    if (batch != nullptr) return partition_ ? WithPartition(*batch) : batch;
    file_.reset();
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanReader::WithPartition(
    const arrow::RecordBatch& batch) const {
  FIRN_ASSIGN(const auto column,
              partition_->Make(plan_.tasks[next_task_ - 1].file, batch.num_rows()));
  return FromArrow(batch.AddColumn(batch.num_columns(), partition_->field(), column));
}

Status ScanReader::OpenTask(const table::FileScanTask& task) {
  ReadOptions options = deletes_->OptionsFor(task.file);
  options.filter = task.residual;
  options.filter_schema = plan_.schema;
  options.batch_rows = options_.batch_rows;
  options.batch_bytes = options_.batch_bytes;
  options.use_threads = options_.use_threads;
  options.sequence_number = task.sequence_number;
  FIRN_ASSIGN(options.deleted, deletes_->For(task, plan_.schema));
  FIRN_ASSIGN(file_, ReadFile(files_, task.file, projection_, std::move(options)));
  return Ok();
}

}  // namespace firn::datafile
