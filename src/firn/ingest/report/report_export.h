// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/ingest_run.h"
#include "firn/ingest/report/report_name.h"
#include "firn/ingest/report/report_sink.h"

namespace firn::ingest {

/// What an export works with; all outlive it.
struct ReportContext {
  io::FileIO& source_io;  ///< Where reports are read.
  Env& env;
  obs::Logger& log;
  obs::Progress& progress;
};

struct ReportExportOptions {
  enum class Select {
    kLatest,      ///< The newest daily and weekly report, and the others.
    kDay,         ///< Those of `day`: the daily one, else the weekly one of its week; the others
                  ///< where they are of that day.
    kHistorical,  ///< All.
  };
  Select select = Select::kLatest;
  int32_t day = 0;
  TimeZone zone;  ///< Of times that name none.
  std::string machine;
  std::string lock_path;                    ///< As in `IngestOptions`.
  int64_t commit_bytes = int64_t{1} << 30;  ///< Of source, per commit, roughly.
  int64_t warn_bytes = 5'000'000'000;       ///< The tables should stay below.
  bool dry_run = false;                     ///< Reads and counts, writes nothing.
};

/// What became of one report.
struct ExportedReport {
  enum class Action { kCreated, kReplaced, kUnchanged, kFailed };

  ReportName name;
  std::string path;
  std::string file;  ///< What its rows are called: "query_perf_20251028.parquet".
  Action action = Action::kCreated;
  int64_t rows = 0;
  int64_t rejected = 0;
  int64_t source_bytes = 0;
  int64_t bytes = 0;  ///< Of its rows, as written.
  double seconds = 0;
};

struct ReportExport {
  int64_t files_found = 0;                  ///< Reports of the package, selected or not.
  std::vector<ExportedReport> reports;      ///< Those selected.
  std::vector<std::string> missing;         ///< What was looked for and not found.
  std::vector<FileProblem> problems;        ///< Reports that could not be read.
  std::vector<std::string> notes;           ///< What was left out of reports that were read.
  std::vector<std::string> reject_samples;  ///< The first few, "file:line: message".
  int64_t commits = 0;
  int64_t conflicts = 0;
  int64_t size_bytes = 0;  ///< Of all tables afterwards; 0 where nothing was written.
  bool too_large = false;  ///< They are over `warn_bytes`.
};

/// Exports the reports among `files` into `sink`.
///
/// A report whose content is known is passed over; one that changed takes the place of what it
/// gave before, in one commit. Each day of query_perf comes from one report (`OwnerOf`), so in
/// whatever order and how often reports are exported, the same rows are there in the end. A report
/// that cannot be read to its end changes nothing and does not keep the others back.
/// Logs a line "export:parquet" per report once it is visible.
/// Errors: of the sink.
Result<ReportExport> ExportReports(const ReportContext& context, const Discovery& files,
                                   const ReportExportOptions& options, ReportSink& sink);

}  // namespace firn::ingest
