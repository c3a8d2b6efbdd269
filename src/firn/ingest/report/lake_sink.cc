// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/lake_sink.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/catalog/batch_commit.h"
#include "firn/datafile/scan_reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/load_positions.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/table/append.h"
#include "firn/table/overwrite.h"
#include "firn/table/scan.h"

namespace firn::ingest {
namespace {

using Days = std::vector<int32_t>;

std::string StateOf(const ReportName& name, const Days& days) {
  Json::Array list;
  for (const int32_t day : days)
    list.emplace_back(FormatDate(day));
  Json state{Json::Object()};
  state.Set("report", name.name);
  state.Set("days", std::move(list));
  return state.Dump();
}

Result<Days> DaysFrom(const Json& state) {
  FIRN_ASSIGN(const Json::Array* list, state.GetArray("days"));
  Days days;
  for (const Json& item : *list) {
    if (item.as_string() == nullptr) return Corrupt("a day that is no text", item.Dump());
    FIRN_ASSIGN(days.emplace_back(), ParseDate(*item.as_string()));
  }
  std::sort(days.begin(), days.end());
  return days;
}

// A position of one of the package's reports; others are passed over.
Status AddKnown(const Position& position, KnownReports& known) {
  const auto is_kind = [&](ReportKind kind) { return position.kind == ReportKindName(kind); };
  if (!is_kind(ReportKind::kDaily) && !is_kind(ReportKind::kWeekly) &&
      !is_kind(ReportKind::kIndexAdvisor) && !is_kind(ReportKind::kOptimizationSummary)) {
    return Ok();
  }
  FIRN_ASSIGN(const Json state, Json::Parse(position.state));
  FIRN_ASSIGN(const std::string name, state.GetString("report"));
  const auto parsed = ParseReportName(name);
  if (!parsed) return Corrupt("position of an unknown report", name);
  FIRN_ASSIGN(Days days, DaysFrom(state));
  known[name] = {parsed->kind, position.content_hash, std::move(days)};
  return Ok();
}

Result<KnownReports> KnownFrom(const PositionSet& positions) {
  KnownReports known;
  for (const auto& [id, position] : positions.latest) {
    const Status added = AddKnown(position, known);
    if (!added) return Error(added.error()).Within(PositionsTableName().ToString());
  }
  return known;
}

Result<PositionSet> LoadAllPositions(catalog::Catalog& catalog, io::FileIO& lake_io,
                                     const std::string& cache_path) {
  const auto table = catalog.LoadTable(PositionsTableName());
  if (table) return LoadPositions(*table, lake_io, cache_path);
  if (table.error().kind == ErrorKind::kNotFound) return PositionSet();
  return table.error();
}

// The name alone identifies a report, wherever it lies.
std::string SourceIdOfReport(const ReportName& name, const std::string& target) {
  return SourceIdOf("", name.name, target);
}

Result<std::vector<bool>> OutsideOf(const std::set<int32_t>& replaced,
                                    const arrow::RecordBatch& rows) {
  FIRN_ASSIGN(const Days days, DaysOf(rows));
  std::vector<bool> keep;
  for (const int32_t day : days)
    keep.push_back(!replaced.contains(day));
  return keep;
}

table::Expression IsOneOf(const std::set<int32_t>& days) {
  std::vector<table::Literal> literals;
  for (const int32_t day : days)
    literals.push_back(table::Literal::Date(day));
  return table::Expression::Set(table::Op::kIn, std::string(kDatePartition), std::move(literals));
}

}  // namespace

Result<KnownReports> LoadKnownReports(catalog::Catalog& catalog, io::FileIO& lake_io,
                                      const std::string& cache_path) {
  FIRN_ASSIGN(const PositionSet positions, LoadAllPositions(catalog, lake_io, cache_path));
  return KnownFrom(positions);
}

LakeSink::LakeSink(const IngestContext& context, LakeSinkOptions options)
    : context_(context), options_(std::move(options)) {}

LakeSink::~LakeSink() {
  Forget();
}

// Removes what was written and not committed: files that are held back, and those the batch has
// made visible because it held too many.
void LakeSink::Forget() {
  Drop();
  files_.reset();
  for (const auto& [name, change] : changes_) {
    for (const table::DataFile& file : change.added) {
      context_.lake_io.Delete(file.file_path).Ignore("an orphan is found by maintenance");
    }
  }
  changes_.clear();
  moved_.clear();
}

Result<KnownReports> LakeSink::Load() {
  Forget();
  FIRN_ASSIGN(positions_,
              LoadAllPositions(context_.catalog, context_.lake_io, options_.cache_path));
  return KnownFrom(positions_);
}

Result<LakeSink::Change*> LakeSink::ChangeOf(const catalog::TableName& name,
                                             const table::NewTable& blueprint) {
  const auto found = changes_.find(name);
  if (found != changes_.end()) return &found->second;
  FIRN_ASSIGN(auto table, EnsureTable(context_.catalog, name, blueprint));
  return &changes_.emplace(name, Change{std::move(table), {}, {}, {}}).first->second;
}

Result<LakeSink::Writer> LakeSink::OpenWriter(const catalog::LoadedTable& table) {
  if (!files_) files_ = std::make_unique<io::WriteBatch>(context_.lake_io);
  FIRN_ASSIGN(auto writer_options,
              datafile::WriterOptionsFrom(table.metadata->properties, context_.writing));
  if (options_.codec) writer_options.compression = {*options_.codec, std::nullopt};
  return datafile::TableWriter::Open(*table.metadata, table.name.name, *files_, context_.env,
                                     std::move(writer_options));
}

Status LakeSink::Begin(const ReportName& report) {
  table_ = ReportTableOf(report.kind);
  FIRN_ASSIGN(const table::NewTable blueprint, ReportBlueprint(table_));
  FIRN_ASSIGN(const Change* change, ChangeOf(ReportTableName(table_), blueprint));
  FIRN_ASSIGN(rows_, OpenWriter(change->table));
  return Ok();
}

Status LakeSink::Write(const std::shared_ptr<arrow::RecordBatch>& rows) {
  return rows_->Write(rows);
}

Status LakeSink::WriteRejects(const std::vector<Reject>& rejects, std::string_view path) {
  const catalog::TableName name = RejectedTableName(ReportTableName(table_));
  FIRN_ASSIGN(const Change* change, ChangeOf(name, RejectedBlueprint()));
  if (!rejects_) {
    FIRN_ASSIGN(rejects_, OpenWriter(change->table));
  }
  const std::string source_file = ColumnPath(path);
  FIRN_ASSIGN(const auto rows,
              RejectRows(rejects, {context_.env.Now(), options_.run_id, source_file}));
  return rejects_->Write(rows);
}

Result<int64_t> LakeSink::End(FinishedReport report) {
  const catalog::TableName name = ReportTableName(table_);
  Change& change = changes_.at(name);
  FIRN_ASSIGN(std::vector<table::DataFile> files, rows_->Close());
  int64_t bytes = 0;
  for (table::DataFile& file : files) {
    bytes += file.file_size_bytes;
    change.added.push_back(std::move(file));
  }
  if (rejects_) {
    FIRN_ASSIGN(std::vector<table::DataFile> rejected, rejects_->Close());
    auto& added = changes_.at(RejectedTableName(name)).added;
    std::move(rejected.begin(), rejected.end(), std::back_inserter(added));
  }
  rows_.reset();
  rejects_.reset();
  change.replaced.insert(report.replaced.begin(), report.replaced.end());
  Position position = std::move(report.position);
  position.target = name.ToString();
  position.source_id = SourceIdOfReport(report.name, position.target);
  position.state = StateOf(report.name, report.days);
  moved_.push_back(std::move(position));
  return bytes;
}

void LakeSink::Drop() {
  if (rows_) rows_->Abort();
  if (rejects_) rejects_->Abort();
  rows_.reset();
  rejects_.reset();
}

// Finds the files in which rows of replaced days are; of those that hold others, what stays is
// written again.
Status LakeSink::TakeOut(Change& change) {
  const table::TableMetadata& metadata = *change.table.metadata;
  if (change.replaced.empty() || metadata.current_snapshot() == nullptr) return Ok();
  table::ScanRequest request;
  request.filter = IsOneOf(change.replaced);
  FIRN_ASSIGN(const table::DeleteSplit split,
              table::SplitForDelete(metadata, request, context_.lake_io));
  for (const table::DataFile& file : split.whole)
    change.deleted.push_back(file.file_path);
  return WriteAgain(split.partly, change);
}

Status LakeSink::WriteAgain(const std::vector<table::FileScanTask>& files, Change& change) {
  if (files.empty()) return Ok();
  const table::TableMetadata& metadata = *change.table.metadata;
  table::ScanPlan plan;
  plan.snapshot = metadata.current_snapshot_id;
  plan.schema = plan.projection = metadata.schema();
  plan.tasks = files;
  FIRN_ASSIGN(const auto reader,
              datafile::ScanReader::Open(context_.lake_io, metadata, std::move(plan)));
  FIRN_ASSIGN(const Writer writer, OpenWriter(change.table));
  while (true) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) break;
    FIRN_ASSIGN(const std::vector<bool> keep, OutsideOf(change.replaced, *batch));
    FIRN_ASSIGN(const auto rows, KeepRows(batch, keep));
    if (rows != nullptr) FIRN_TRY(writer->Write(rows));
  }
  FIRN_ASSIGN(std::vector<table::DataFile> kept, writer->Close());
  std::move(kept.begin(), kept.end(), std::back_inserter(change.added));
  for (const table::FileScanTask& task : files)
    change.deleted.push_back(task.file.file_path);
  return Ok();
}

Status LakeSink::WritePositions() {
  for (Position& position : moved_) {
    position.run_id = options_.run_id;
    position.recorded_at = context_.env.Now();
    const auto last = positions_.latest.find(position.source_id);
    if (last == positions_.latest.end()) continue;
    position.generation = last->second.generation + 1;
    // Of two positions of one source the later one counts, whatever the clock does.
    position.recorded_at =
        std::max(position.recorded_at, TimeUs{last->second.recorded_at.value + 1});
  }
  FIRN_ASSIGN(Change * change, ChangeOf(PositionsTableName(), PositionsBlueprint()));
  FIRN_ASSIGN(const Writer writer, OpenWriter(change->table));
  FIRN_ASSIGN(const auto rows, PositionRows(moved_));
  FIRN_TRY(writer->Write(rows));
  FIRN_ASSIGN(change->added, writer->Close());
  return Ok();
}

Result<bool> LakeSink::CommitChanges() {
  std::vector<catalog::PendingChange> pending;
  for (auto& [name, change] : changes_) {
    if (change.added.empty() && change.deleted.empty()) continue;
    table::SnapshotOptions snapshot;
    snapshot.summary["firn.run-id"] = options_.run_id;
    if (name == PositionsTableName()) {
      snapshot.expected_snapshot = positions_.snapshot.value_or(table::kNoSnapshot);
    }
    if (change.deleted.empty()) {
      pending.push_back({name, table::MergeAppend(change.added, std::move(snapshot))});
      continue;
    }
    table::Overwrite overwrite{change.added, change.deleted, {}};
    overwrite.validation.from = change.table.metadata->current_snapshot_id;
    overwrite.validation.isolation = table::Isolation::kSnapshot;
    pending.push_back({name, table::OverwriteFiles(std::move(overwrite), std::move(snapshot))});
  }
  const auto committed =
      catalog::CommitOperations(context_.catalog, *files_, context_.env, pending);
  if (!committed) {
    if (committed.error().kind == ErrorKind::kConflict) return false;
    // After an unknown outcome the files may be part of the tables.
    if (committed.error().kind == ErrorKind::kOutcomeUnknown) changes_.clear();
    return committed.error();
  }
  for (const catalog::LoadedTable& table : *committed) {
    if (table.name == PositionsTableName())
      positions_.snapshot = table.metadata->current_snapshot_id;
  }
  for (Position& position : moved_)
    MergePosition(std::move(position), positions_.latest);
  changes_.clear();
  return true;
}

Result<bool> LakeSink::Commit() {
  for (const std::string_view table : ReportTables()) {
    const auto change = changes_.find(ReportTableName(table));
    if (change != changes_.end()) FIRN_TRY(TakeOut(change->second));
  }
  FIRN_TRY(WritePositions());
  auto committed = CommitChanges();
  Forget();
  return committed;
}

Result<int64_t> LakeSink::SizeBytes() {
  int64_t total = 0;
  for (const std::string_view name : ReportTables()) {
    const auto table = context_.catalog.LoadTable(ReportTableName(name));
    if (!table && table.error().kind == ErrorKind::kNotFound) continue;
    if (!table) return table.error();
    const table::Snapshot* current = table->metadata->current_snapshot();
    if (current == nullptr) continue;
    const auto size = current->summary.find("total-files-size");
    if (size == current->summary.end()) continue;
    int64_t bytes = 0;
    std::from_chars(size->second.data(), size->second.data() + size->second.size(), bytes);
    total += bytes;
  }
  return total;
}

}  // namespace firn::ingest
