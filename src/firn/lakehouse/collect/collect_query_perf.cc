// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/collect_query_perf.h"

#include <filesystem>
#include <utility>

#include "firn/base/env.h"
#include "firn/base/uuid.h"
#include "firn/datafile/writer_options.h"
#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/report/folder_sink.h"
#include "firn/ingest/report/lake_sink.h"
#include "firn/ingest/report/report_export.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/lakehouse/collect/collect_reports.h"
#include "firn/lakehouse/timezone.h"

namespace firn::lakehouse {
namespace {

using Select = ingest::ReportExportOptions::Select;

std::string_view WordFor(ingest::ExportedReport::Action action) {
  switch (action) {
    case ingest::ExportedReport::Action::kCreated:
      return "created";
    case ingest::ExportedReport::Action::kReplaced:
      return "replaced";
    case ingest::ExportedReport::Action::kUnchanged:
      return "unchanged";
    case ingest::ExportedReport::Action::kFailed:
      return "failed";
  }
  return "failed";
}

Status CheckRequest(const IngestRequest& request) {
  if (!request.into.empty() || request.create || request.append_rewritten) {
    return InvalidArgument("the tables of query_perf are fixed")
        .WithHint("leave out --into, --create and --append-rewritten");
  }
  if (request.historical && !request.date.empty()) {
    return InvalidArgument("one day or all of history, not both", request.date);
  }
  if (request.paths.empty()) {
    return InvalidArgument("no folder named for query_perf")
        .WithHint("say where the reports are: firn ingest query_perf DIR");
  }
  return Ok();
}

// Times without a zone are of the configured one; without one they are UTC, whatever the machine.
Result<ingest::ReportExportOptions> OptionsFor(const LakeConfig& config,
                                               const IngestRequest& request) {
  ingest::ReportExportOptions options;
  if (request.historical) options.select = Select::kHistorical;
  if (!request.date.empty()) {
    options.select = Select::kDay;
    FIRN_ASSIGN(options.day, ParseDate(request.date));
  }
  FIRN_ASSIGN(options.zone, LoadTimezone(config.timezone.empty() ? "UTC" : config.timezone));
  options.machine = MachineName();
  options.dry_run = request.dry_run;
  return options;
}

Result<std::optional<datafile::Codec>> CodecOf(const IngestRequest& request) {
  if (request.codec.empty()) return std::nullopt;
  FIRN_ASSIGN(const datafile::Codec codec, datafile::ParseCodec(request.codec));
  return codec;
}

std::string LargeText(int64_t bytes) {
  return "the tables of query_perf take " + std::to_string(bytes / 1'000'000) +
         " MB, more than 5 GB: delete old months, or 'firn maintain' where much was replaced";
}

void Count(const ingest::ExportedReport& exported, IngestReport& report) {
  using Action = ingest::ExportedReport::Action;
  report.files_new += exported.action == Action::kCreated;
  report.files_rewritten += exported.action == Action::kReplaced;
  report.files_unchanged += exported.action == Action::kUnchanged;
  report.rows += exported.rows;
  report.rejected += exported.rejected;
  const bool read = exported.action == Action::kCreated || exported.action == Action::kReplaced;
  report.bytes += read ? exported.source_bytes : 0;
}

IngestReport ReportOf(const ingest::ReportExport& done) {
  IngestReport report;
  report.files_found = done.files_found;
  report.missing = done.missing;
  report.warnings = done.notes;
  report.reject_samples = done.reject_samples;
  if (done.too_large) report.warnings.push_back(LargeText(done.size_bytes));
  for (const ingest::ExportedReport& exported : done.reports) {
    Count(exported, report);
    const std::string table =
        ingest::ReportTableName(ingest::ReportTableOf(exported.name.kind)).ToString();
    report.reports.push_back({table, exported.name.name, exported.file,
                              std::string(WordFor(exported.action)), exported.rows,
                              exported.rejected, exported.source_bytes, exported.bytes,
                              exported.seconds});
  }
  for (const ingest::FileProblem& problem : done.problems)
    report.troubles.push_back(TroubleOf(problem));
  return report;
}

Result<IngestReport> Export(const ingest::ReportContext& context, const IngestRequest& request,
                            const ingest::ReportExportOptions& options, ingest::ReportSink& sink) {
  FIRN_ASSIGN(const ingest::Discovery found, ingest::Discover(request.paths, context.env));
  FIRN_ASSIGN(const ingest::ReportExport done,
              ingest::ExportReports(context, found, options, sink));
  if (done.files_found > 0) return ReportOf(done);
  if (!done.problems.empty()) return done.problems.front().error;
  return NotFound("no report found in", ingest::DisplayPath(request.paths.front()))
      .WithHint("reports are called " + done.missing.front() + ", ...");
}

}  // namespace

Result<IngestReport> CollectQueryPerf(const Collector& collector, const IngestRequest& request) {
  FIRN_TRY(CheckRequest(request));
  FIRN_ASSIGN(ingest::ReportExportOptions options, OptionsFor(collector.folder.config, request));
  options.lock_path = collector.folder.LockPath();
  ingest::LakeSinkOptions sink_options;
  sink_options.run_id = MakeUlid(collector.env);
  sink_options.cache_path = collector.folder.PositionCachePath();
  FIRN_ASSIGN(sink_options.codec, CodecOf(request));
  ingest::DecodedFileIO decoded(collector.files, collector.folder.TemporaryPath());
  const ingest::IngestContext context = ContextOf(collector, decoded);
  ingest::LakeSink sink(context, std::move(sink_options));
  return Export({context.source_io, context.env, context.log, context.progress}, request, options,
                sink);
}

Result<IngestReport> ExportReportFiles(const LakeConfig& config, io::FileIO& disk, Env& env,
                                       obs::Logger& log, obs::Progress& progress,
                                       const IngestRequest& request) {
  FIRN_TRY(CheckRequest(request));
  FIRN_ASSIGN(const ingest::ReportExportOptions options, OptionsFor(config, request));
  ingest::FolderSinkOptions sink_options;
  std::error_code error;
  sink_options.folder = std::filesystem::absolute(request.files, error).lexically_normal().string();
  if (error) return InvalidArgument("no such folder", ingest::DisplayPath(request.files));
  if (sink_options.folder.ends_with('/')) sink_options.folder.pop_back();
  sink_options.run_id = MakeUlid(env);
  FIRN_ASSIGN(const auto codec, CodecOf(request));
  sink_options.codec = codec.value_or(datafile::Codec::kZstd);
  ingest::FolderSink sink(disk, env, std::move(sink_options));
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  ingest::DecodedFileIO decoded(disk, temporary.string());
  const int64_t began = env.MonotonicMicros();
  auto report = Export({decoded, env, log, progress}, request, options, sink);
  if (!report) return report;
  report->source = request.source;
  report->dry_run = request.dry_run;
  report->seconds = static_cast<double>(env.MonotonicMicros() - began) / 1e6;
  return report;
}

}  // namespace firn::lakehouse
