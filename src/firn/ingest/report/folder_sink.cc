// SPDX-License-Identifier: Apache-2.0
//
// A day's file is written under a hidden name, made durable, and renamed over the one before.

#include "firn/ingest/report/folder_sink.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <arrow/api.h>

#include "firn/base/json.h"
#include "firn/base/uuid.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/io/location.h"

namespace firn::ingest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchema = "firn.reports/1";
constexpr int64_t kStateBytesMax = int64_t{256} << 20;
constexpr size_t kFinishedMax = 64;

Status ErrorOf(std::string_view what, const std::string& path, const std::error_code& code) {
  if (!code) return Ok();
  return Io(what, DisplayPath(path), code.message());
}

Result<std::pair<std::string, KnownReport>> KnownFrom(const Json& entry) {
  FIRN_ASSIGN(std::string name, entry.GetString("report"));
  const auto parsed = ParseReportName(name);
  if (!parsed) return Corrupt("an unknown report", name);
  KnownReport known;
  known.kind = parsed->kind;
  FIRN_ASSIGN(known.content_hash, entry.GetString("content_hash"));
  FIRN_ASSIGN(const Json::Array* days, entry.GetArray("days"));
  for (const Json& day : *days) {
    FIRN_ASSIGN(known.days.emplace_back(),
                ParseDate(day.as_string() == nullptr ? "" : *day.as_string()));
  }
  return std::pair(std::move(name), std::move(known));
}

Json EntryOf(const std::string& name, const KnownReport& known) {
  Json::Array days;
  for (const int32_t day : known.days)
    days.emplace_back(FormatDate(day));
  Json entry{Json::Object()};
  entry.Set("report", name);
  entry.Set("content_hash", known.content_hash);
  entry.Set("days", std::move(days));
  return entry;
}

}  // namespace

FolderSink::FolderSink(io::FileIO& files, Env& env, FolderSinkOptions options)
    : files_(files), env_(env), options_(std::move(options)) {}

FolderSink::~FolderSink() {
  Forget();
}

std::string FolderSink::DayPath(std::string_view table, int32_t day) const {
  const CivilDate date = CivilFromDays(day);
  std::array<char, 48> folder{};
  std::snprintf(folder.data(), folder.size(), "/year=%04d/month=%02d/", date.year, date.month);
  const std::string name(table);
  return options_.folder + "/" + name + folder.data() + name + "_" + CompactDate(day) + ".parquet";
}

// Whether the files of all days that the report gives are there.
bool FolderSink::IsComplete(const std::string& name, const KnownReports& known) const {
  const KnownReport& report = known.at(name);
  const bool by_owner = report.kind == ReportKind::kDaily || report.kind == ReportKind::kWeekly;
  return std::all_of(report.days.begin(), report.days.end(), [&](int32_t day) {
    std::error_code error;
    return (by_owner && OwnerOf(day, known) != name) ||
           fs::exists(DayPath(ReportTableOf(report.kind), day), error);
  });
}

Result<KnownReports> FolderSink::Load() {
  Forget();
  known_.clear();
  const std::string location = io::FileLocation(StatePath());
  FIRN_ASSIGN(const bool exists, files_.Exists(location));
  if (!exists) return KnownReports();
  FIRN_ASSIGN(const std::string text, files_.ReadAll(location, kStateBytesMax));
  auto page = Json::Parse(text);
  if (!page) return Corrupt("cannot be read", StatePath(), page.error().message);
  FIRN_ASSIGN(const Json::Array* reports, page->GetArray("reports"));
  KnownReports all;
  for (const Json& entry : *reports) {
    FIRN_ASSIGN(auto known, KnownFrom(entry));
    all.insert(std::move(known));
  }
  for (const auto& [name, known] : all) {
    if (IsComplete(name, all)) known_.emplace(name, known);
  }
  return known_;
}

Result<FolderSink::OpenFile> FolderSink::Create(std::string path,
                                                const std::shared_ptr<arrow::Schema>& schema) {
  OpenFile open;
  const fs::path target(path);
  const std::string hidden =
      (target.parent_path() / ("." + target.filename().string() + "." + MakeUlid(env_))).string();
  FIRN_ASSIGN(open.file, files_.Create(io::FileLocation(hidden)));
  io::OutputFile* const out = open.file.get();
  FIRN_ASSIGN(open.rows, datafile::ParquetExport::Open(
                             schema, [out](std::string_view bytes) { return out->Write(bytes); },
                             options_.codec));
  open.path = std::move(path);
  return open;
}

Status FolderSink::Begin(const ReportName& report) {
  table_ = ReportTableOf(report.kind);
  report_ = report.name;
  return Ok();
}

Status FolderSink::Write(const std::shared_ptr<arrow::RecordBatch>& rows) {
  FIRN_ASSIGN(const std::vector<int32_t> days, DaysOf(*rows));
  for (const int32_t day : std::set<int32_t>(days.begin(), days.end())) {
    std::vector<bool> keep;
    for (const int32_t at : days)
      keep.push_back(at == day);
    FIRN_ASSIGN(const auto part, KeepRows(rows, keep));
    auto open = days_.find(day);
    if (open == days_.end()) {
      FIRN_ASSIGN(OpenFile made, Create(DayPath(table_, day), rows->schema()));
      open = days_.emplace(day, std::move(made)).first;
    }
    FIRN_TRY(open->second.rows->Write(part));
  }
  return Ok();
}

Status FolderSink::WriteRejects(const std::vector<Reject>& rejects, std::string_view path) {
  const std::string source_file = ColumnPath(path);
  FIRN_ASSIGN(const auto rows, RejectRows(rejects, {env_.Now(), options_.run_id, source_file}));
  const std::string name = options_.folder + "/" + std::string(table_) + "_rejected/" + report_ +
                           "_rejected_" + options_.run_id + ".parquet";
  if (rejects_.empty()) {
    FIRN_ASSIGN(OpenFile made, Create(name, rows->schema()));
    rejects_.emplace(name, std::move(made));
  }
  return rejects_.begin()->second.rows->Write(rows);
}

Result<int64_t> FolderSink::End(FinishedReport report) {
  int64_t bytes = 0;
  std::set<std::string> written;
  const auto finish = [&](OpenFile& open) -> Status {
    FIRN_TRY(open.rows->Close());
    written.insert(open.path);
    renames_[*io::LocalPath(open.file->location())] = open.path;
    finished_.push_back(std::move(open.file));
    return Ok();
  };
  for (auto& [day, open] : days_) {
    FIRN_TRY(finish(open));
    bytes += finished_.back()->position();
  }
  for (auto& [name, open] : rejects_)
    FIRN_TRY(finish(open));
  for (const int32_t day : report.replaced) {
    const std::string path = DayPath(table_, day);
    if (!written.contains(path)) removed_.push_back(path);
  }
  known_[report.name.name] = {report.name.kind, report.position.content_hash,
                              std::move(report.days)};
  days_.clear();
  rejects_.clear();
  if (finished_.size() > kFinishedMax) FIRN_TRY(CloseFinished());
  return bytes;
}

void FolderSink::Drop() {
  days_.clear();
  rejects_.clear();
}

// Removes what was written and has not got its name.
void FolderSink::Forget() {
  Drop();
  finished_.clear();
  std::error_code error;
  for (const auto& [from, to] : renames_)
    fs::remove(from, error);
  renames_.clear();
  removed_.clear();
}

Status FolderSink::CloseFinished() {
  std::vector<io::OutputFile*> files;
  for (const auto& file : finished_)
    files.push_back(file.get());
  FIRN_TRY(files_.CloseAll(files));
  finished_.clear();
  return Ok();
}

Status FolderSink::Rename() {
  std::set<std::string> folders;
  std::error_code error;
  // A file that one report wrote and a later one removed is among both: the renames come last.
  for (const std::string& path : removed_) {
    fs::remove(path, error);
    FIRN_TRY(ErrorOf("cannot remove", path, error));
  }
  for (const auto& [from, to] : renames_) {
    fs::rename(from, to, error);
    FIRN_TRY(ErrorOf("cannot rename to", to, error));
    folders.insert(fs::path(to).parent_path().string());
  }
  for (const std::string& folder : folders)
    FIRN_TRY(files_.SyncFolder(io::FileLocation(folder)));
  return Ok();
}

Status FolderSink::WriteState() {
  Json::Array reports;
  for (const auto& [name, known] : known_)
    reports.push_back(EntryOf(name, known));
  Json page{Json::Object()};
  page.Set("schema", kSchema);
  page.Set("reports", std::move(reports));
  const std::string hidden = options_.folder + "/._firn_reports.json." + MakeUlid(env_);
  FIRN_TRY(files_.WriteAll(io::FileLocation(hidden), page.Dump(1) + "\n"));
  std::error_code error;
  fs::rename(hidden, StatePath(), error);
  FIRN_TRY(ErrorOf("cannot rename to", StatePath(), error));
  return files_.SyncFolder(io::FileLocation(options_.folder));
}

Result<bool> FolderSink::Commit() {
  FIRN_TRY(CloseFinished());
  FIRN_TRY(Rename());
  renames_.clear();
  removed_.clear();
  FIRN_TRY(WriteState());
  return true;
}

Result<int64_t> FolderSink::SizeBytes() {
  FIRN_ASSIGN(const std::vector<io::FileInfo> files,
              files_.List(io::FileLocation(options_.folder)));
  int64_t total = 0;
  for (const io::FileInfo& file : files)
    total += file.hidden ? 0 : file.size_bytes;
  return total;
}

}  // namespace firn::ingest
