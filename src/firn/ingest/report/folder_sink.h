// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/datafile/parquet_export.h"
#include "firn/datafile/writer_options.h"
#include "firn/ingest/report/report_sink.h"
#include "firn/io/file_io.h"

namespace firn::ingest {

struct FolderSinkOptions {
  std::string folder;  ///< Absolute.
  std::string run_id;
  datafile::Codec codec = datafile::Codec::kZstd;
};

/// Reports as plain Parquet files, a file a day:
/// `<table>/year=YYYY/month=MM/<table>_YYYYMMDD.parquet` below a folder, without a catalog.
///
/// Rejected rows are in `<table>_rejected/<report>_rejected_<run>.parquet`. What went in is in
/// `_firn_reports.json`. Each file is replaced in one step; a run that is interrupted before that
/// page is written does its reports again.
class FolderSink : public ReportSink {
 public:
  /// `files` (local ones) and `env` outlive the sink.
  FolderSink(io::FileIO& files, Env& env, FolderSinkOptions options);
  ~FolderSink() override;

  /// Errors: `kCorrupt` for a page that is not as it was written.
  Result<KnownReports> Load() override;
  Status Begin(const ReportName& report) override;
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override;
  Status WriteRejects(const std::vector<Reject>& rejects, std::string_view path) override;
  Result<int64_t> End(FinishedReport report) override;
  void Drop() override;
  Result<bool> Commit() override;
  Result<int64_t> SizeBytes() override;

 private:
  /// A file on its way.
  struct OpenFile {
    std::string path;  ///< What it will be called.
    std::unique_ptr<io::OutputFile> file;
    std::unique_ptr<datafile::ParquetExport> rows;
  };

  std::string DayPath(std::string_view table, int32_t day) const;
  std::string StatePath() const { return options_.folder + "/_firn_reports.json"; }
  Result<OpenFile> Create(std::string path, const std::shared_ptr<arrow::Schema>& schema);
  bool IsComplete(const std::string& name, const KnownReports& known) const;
  Status CloseFinished();
  Status Rename();
  Status WriteState();
  void Forget();

  io::FileIO& files_;
  Env& env_;
  FolderSinkOptions options_;
  KnownReports known_;
  // The report begun.
  std::string_view table_;
  std::string report_;
  std::map<int32_t, OpenFile> days_;
  std::map<std::string, OpenFile> rejects_;  // At most one.
  // Ended, not committed.
  std::vector<std::unique_ptr<io::OutputFile>> finished_;
  std::map<std::string, std::string> renames_;  // Path to be, by path it has.
  std::vector<std::string> removed_;
};

}  // namespace firn::ingest
