// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "firn/table/delete_index.h"
#include "firn/table/manifest_columns.h"
#include "firn/table/scan.h"

namespace firn::table {

/// Drops the metrics of a file that no reader needs, which are most of what it takes. Position
/// deletes are matched by the data file they name: those bounds stay.
void DropMetrics(DataFile& file);

/// Finds the files of one snapshot that a scan reads, for `PlanScan`: fills the tasks and figures
/// of a plan that has its schema and filter.
class ScanPlanner {
 public:
  /// All must outlive the planner.
  ScanPlanner(const TableMetadata& metadata, ScanPlan& plan, io::FileIO& io,
              const PlanResources& resources, bool file_metrics);

  Status Run(const Snapshot& snapshot);

 private:
  // A spec of the table and the filter projected onto it.
  struct SpecFilter {
    const PartitionSpec* spec = nullptr;
    Type partition_type;
    Expression filter;
  };
  // The files of one manifest that a scan reads.
  struct Chosen {
    const ManifestFile* manifest = nullptr;
    std::shared_ptr<const ManifestColumns> columns;  // Null where no row is.
    std::vector<size_t> rows;                        // Of `columns`.
    std::vector<PartitionData> tuples;               // Those of `columns`, widened.
    int64_t files_total = 0;
    int64_t bytes_total = 0;
  };

  Status AddFilter(SpecId id);
  bool MightMatch(const ManifestFile& manifest) const;
  Status ReadDeletes(const std::vector<const ManifestFile*>& manifests);
  Status Widen(const SpecFilter& filter, PartitionData& partition) const;
  Result<std::vector<ManifestEntry>> DeletesOf(const ManifestFile& manifest) const;
  Result<Chosen> ChooseOf(const ManifestFile& manifest) const;
  Status MakeTasks(std::vector<Chosen> chosen);
  Status MakeTasksOf(const Chosen& chosen, std::span<FileScanTask> tasks) const;
  Status AddMetrics(const Chosen& chosen, std::span<FileScanTask> tasks) const;

  const TableMetadata& metadata_;
  ScanPlan& plan_;
  io::FileIO& io_;
  const PlanResources& resources_;
  bool file_metrics_;
  std::vector<NestedField> columns_;  // Whose facts judge the filter.
  std::map<SpecId, SpecFilter> filters_;
  DeleteIndex deletes_;
};

}  // namespace firn::table
