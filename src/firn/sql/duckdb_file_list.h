// SPDX-License-Identifier: Apache-2.0
//
// The files of one scan, planned when first asked for. Private to the room.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_list.hpp"
#include "firn/sql/duckdb_scan.h"

namespace firn::sql {

/// The files that a scan of `source` under `filter` reads. Thread-safe.
class LakeFileList : public duckdb::MultiFileList {
 public:
  LakeFileList(std::shared_ptr<const ScanSource> source, table::Expression filter,
               duckdb::optional_ptr<duckdb::TableCatalogEntry> entry);

  const ScanSource& source() const { return *source_; }
  duckdb::optional_ptr<duckdb::TableCatalogEntry> entry() const { return entry_; }
  /// Plans, the first time; throws what planning meets.
  const table::ScanPlan& Plan() const;
  /// The pruning filter, as text for people; empty if all files are read.
  std::string FilterText() const;
  void set_entry(duckdb::TableCatalogEntry& entry) { entry_ = &entry; }

  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
      duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override;
  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override;
  duckdb::FileExpandResult GetExpandResult() const override;
  duckdb::idx_t GetTotalFileCount() const override;
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(
      duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override;

 protected:
  duckdb::OpenFileInfo GetFile(duckdb::idx_t i) const override;

 private:
  std::shared_ptr<const ScanSource> source_;
  table::Expression filter_;
  duckdb::optional_ptr<duckdb::TableCatalogEntry> entry_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const table::ScanPlan> plan_;
};

}  // namespace firn::sql
