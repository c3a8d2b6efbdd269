// SPDX-License-Identifier: Apache-2.0
//
// Daily reports first, then weekly ones: so a weekly report that comes together with daily ones
// finds their days taken. One that came alone gave its rows to such a day; the daily one replaces
// them.

#include "firn/ingest/report/report_export.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/ingest/ingest_lock.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/report/report_source.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/ingest/source_reader.h"
#include "firn/ingest/text_value.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"

namespace firn::ingest {
namespace {

using Action = ExportedReport::Action;
using Select = ReportExportOptions::Select;

constexpr Millis kLockWaitMax{30'000};
constexpr int kPassesMax = 20;
constexpr size_t kRejectSamplesMax = 10;
constexpr int32_t kWeekDays = 7;
constexpr ReportKind kKinds[] = {ReportKind::kDaily, ReportKind::kWeekly, ReportKind::kIndexAdvisor,
                                 ReportKind::kOptimizationSummary};

struct FoundReport {
  ReportName name;
  const FoundFile* file = nullptr;
};

// By kind, the newest first.
using FoundReports = std::map<ReportKind, std::vector<FoundReport>>;

FoundReports FindReports(const Discovery& files, std::vector<FileProblem>& problems) {
  FoundReports found;
  std::map<std::string, std::string> paths;
  for (const FoundFile& file : files.files) {
    auto name = ParseReportName(file.path);
    if (!name) continue;
    const auto [first, is_first] = paths.emplace(name->name, file.path);
    if (is_first) {
      found[name->kind].push_back({std::move(*name), &file});
      continue;
    }
    problems.push_back(
        {file.path, AlreadyExists("a report of this name is also at", DisplayPath(first->second))
                        .WithHint("keep one of them, or export them apart")});
  }
  for (auto& [kind, reports] : found) {
    std::sort(reports.begin(), reports.end(),
              [](const auto& left, const auto& right) { return left.name.name > right.name.name; });
  }
  return found;
}

bool IsOfDay(const ReportName& name, int32_t day) {
  if (name.kind == ReportKind::kDaily) return name.first_day == day;
  return name.kind != ReportKind::kWeekly ||
         (name.first_day <= day && day < name.first_day + kWeekDays);
}

// Those to export, and what was asked for and is not there.
class Selection {
 public:
  Selection(const FoundReports& found, const ReportExportOptions& options) : options_(options) {
    for (const ReportKind kind : kKinds) {
      const auto at = found.find(kind);
      Add(kind, at == found.end() ? std::vector<FoundReport>() : at->second);
    }
  }

  std::vector<FoundReport> reports;
  std::vector<std::string> missing;

 private:
  void Add(ReportKind kind, const std::vector<FoundReport>& candidates) {
    const size_t before = reports.size();
    const bool has_daily = before > 0;
    for (const FoundReport& report : candidates) {
      const bool enough = options_.select == Select::kLatest && reports.size() > before;
      const bool wanted = options_.select != Select::kDay || IsOfDay(report.name, options_.day);
      if (!enough && wanted) reports.push_back(report);
    }
    const bool covered =
        options_.select == Select::kDay && kind == ReportKind::kWeekly && has_daily;
    if (covered) reports.resize(before);
    if (reports.size() == before && !covered) missing.push_back(WhatIsMissing(kind));
  }

  std::string WhatIsMissing(ReportKind kind) const {
    if (kind == ReportKind::kDaily && options_.select == Select::kDay) {
      return DailyReportName(options_.day);
    }
    return std::string(ReportKindPattern(kind));
  }

  const ReportExportOptions& options_;
};

// "query_perf_20251028.parquet": by the period of the name, else by the last day inside.
std::string FileOf(const ReportName& name, const std::vector<int32_t>& days) {
  std::string period = name.period;
  if (period.empty() && !days.empty()) period = CompactDate(days.back());
  return std::string(ReportTableOf(name.kind)) + (period.empty() ? "" : "_" + period) + ".parquet";
}

// What a report turned out to hold.
struct Reading {
  std::set<int32_t> days;
  int64_t rows = 0;
  int64_t rejected = 0;
  Position position;
};

class Pass {
 public:
  Pass(const ReportContext& context, const Discovery& files, const ReportExportOptions& options,
       ReportSink& sink, KnownReports known)
      : context_(context),
        files_(files),
        options_(options),
        sink_(sink),
        known_(std::move(known)) {}

  // False when somebody else was first.
  Result<bool> Run();
  ReportExport& result() { return result_; }

 private:
  Result<bool> ExportAll(const std::vector<FoundReport>& reports);
  Status Export(const FoundReport& report);
  Result<bool> IsNew(const FoundReport& report, const io::InputFile& input, std::string& hash,
                     ExportedReport& exported);
  Result<Reading> Read(const FoundReport& report, std::shared_ptr<const io::InputFile> input);
  Status Take(const FoundReport& report, const SourceBatch& batch, Reading& reading);
  Status WriteBatch(const FoundReport& report, const SourceBatch& batch, Reading& reading);
  Status End(const FoundReport& report, Reading reading, ExportedReport exported);
  bool IsOfSelectedDay(const FoundReport& report, const Reading& reading) const;
  bool IsOwner(const ReportName& name, int32_t day) const;
  void NoteRejects(const FoundReport& report, const SourceBatch& batch);
  Status Fail(const FoundReport& report, Error error, ExportedReport exported);
  Result<bool> Commit();
  void Log(const ExportedReport& exported) const;

  const ReportContext& context_;
  const Discovery& files_;
  const ReportExportOptions& options_;
  ReportSink& sink_;
  KnownReports known_;
  Status sink_status_;           // What ends the run, unlike trouble with a report.
  std::set<std::string> again_;  // Reports that get back days which another gave up.
  std::vector<size_t> waiting_;  // Of `result_.reports`: ended, not committed.
  int64_t waiting_bytes_ = 0;
  ReportExport result_;
};

Result<bool> Pass::Run() {
  result_.problems = files_.problems;
  const FoundReports found = FindReports(files_, result_.problems);
  for (const auto& [kind, reports] : found)
    result_.files_found += static_cast<int64_t>(reports.size());
  Selection selection(found, options_);
  result_.missing = std::move(selection.missing);
  int64_t bytes = 0;
  for (const FoundReport& report : selection.reports)
    bytes += report.file->size_bytes;
  context_.progress.Begin("reading " + std::to_string(selection.reports.size()) + " reports",
                          bytes);
  auto outcome = ExportAll(selection.reports);
  context_.progress.End();
  return outcome;
}

Result<bool> Pass::ExportAll(const std::vector<FoundReport>& reports) {
  for (const FoundReport& report : reports) {
    FIRN_TRY(Export(report));
    context_.progress.Advance(report.file->size_bytes);
    if (waiting_bytes_ < options_.commit_bytes) continue;
    FIRN_ASSIGN(const bool committed, Commit());
    if (!committed) return false;
  }
  return Commit();
}

Status Pass::Fail(const FoundReport& report, Error error, ExportedReport exported) {
  exported.action = Action::kFailed;
  exported.rows = exported.rejected = 0;
  result_.reports.push_back(std::move(exported));
  result_.problems.push_back(
      {report.file->path, std::move(error).Within(DisplayPath(report.file->path))});
  return Ok();
}

// Trouble with the report is in the result; the error is the sink's.
Status Pass::Export(const FoundReport& report) {
  ExportedReport exported;
  exported.name = report.name;
  exported.path = report.file->path;
  exported.file = FileOf(report.name, {});
  const int64_t began = context_.env.MonotonicMicros();
  auto opened = context_.source_io.Open(io::FileLocation(report.file->path));
  if (!opened) return Fail(report, std::move(opened).error(), std::move(exported));
  const std::shared_ptr<const io::InputFile> input = std::move(*opened);
  std::string hash;
  auto is_new = IsNew(report, *input, hash, exported);
  if (!is_new) return Fail(report, std::move(is_new).error(), std::move(exported));
  if (!*is_new) {
    result_.reports.push_back(std::move(exported));
    return Ok();
  }
  if (!options_.dry_run) FIRN_TRY(sink_.Begin(report.name));
  auto reading = Read(report, input);
  FIRN_TRY(sink_status_);
  if (!reading || !IsOfSelectedDay(report, *reading)) {
    if (!options_.dry_run) sink_.Drop();
    if (!reading) return Fail(report, std::move(reading).error(), std::move(exported));
    result_.missing.push_back(report.name.name + " of " + FormatDate(options_.day));
    return Ok();
  }
  reading->position.content_hash = std::move(hash);
  exported.seconds = static_cast<double>(context_.env.MonotonicMicros() - began) / 1e6;
  return End(report, std::move(*reading), std::move(exported));
}

// Whether the report's content is not known; `hash` is that of its bytes. Hashed before it is read:
// when it changes meanwhile, the next run sees that.
Result<bool> Pass::IsNew(const FoundReport& report, const io::InputFile& input, std::string& hash,
                         ExportedReport& exported) {
  exported.source_bytes = input.size_bytes();
  FIRN_ASSIGN(hash, HashContent(input, exported.source_bytes));
  const auto known = known_.find(report.name.name);
  if (known == known_.end()) return true;
  exported.file = FileOf(report.name, known->second.days);
  const bool same = hash == known->second.content_hash && !again_.contains(report.name.name);
  exported.action = same ? Action::kUnchanged : Action::kReplaced;
  return !same;
}

Result<Reading> Pass::Read(const FoundReport& report, std::shared_ptr<const io::InputFile> input) {
  FileTask task;
  task.path = report.file->path;
  task.size_bytes = input->size_bytes();
  FIRN_ASSIGN(const auto reader, SourceReader::Open(std::move(input), 0, task.size_bytes));
  std::vector<std::string> left_out;
  FIRN_ASSIGN(const auto source,
              OpenReport(report.name, task, *reader, options_.zone,
                         DayIn(options_.zone, report.file->mtime.value), left_out));
  for (const std::string& column : left_out) {
    result_.notes.push_back(DisplayPath(task.path) + ": column " + QuoteValue(column) +
                            " is not of the table; it is left out");
  }
  Reading reading;
  while (true) {
    FIRN_ASSIGN(const auto batch, source->Next());
    if (!batch) break;
    FIRN_TRY(Take(report, *batch, reading));
  }
  Position& position = reading.position;
  position.machine = options_.machine;
  position.path = ColumnPath(task.path);
  position.kind = ReportKindName(report.name.kind);
  position.size_bytes = position.offset = task.size_bytes;
  position.prefix_hash = reader->prefix_hash();
  position.tail_hash = reader->tail_hash();
  position.mtime = report.file->mtime;
  return reading;
}

Status Pass::Take(const FoundReport& report, const SourceBatch& batch, Reading& reading) {
  NoteRejects(report, batch);
  reading.rejected += static_cast<int64_t>(batch.rejects.size());
  sink_status_ = WriteBatch(report, batch, reading);
  return sink_status_.ok() ? Ok() : Status(sink_status_.error());
}

Status Pass::WriteBatch(const FoundReport& report, const SourceBatch& batch, Reading& reading) {
  if (!options_.dry_run && !batch.rejects.empty()) {
    FIRN_TRY(sink_.WriteRejects(batch.rejects, report.file->path));
  }
  if (batch.rows == nullptr) return Ok();
  FIRN_ASSIGN(const std::vector<int32_t> days, DaysOf(*batch.rows));
  reading.days.insert(days.begin(), days.end());
  std::map<int32_t, bool> owned;
  std::vector<bool> keep;
  for (const int32_t day : days) {
    const auto [at, is_new] = owned.try_emplace(day, false);
    if (is_new) at->second = IsOwner(report.name, day);
    keep.push_back(at->second);
  }
  FIRN_ASSIGN(const auto rows, KeepRows(batch.rows, keep));
  if (rows == nullptr) return Ok();
  reading.rows += rows->num_rows();
  return options_.dry_run ? Ok() : sink_.Write(rows);
}

// Whether a report that holds `day` gives the day's rows.
bool Pass::IsOwner(const ReportName& name, int32_t day) const {
  if (name.kind != ReportKind::kWeekly) return true;
  const std::string owner = OwnerOf(day, known_);
  if (owner.empty() || owner == name.name) return true;
  return known_.at(owner).kind == ReportKind::kWeekly && owner < name.name;
}

// Reports without a day in their name are of the last day inside.
bool Pass::IsOfSelectedDay(const FoundReport& report, const Reading& reading) const {
  const bool named = !report.name.period.empty();
  return options_.select != Select::kDay || named || reading.days.empty() ||
         *reading.days.rbegin() == options_.day;
}

void Pass::NoteRejects(const FoundReport& report, const SourceBatch& batch) {
  for (const Reject& reject : batch.rejects) {
    if (result_.reject_samples.size() >= kRejectSamplesMax) return;
    const std::string line = reject.line ? ":" + std::to_string(*reject.line) : std::string();
    result_.reject_samples.push_back(DisplayPath(report.file->path) + line + ": " + reject.message);
  }
}

Status Pass::End(const FoundReport& report, Reading reading, ExportedReport exported) {
  FinishedReport finished;
  finished.name = report.name;
  finished.days.assign(reading.days.begin(), reading.days.end());
  finished.position = std::move(reading.position);
  KnownReport& known = known_[report.name.name];
  const std::vector<int32_t> before = std::exchange(known.days, finished.days);
  known.kind = report.name.kind;
  known.content_hash = finished.position.content_hash;
  finished.replaced = DaysToReplace(report.name.name, before, known_);
  for (const int32_t day : finished.replaced) {
    const std::string owner = OwnerOf(day, known_);
    if (owner != report.name.name) again_.insert(owner);
  }
  exported.file = FileOf(report.name, finished.days);
  exported.rows = reading.rows;
  exported.rejected = reading.rejected;
  if (!options_.dry_run) {
    FIRN_ASSIGN(exported.bytes, sink_.End(std::move(finished)));
    waiting_.push_back(result_.reports.size());
    waiting_bytes_ += exported.source_bytes;
  }
  result_.reports.push_back(std::move(exported));
  return Ok();
}

Result<bool> Pass::Commit() {
  if (waiting_.empty()) return true;
  FIRN_ASSIGN(const bool committed, sink_.Commit());
  if (!committed) return false;
  for (const size_t at : waiting_)
    Log(result_.reports[at]);
  waiting_.clear();
  waiting_bytes_ = 0;
  ++result_.commits;
  return true;
}

void Pass::Log(const ExportedReport& exported) const {
  const double source = static_cast<double>(std::max<int64_t>(exported.source_bytes, 1));
  std::array<char, 32> ratio{};
  std::snprintf(ratio.data(), ratio.size(), "%.1f%%",
                100.0 * (1.0 - static_cast<double>(exported.bytes) / source));
  context_.log.Info("export:parquet",
                    {{"file", exported.file},
                     {"rows", std::to_string(exported.rows)},
                     {"compressed_kb", std::to_string((exported.bytes + 500) / 1000)},
                     {"ratio", ratio.data()}});
}

}  // namespace

Result<ReportExport> ExportReports(const ReportContext& context, const Discovery& files,
                                   const ReportExportOptions& options, ReportSink& sink) {
  const IngestLock lock(options.dry_run ? std::string() : options.lock_path, context.env,
                        kLockWaitMax);
  int64_t commits = 0;
  for (int64_t conflicts = 0; conflicts < kPassesMax; ++conflicts) {
    FIRN_ASSIGN(KnownReports known, sink.Load());
    Pass pass(context, files, options, sink, std::move(known));
    FIRN_ASSIGN(const bool done, pass.Run());
    commits += pass.result().commits;
    if (done) {
      ReportExport result = std::move(pass.result());
      result.commits = commits;
      result.conflicts = conflicts;
      if (commits > 0) {
        FIRN_ASSIGN(result.size_bytes, sink.SizeBytes());
      }
      result.too_large = result.size_bytes > options.warn_bytes;
      return result;
    }
    context.log.Info("ingest.conflict");
    context.env.Sleep(Millis{static_cast<int64_t>(context.env.Random64() % 200)});
  }
  return Conflict("other ingests were always first", kPassesMax);
}

}  // namespace firn::ingest
