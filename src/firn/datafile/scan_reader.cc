// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/scan_reader.h"

#include <string_view>
#include <utility>

#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kNameMappingProperty = "schema.name-mapping.default";

}  // namespace

ScanReader::ScanReader(io::FileIO& files, table::ScanPlan plan, ScanReadOptions options)
    : files_(files), plan_(std::move(plan)), options_(options), deletes_(files) {}

Result<std::unique_ptr<ScanReader>> ScanReader::Open(io::FileIO& files,
                                                     const table::TableMetadata& metadata,
                                                     table::ScanPlan plan,
                                                     ScanReadOptions options) {
  std::unique_ptr<ScanReader> reader(new ScanReader(files, std::move(plan), options));
  reader->specs_ = metadata.partition_specs;
  FIRN_ASSIGN(reader->layout_, ToArrow(reader->plan_.projection));
  const std::string mapping = metadata.Property(kNameMappingProperty, "");
  if (!mapping.empty()) {
    FIRN_ASSIGN(NameMapping parsed, ParseNameMapping(mapping));
    reader->name_mapping_ = std::make_shared<const NameMapping>(std::move(parsed));
  }
  return reader;
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanReader::Next() {
  for (;;) {
    if (file_ == nullptr) {
      if (next_task_ == plan_.tasks.size()) return std::shared_ptr<arrow::RecordBatch>();
      FIRN_TRY(OpenTask(plan_.tasks[next_task_++]));
    }
    FIRN_ASSIGN(auto batch, file_->Next());
    if (batch != nullptr) return batch;
    file_.reset();
  }
}

Status ScanReader::OpenTask(const table::FileScanTask& task) {
  ReadOptions options;
  options.filter = task.residual;
  options.filter_schema = plan_.schema;
  options.batch_rows = options_.batch_rows;
  options.batch_bytes = options_.batch_bytes;
  options.use_threads = options_.use_threads;
  options.name_mapping = name_mapping_;
  for (const table::PartitionSpec& spec : specs_) {
    if (spec.id == task.file.spec_id) options.spec = spec;
  }
  FIRN_ASSIGN(options.deleted_rows, deletes_.For(task.file, task.deletes));
  FIRN_ASSIGN(file_, ReadFile(files_, task.file, plan_.projection, std::move(options)));
  return Ok();
}

}  // namespace firn::datafile
