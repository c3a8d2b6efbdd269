// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_file_list.h"

#include <charconv>
#include <utility>

#include "duckdb/storage/statistics/node_statistics.hpp"
#include "firn/io/file_io.h"
#include "firn/sql/duckdb_file_system.h"
#include "firn/sql/duckdb_filter.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

// The plan of an explicit list of files: all of them.
table::ScanPlan PlanGivenFiles(const ScanSource& source) {
  table::ScanPlan plan;
  plan.snapshot = source.snapshot;
  plan.schema = source.schema;
  plan.tasks = *source.files;
  plan.files_total = plan.files_kept = static_cast<int64_t>(plan.tasks.size());
  for (const table::FileScanTask& task : plan.tasks) {
    plan.records_kept += task.file.record_count;
    plan.bytes_kept += task.file.file_size_bytes;
  }
  return plan;
}

Result<table::ScanPlan> PlanSource(const ScanSource& source, const table::Expression& filter) {
  if (source.files) return PlanGivenFiles(source);
  if (!source.snapshot) return table::ScanPlan{};
  table::ScanRequest request;
  request.snapshot = source.snapshot;
  request.filter = filter;
  request.file_metrics = false;
  return table::PlanScan(*source.metadata, request, *source.io, {source.manifests, 2});
}

Status CheckReadable(const table::ScanPlan& plan) {
  for (const table::FileScanTask& task : plan.tasks) {
    if (task.file.file_format != table::FileFormat::kParquet) {
      return Unsupported("data file is not Parquet", task.file.file_path);
    }
  }
  return Ok();
}

// What the snapshot's summary says, so that an unfiltered scan is not planned twice.
std::optional<int64_t> TotalRecords(const ScanSource& source) {
  if (source.files || !source.snapshot) return std::nullopt;
  const table::Snapshot* snapshot = source.metadata->FindSnapshot(*source.snapshot);
  if (snapshot == nullptr) return std::nullopt;
  const auto found = snapshot->summary.find("total-records");
  if (found == snapshot->summary.end()) return std::nullopt;
  int64_t total = 0;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), total);
  return parsed.ec == std::errc() && total >= 0 ? std::optional(total) : std::nullopt;
}

}  // namespace

LakeFileList::LakeFileList(std::shared_ptr<const ScanSource> source, table::Expression filter,
                           duckdb::optional_ptr<duckdb::TableCatalogEntry> entry)
    : source_(std::move(source)), filter_(std::move(filter)), entry_(entry) {}

const table::ScanPlan& LakeFileList::Plan() const {
  const std::lock_guard lock(mutex_);
  if (!plan_) {
    auto plan = PlanSource(*source_, filter_);
    if (!plan) ThrowInDuckDb(std::move(plan).error().Within("table " + source_->name));
    OrThrow(CheckReadable(*plan));
    plan_ = std::make_shared<const table::ScanPlan>(std::move(plan).value());
  }
  return *plan_;
}

std::string LakeFileList::FilterText() const {
  return filter_.is_true() ? std::string() : filter_.ToString();
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeFileList::ComplexFilterPushdown(
    duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
    duckdb::MultiFilePushdownInfo& info,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const {
  static_cast<void>(context);
  static_cast<void>(options);
  table::Expression filter =
      ToPruningFilter(filters, FilterColumns{source_->schema, source_->plan_schema(),
                                             info.table_index, info.column_indexes});
  if (filter.is_true()) return nullptr;
  return duckdb::make_uniq<LakeFileList>(
      source_, table::Expression::And(filter_, std::move(filter)), entry_);
}

duckdb::OpenFileInfo LakeFileList::GetFile(duckdb::idx_t i) const {
  const auto& tasks = Plan().tasks;
  return i >= tasks.size() ? duckdb::OpenFileInfo() : LakeFileInfo(tasks[i].file);
}

duckdb::vector<duckdb::OpenFileInfo> LakeFileList::GetAllFiles() const {
  duckdb::vector<duckdb::OpenFileInfo> files;
  for (const table::FileScanTask& task : Plan().tasks) {
    files.push_back(LakeFileInfo(task.file));
  }
  return files;
}

duckdb::FileExpandResult LakeFileList::GetExpandResult() const {
  const size_t count = Plan().tasks.size();
  if (count == 0) return duckdb::FileExpandResult::NO_FILES;
  return count == 1 ? duckdb::FileExpandResult::SINGLE_FILE
                    : duckdb::FileExpandResult::MULTIPLE_FILES;
}

duckdb::idx_t LakeFileList::GetTotalFileCount() const {
  return Plan().tasks.size();
}

duckdb::unique_ptr<duckdb::NodeStatistics> LakeFileList::GetCardinality(
    duckdb::ClientContext& context) const {
  static_cast<void>(context);
  const auto total = filter_.is_true() ? TotalRecords(*source_) : std::nullopt;
  const auto rows = static_cast<duckdb::idx_t>(total ? *total : Plan().records_kept);
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows, rows);
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeFileList::Copy() const {
  auto copy = duckdb::make_uniq<LakeFileList>(source_, filter_, entry_);
  const std::lock_guard lock(mutex_);
  copy->plan_ = plan_;
  return copy;
}

}  // namespace firn::sql
