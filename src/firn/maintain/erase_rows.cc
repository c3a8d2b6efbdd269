// SPDX-License-Identifier: Apache-2.0
//
// A file is first looked at in the columns that tell; only files that hold such rows are read whole
// and written again ("copy-on-write").

#include "firn/maintain/erase_rows.h"

#include <memory>
#include <utility>

#include <arrow/api.h>

#include "firn/catalog/batch_commit.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/take_rows.h"
#include "firn/datafile/writer_options.h"
#include "firn/table/metadata_columns.h"
#include "firn/table/overwrite.h"

namespace firn::maintain {
namespace {

constexpr int kAttemptsMax = 5;

class Eraser {
 public:
  Eraser(const MaintainContext& context, const catalog::LoadedTable& table, const Erasure& erasure)
      : context_(context),
        table_(table),
        metadata_(*table.metadata),
        erasure_(erasure),
        files_(context.files) {}

  // Finds the files that hold such rows.
  Status Find() {
    table::ScanRequest request;
    request.columns = erasure_.columns;
    FIRN_ASSIGN(plan_, table::PlanScan(metadata_, request, context_.files));
    for (const table::FileScanTask& task : plan_.tasks) {
      FIRN_ASSIGN(const int64_t rows, RowsToGo(task));
      FIRN_ASSIGN(const bool holds_deleted, HoldsDeleted(task));
      if (rows == 0 && !holds_deleted) continue;
      outcome_.files += 1;
      outcome_.bytes += task.file.file_size_bytes;
      outcome_.rows += rows;
      tasks_.push_back(task);
    }
    return Ok();
  }

  const ErasureOutcome& outcome() const { return outcome_; }

  // Writes them again and commits that.
  Status Replace() {
    table::Overwrite overwrite;
    FIRN_ASSIGN(overwrite.added, WriteOthers());
    for (const table::FileScanTask& task : tasks_)
      overwrite.deleted_paths.push_back(task.file.file_path);
    overwrite.validation.from = plan_.snapshot;
    overwrite.validation.isolation = table::Isolation::kSnapshot;
    const std::vector<table::DataFile> added = overwrite.added;
    const catalog::PendingChange change{table_.name, table::OverwriteFiles(std::move(overwrite))};
    const auto committed =
        catalog::CommitOperations(context_.catalog, files_, context_.env, {&change, 1});
    if (committed) return Ok();
    if (committed.error().kind != ErrorKind::kOutcomeUnknown) {
      for (const table::DataFile& file : added)
        files_.Delete(file.file_path).Ignore("an orphan that maintenance finds");
    }
    return committed.error();
  }

 private:
  Result<std::unique_ptr<datafile::ScanReader>> Open(const table::FileScanTask& task,
                                                     const table::Schema& projection,
                                                     datafile::ScanReadOptions options) {
    table::ScanPlan plan;
    plan.schema = metadata_.schema();
    plan.projection = projection;
    plan.tasks = {task};
    return datafile::ScanReader::Open(context_.files, metadata_, std::move(plan),
                                      std::move(options));
  }

  Result<int64_t> RowsToGo(const table::FileScanTask& task) {
    FIRN_ASSIGN(const auto reader, Open(task, plan_.projection, {}));
    int64_t count = 0;
    while (true) {
      FIRN_ASSIGN(const auto rows, reader->Next());
      if (rows == nullptr) return count;
      FIRN_ASSIGN(const std::vector<int64_t> gone, erasure_.choose(*rows));
      count += static_cast<int64_t>(gone.size());
    }
  }

  // Whether rows to go were deleted in place: they are out of sight, and still in the file.
  Result<bool> HoldsDeleted(table::FileScanTask task) {
    if (task.deletes.empty()) return false;
    task.deletes.clear();
    FIRN_ASSIGN(const int64_t rows, RowsToGo(task));
    return rows > 0;
  }

  Result<std::vector<table::DataFile>> WriteOthers() {
    FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(metadata_.properties, context_.writing));
    options.row_lineage = metadata_.rules().row_lineage;
    FIRN_ASSIGN(const auto writer, datafile::TableWriter::Open(metadata_, table_.name.name, files_,
                                                               context_.env, std::move(options)));
    for (const table::FileScanTask& task : tasks_)
      FIRN_TRY(CopyOthers(task, *writer));
    return writer->Close();
  }

  Status CopyOthers(const table::FileScanTask& task, datafile::TableWriter& writer) {
    datafile::ScanReadOptions options;
    if (metadata_.rules().row_lineage) {
      for (const table::NestedField& column : table::LineageColumns())
        options.metadata_columns.push_back(column.name);
    }
    FIRN_ASSIGN(const auto reader, Open(task, metadata_.schema(), std::move(options)));
    while (true) {
      FIRN_ASSIGN(const auto rows, reader->Next());
      if (rows == nullptr) return Ok();
      FIRN_ASSIGN(const std::vector<int64_t> gone, erasure_.choose(*rows));
      std::vector<int64_t> others;
      auto next_gone = gone.begin();
      for (int64_t row = 0; row < rows->num_rows(); ++row) {
        const bool goes = next_gone != gone.end() && *next_gone == row;
        if (goes) {
          ++next_gone;
        } else {
          others.push_back(row);
        }
      }
      if (others.empty()) continue;
      FIRN_ASSIGN(const auto taken, datafile::TakeRows(rows, others));
      FIRN_TRY(writer.Write(taken));
    }
  }

  const MaintainContext& context_;
  const catalog::LoadedTable& table_;
  const table::TableMetadata& metadata_;
  const Erasure& erasure_;
  io::WriteBatch files_;
  table::ScanPlan plan_;
  std::vector<table::FileScanTask> tasks_;
  ErasureOutcome outcome_;
};

}  // namespace

Result<ErasureOutcome> EraseRows(const MaintainContext& context, const catalog::TableName& name,
                                 const Erasure& erasure, bool dry_run) {
  for (int attempt = 1;; ++attempt) {
    FIRN_ASSIGN(const auto table, context.catalog.LoadTable(name));
    Eraser eraser(context, table, erasure);
    FIRN_TRY(eraser.Find());
    if (dry_run || eraser.outcome().files == 0) return eraser.outcome();
    const Status replaced = eraser.Replace();
    if (replaced.ok()) return eraser.outcome();
    if (replaced.error().kind != ErrorKind::kConflict || attempt == kAttemptsMax) {
      return replaced.error();
    }
  }
}

}  // namespace firn::maintain
