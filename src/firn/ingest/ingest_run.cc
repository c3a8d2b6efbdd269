// SPDX-License-Identifier: Apache-2.0
//
// A run is a sequence of passes. A pass decides from the positions what is new, reads it on the
// parse threads, and commits on this thread every so many bytes. A commit that loses against
// another ingest ends the pass: what was read ahead was decided from positions that no longer hold.

#include "firn/ingest/ingest_run.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/datafile/memory_budget.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/file_change.h"
#include "firn/ingest/ingest_lock.h"
#include "firn/ingest/ingest_transaction.h"
#include "firn/ingest/load_positions.h"
#include "firn/ingest/parse_crew.h"
#include "firn/ingest/path_text.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"

namespace firn::ingest {
namespace {

constexpr Millis kLockWaitMax{30'000};
constexpr int kPassesMax = 100;
constexpr size_t kRejectSamplesMax = 10;

class Run {
 public:
  Run(const IngestContext& context, const Discovery& files, const SourceFormat& format,
      const IngestOptions& options)
      : context_(context),
        files_(files),
        format_(format),
        options_(options),
        target_(options.target.ToString()) {}

  Result<IngestReport> Go();

 private:
  Status ReadPositions();
  void Decide();
  void AddTask(FileTask task);
  void CountFile(const FileTask& task, int64_t by);
  Result<bool> Pass();
  Result<bool> Consume(ParseCrew& crew);
  Status Take(ParsedPiece piece);
  void Count(const FileTask& task, const ParsedPiece& piece);
  void SampleRejects(const FileTask& task, const std::vector<Reject>& rejects);
  Result<bool> CommitWhatIsOpen();
  bool IsWorthRecording(const FileTask& task, const ParsedPiece& piece) const;

  const IngestContext& context_;
  const Discovery& files_;
  const SourceFormat& format_;
  const IngestOptions& options_;
  const std::string target_;
  PositionSet positions_;
  std::vector<FileTask> tasks_;
  std::optional<IngestTransaction> open_;
  IngestReport report_;  // What was committed.
  IngestReport pass_;    // What this pass found out, valid once it ends without a conflict.
};

Status Run::ReadPositions() {
  positions_ = {};
  const auto table = context_.catalog.LoadTable(PositionsTableName());
  if (!table) {
    return table.error().kind == ErrorKind::kNotFound ? Ok() : Status(table.error());
  }
  FIRN_ASSIGN(positions_, LoadPositions(*table, context_.lake_io, options_.cache_path));
  return Ok();
}

void Run::CountFile(const FileTask& task, int64_t by) {
  pass_.files_unchanged += task.change == FileChange::kUnchanged ? by : 0;
  pass_.files_new += task.change == FileChange::kNew ? by : 0;
  pass_.files_grown += task.change == FileChange::kGrown ? by : 0;
  pass_.files_rewritten += task.change == FileChange::kRewritten ? by : 0;
}

void Run::AddTask(FileTask task) {
  if (task.change == FileChange::kRewritten) {
    Status allowed = format_.AllowRewritten(task);
    if (!allowed) {
      pass_.problems.push_back({task.path, std::move(allowed).error()});
      return;
    }
  }
  CountFile(task, 1);
  if (task.change != FileChange::kUnchanged) tasks_.push_back(std::move(task));
}

void Run::Decide() {
  tasks_.clear();
  pass_ = {};
  const ChangeContext context{context_.source_io, options_.machine, target_, options_.hash_content};
  for (const FoundFile& file : files_.files) {
    auto task = DecideChange(file, positions_.latest, context);
    if (task) {
      AddTask(std::move(*task));
    } else {
      pass_.problems.push_back({file.path, std::move(task).error().Within(DisplayPath(file.path))});
    }
  }
}

void Run::SampleRejects(const FileTask& task, const std::vector<Reject>& rejects) {
  for (const Reject& reject : rejects) {
    if (pass_.reject_samples.size() >= kRejectSamplesMax) break;
    const std::string line = reject.line ? ":" + std::to_string(*reject.line) : std::string();
    pass_.reject_samples.push_back(DisplayPath(task.path) + line + ": " + reject.message);
  }
}

void Run::Count(const FileTask& task, const ParsedPiece& piece) {
  if (piece.unrecognised) pass_.unrecognised.push_back(task.path);
  if (piece.error) {
    pass_.problems.push_back({task.path, *piece.error});
    CountFile(task, -1);
  } else if (piece.last && !piece.unrecognised && piece.unfinished) {
    ++pass_.files_unfinished;
  }
  for (const SourceBatch& batch : piece.batches)
    SampleRejects(task, batch.rejects);
  context_.progress.Advance(piece.bytes);
}

// Whether a piece says anything that the positions do not know yet.
bool Run::IsWorthRecording(const FileTask& task, const ParsedPiece& piece) const {
  if (piece.error || piece.unrecognised) return false;
  if (piece.bytes > 0 || !piece.last) return true;
  const auto known = positions_.latest.find(task.source_id);
  if (known == positions_.latest.end() || open_) return true;
  return known->second.size_bytes != piece.position.size_bytes ||
         known->second.generation != piece.position.generation;
}

Status Run::Take(ParsedPiece piece) {
  const FileTask& task = tasks_[piece.task];
  Count(task, piece);
  if (!IsWorthRecording(task, piece)) return Ok();
  if (options_.dry_run) {
    report_.rows += piece.rows;
    for (const SourceBatch& batch : piece.batches)
      report_.rejected += static_cast<int64_t>(batch.rejects.size());
    report_.bytes += piece.bytes;
    return Ok();
  }
  if (!open_) open_.emplace(context_, options_, positions_);
  return open_->Add(task, piece);
}

// False when another ingest moved positions meanwhile: all is to be decided anew.
Result<bool> Run::CommitWhatIsOpen() {
  if (!open_) return true;
  FIRN_ASSIGN(const bool committed, open_->Commit());
  if (committed) {
    report_.rows += open_->rows();
    report_.rejected += open_->rejected();
    report_.bytes += open_->bytes();
    ++report_.commits;
  } else {
    ++report_.conflicts;
  }
  // The tasks that are left were decided from positions that no longer hold.
  const bool go_on = committed && !open_->saw_others();
  open_.reset();
  return go_on;
}

Result<bool> Run::Consume(ParseCrew& crew) {
  while (auto piece = crew.Next()) {
    FIRN_TRY(Take(std::move(*piece)));
    if (!open_ || open_->bytes() < options_.commit_bytes) continue;
    FIRN_ASSIGN(const bool committed, CommitWhatIsOpen());
    if (!committed) return false;
  }
  return CommitWhatIsOpen();
}

// Reads what is new. False when another ingest was first with some of it.
Result<bool> Run::Pass() {
  Decide();
  if (tasks_.empty()) return true;
  int64_t total_bytes = 0;
  for (const FileTask& task : tasks_)
    total_bytes += task.size_bytes - task.from;
  context_.progress.Begin("reading " + std::to_string(tasks_.size()) + " files", total_bytes);
  // What was parsed waits in the memory that its writer has, too; without any, piece by piece.
  datafile::MemoryReservation waiting(context_.writing.memory, options_.queue_bytes);
  const bool has_room = waiting.TryGrow(options_.queue_bytes);
  const ParseOptions options{.target = target_,
                             .found_at = files_.began_at,
                             .threads = options_.parse_threads,
                             .queue_bytes = has_room ? options_.queue_bytes : 0,
                             .block_bytes = options_.block_bytes,
                             .hash_content = options_.hash_content};
  ParseCrew crew(tasks_, format_, context_.source_io, options);
  auto outcome = Consume(crew);
  open_.reset();
  context_.progress.End();
  return outcome;
}

Result<IngestReport> Run::Go() {
  const IngestLock lock(options_.dry_run ? std::string() : options_.lock_path, context_.env,
                        kLockWaitMax);
  FIRN_TRY(ReadPositions());
  for (int pass = 0; pass < kPassesMax; ++pass) {
    FIRN_ASSIGN(const bool done, Pass());
    if (done) {
      pass_.files_found = static_cast<int64_t>(files_.files.size());
      pass_.rows = report_.rows;
      pass_.rejected = report_.rejected;
      pass_.bytes = report_.bytes;
      pass_.commits = report_.commits;
      pass_.conflicts = report_.conflicts;
      pass_.problems.insert(pass_.problems.begin(), files_.problems.begin(), files_.problems.end());
      return std::move(pass_);
    }
    context_.log.Info("ingest.conflict", {{"run", options_.run_id}});
    context_.env.Sleep(
        Millis{static_cast<int64_t>(context_.env.Random64() % 50) << std::min(pass, 5)});
  }
  return Conflict("other ingests were always first", kPassesMax);
}

}  // namespace

Result<IngestReport> RunIngest(const IngestContext& context, const Discovery& files,
                               const SourceFormat& format, const IngestOptions& options) {
  return Run(context, files, format, options).Go();
}

}  // namespace firn::ingest
