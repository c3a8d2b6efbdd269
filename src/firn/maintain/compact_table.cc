// SPDX-License-Identifier: Apache-2.0
//
// A compaction reads what it planned on one snapshot and commits against whatever the table is by
// then. `table::RewriteFiles` refuses where rows of the old files were deleted since the plan; all
// else that happened meanwhile stays beside it.

#include "firn/maintain/compact_table.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>

#include "firn/catalog/batch_commit.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/writer_options.h"
#include "firn/table/metadata_columns.h"
#include "firn/table/rewrite_files.h"

namespace firn::maintain {
namespace {

// How much is rewritten between two commits.
constexpr int64_t kCommitBytes = int64_t{4} << 30;

void CountGroup(const CompactionGroup& group, CompactionOutcome& outcome) {
  outcome.groups += 1;
  outcome.files_rewritten += static_cast<int64_t>(group.files.size());
  outcome.bytes_rewritten += group.bytes;
}

// The rewrite of some groups: files that become durable and visible with their commit.
class Rewrite {
 public:
  Rewrite(const MaintainContext& context, const catalog::LoadedTable& table,
          table::SnapshotId planned_on)
      : context_(context), table_(table), files_(context.files) {
    rewrite_.planned_on = planned_on;
  }

  Status Add(const CompactionGroup& group) {
    FIRN_ASSIGN(auto written, WriteGroup(group));
    std::move(written.begin(), written.end(), std::back_inserter(rewrite_.added));
    for (const table::FileScanTask& task : group.files) {
      rewrite_.removed.push_back(task.file);
    }
    CountGroup(group, outcome_);
    return Ok();
  }

  int64_t bytes() const { return outcome_.bytes_rewritten; }
  bool empty() const { return rewrite_.removed.empty(); }

  Status Commit(CompactionOutcome& total) {
    const catalog::PendingChange change{table_.name, table::RewriteFiles(rewrite_)};
    const auto committed =
        catalog::CommitOperations(context_.catalog, files_, context_.env, {&change, 1});
    if (!committed && committed.error().kind == ErrorKind::kOutcomeUnknown) rewrite_.added.clear();
    if (!committed) Abort();
    FIRN_TRY(committed);
    total.groups += outcome_.groups;
    total.files_rewritten += outcome_.files_rewritten;
    total.bytes_rewritten += outcome_.bytes_rewritten;
    for (const table::DataFile& file : rewrite_.added) {
      total.files_added += 1;
      total.bytes_added += file.file_size_bytes;
    }
    return Ok();
  }

  void Abort() {
    for (const table::DataFile& file : rewrite_.added) {
      files_.Delete(file.file_path).Ignore("an orphan that maintenance finds");
    }
  }

 private:
  Result<std::vector<table::DataFile>> WriteGroup(const CompactionGroup& group) {
    const table::TableMetadata& metadata = *table_.metadata;
    FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(metadata.properties, context_.writing));
    options.target_file_bytes = std::max<int64_t>(group.bytes / group.output_files, 1);
    options.row_lineage = metadata.rules().row_lineage;
    FIRN_ASSIGN(const auto reader, OpenRows(group));
    FIRN_ASSIGN(const auto writer, datafile::TableWriter::Open(metadata, table_.name.name, files_,
                                                               context_.env, std::move(options)));
    while (true) {
      FIRN_ASSIGN(const auto rows, reader->Next());
      if (rows == nullptr) return writer->Close();
      FIRN_TRY(writer->Write(rows));
    }
  }

  // The rows of the files less those deleted, in the columns of today.
  Result<std::unique_ptr<datafile::ScanReader>> OpenRows(const CompactionGroup& group) {
    table::ScanPlan plan;
    plan.schema = plan.projection = table_.metadata->schema();
    plan.tasks = group.files;
    datafile::ScanReadOptions options;
    if (table_.metadata->rules().row_lineage) {
      for (const table::NestedField& column : table::LineageColumns())
        options.metadata_columns.push_back(column.name);
    }
    return datafile::ScanReader::Open(context_.files, *table_.metadata, std::move(plan),
                                      std::move(options));
  }

  const MaintainContext& context_;
  const catalog::LoadedTable& table_;
  io::WriteBatch files_;
  table::FileRewrite rewrite_;
  CompactionOutcome outcome_;
};

}  // namespace

Result<CompactionOutcome> CompactTable(const MaintainContext& context,
                                       const catalog::TableName& name,
                                       const std::optional<CompactionLimits>& limits,
                                       bool dry_run) {
  FIRN_ASSIGN(const auto table, context.catalog.LoadTable(name));
  FIRN_ASSIGN(const CompactionLimits of_table, CompactionLimitsOf(*table.metadata));
  FIRN_ASSIGN(const CompactionPlan plan,
              PlanCompaction(*table.metadata, limits.value_or(of_table), context.files));
  CompactionOutcome outcome;
  if (dry_run) {
    for (const CompactionGroup& group : plan.groups)
      CountGroup(group, outcome);
    return outcome;
  }
  for (size_t next = 0; next < plan.groups.size();) {
    Rewrite rewrite(context, table, *plan.snapshot);
    while (next < plan.groups.size() && rewrite.bytes() < kCommitBytes) {
      const Status added = rewrite.Add(plan.groups[next++]);
      if (!added) rewrite.Abort();
      FIRN_TRY(added);
    }
    FIRN_TRY(rewrite.Commit(outcome));
  }
  return outcome;
}

}  // namespace firn::maintain
