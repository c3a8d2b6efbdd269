// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firn/catalog/catalog.h"
#include "firn/datafile/writer_options.h"
#include "firn/ingest/ingest_run.h"
#include "firn/ingest/report/report_sink.h"
#include "firn/io/write_batch.h"
#include "firn/table/data_file.h"
#include "firn/table/scan.h"

namespace firn::datafile {
class TableWriter;
}  // namespace firn::datafile

namespace firn::ingest {

struct LakeSinkOptions {
  std::string run_id;
  std::string cache_path;                ///< As in `IngestOptions`.
  std::optional<datafile::Codec> codec;  ///< Unset: that of the table.
};

/// The reports that are in the tables of a lake. `cache_path` as in `IngestOptions`.
Result<KnownReports> LoadKnownReports(catalog::Catalog& catalog, io::FileIO& lake_io,
                                      const std::string& cache_path);

/// Reports into the package's tables of a lake.
///
/// One commit takes rows out and puts rows in, adds what was rejected and moves the positions in
/// bronze.source_files, and asserts that those are where they were loaded. Rows of a day that is
/// replaced leave with their file where it holds nothing else; other files are written again
/// without them.
class LakeSink : public ReportSink {
 public:
  /// `context` outlives the sink.
  LakeSink(const IngestContext& context, LakeSinkOptions options);
  ~LakeSink() override;

  Result<KnownReports> Load() override;
  Status Begin(const ReportName& report) override;
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override;
  Status WriteRejects(const std::vector<Reject>& rejects, std::string_view path) override;
  Result<int64_t> End(FinishedReport report) override;
  void Drop() override;
  Result<bool> Commit() override;
  Result<int64_t> SizeBytes() override;

 private:
  using Writer = std::unique_ptr<datafile::TableWriter>;
  /// What a commit does to one table.
  struct Change {
    catalog::LoadedTable table;
    std::set<int32_t> replaced;
    std::vector<table::DataFile> added;
    std::vector<std::string> deleted;
  };

  Result<Change*> ChangeOf(const catalog::TableName& name, const table::NewTable& blueprint);
  Result<Writer> OpenWriter(const catalog::LoadedTable& table);
  Status TakeOut(Change& change);
  Status WriteAgain(const std::vector<table::FileScanTask>& files, Change& change);
  Status WritePositions();
  Result<bool> CommitChanges();
  void Forget();

  const IngestContext& context_;
  LakeSinkOptions options_;
  PositionSet positions_;
  std::unique_ptr<io::WriteBatch> files_;  // What the next commit makes durable.
  std::map<catalog::TableName, Change> changes_;
  std::vector<Position> moved_;
  // The report begun.
  std::string_view table_;
  Writer rows_, rejects_;
};

}  // namespace firn::ingest
