// SPDX-License-Identifier: Apache-2.0
//
// Exactly once comes from one assertion: the commit requires bronze.source_files to be at the
// snapshot whose positions the work was decided from. Every ingest moves that table, so of two that
// decided from the same positions only one can land; the other sees the new positions and either
// keeps its files (they were about other sources) or throws them away and decides anew.

#include "firn/ingest/ingest_transaction.h"

#include <algorithm>
#include <utility>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/catalog/batch_commit.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/writer_options.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/load_positions.h"
#include "firn/ingest/path_text.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/update.h"

namespace firn::ingest {
namespace {

constexpr int kAttemptsMax = 20;
// Where nobody says otherwise. Smaller than the writer's own: rows arrive as fast as they are
// encoded, and larger ones make files no smaller, only the memory that they wait in larger.
constexpr std::string_view kRowGroupBytes = "16777216";

catalog::PendingChange Append(const catalog::TableName& table, std::vector<table::DataFile> files,
                              const IngestOptions& options,
                              std::optional<table::SnapshotId> expected) {
  table::SnapshotOptions snapshot;
  snapshot.summary["firn.run-id"] = options.run_id;
  snapshot.expected_snapshot = expected;
  return {table, table::MergeAppend(std::move(files), std::move(snapshot))};
}

std::unique_ptr<table::Operation> AddColumns(const table::Schema& columns) {
  return table::UpdateSchema(
      [columns](table::SchemaUpdate& update) { update.UnionByName(columns); });
}

}  // namespace

IngestTransaction::IngestTransaction(const IngestContext& context, const IngestOptions& options,
                                     PositionSet& positions)
    : context_(context), options_(options), positions_(positions), files_(context.lake_io) {}

IngestTransaction::~IngestTransaction() {
  if (!settled_) Abort();
}

void IngestTransaction::Abort() {
  if (rows_writer_) rows_writer_->Abort();
  if (rejects_writer_) rejects_writer_->Abort();
  DeleteFiles(row_files_);
  DeleteFiles(reject_files_);
  DeleteFiles(position_files_);
  settled_ = true;
}

void IngestTransaction::DeleteFiles(const std::vector<table::DataFile>& files) {
  for (const table::DataFile& file : files) {
    files_.Delete(file.file_path).Ignore("an orphan is found by maintenance");
  }
}

Result<IngestTransaction::Writer> IngestTransaction::OpenWriter(const catalog::LoadedTable& into) {
  datafile::WriterDefaults defaults = context_.writing;
  defaults.properties.emplace("write.parquet.row-group-size-bytes", kRowGroupBytes);
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(into.metadata->properties, defaults));
  return datafile::TableWriter::Open(*into.metadata, into.name.name, files_, context_.env,
                                     std::move(options));
}

Status IngestTransaction::Add(const FileTask& task, const ParsedPiece& piece) {
  for (const SourceBatch& batch : piece.batches) {
    FIRN_TRY(WriteRows(batch));
    FIRN_TRY(WriteRejects(task, batch.rejects));
  }
  moved_.insert_or_assign(task.source_id, piece.position);
  bytes_ += piece.bytes;
  return Ok();
}

Result<catalog::LoadedTable> IngestTransaction::FindTarget() const {
  FIRN_ASSIGN(catalog::LoadedTable target, context_.catalog.LoadTable(options_.target));
  const bool is_other = options_.target_uuid && target.metadata->table_uuid != options_.target_uuid;
  if (!is_other) return target;
  return Conflict("another table has the name now", options_.target)
      .WithHint("run the ingest again: it reads what that table has not");
}

// The target as it will be once this is committed.
Result<catalog::LoadedTable> IngestTransaction::LoadTarget() {
  FIRN_ASSIGN(catalog::LoadedTable target, FindTarget());
  if (!options_.columns) return target;
  const auto evolve = AddColumns(*options_.columns);
  FIRN_ASSIGN(const table::CommitPlan plan,
              evolve->Plan(*target.metadata, {context_.lake_io, context_.env}));
  FIRN_ASSIGN(auto evolved,
              table::ApplyUpdates(*target.metadata, plan.updates, context_.env.NowMs()));
  target.metadata = std::make_shared<const table::TableMetadata>(std::move(evolved));
  return target;
}

Status IngestTransaction::WriteRows(const SourceBatch& batch) {
  if (batch.rows == nullptr || batch.rows->num_rows() == 0) return Ok();
  rows_ += batch.rows->num_rows();
  if (!rows_writer_) {
    FIRN_ASSIGN(const auto target, LoadTarget());
    FIRN_ASSIGN(rows_writer_, OpenWriter(target));
  }
  return rows_writer_->Write(batch.rows);
}

Status IngestTransaction::WriteRejects(const FileTask& task, const std::vector<Reject>& rejects) {
  if (rejects.empty()) return Ok();
  rejected_ += static_cast<int64_t>(rejects.size());
  if (!rejects_writer_) {
    const auto name = RejectedTableName(options_.target);
    FIRN_ASSIGN(const auto into, EnsureTable(context_.catalog, name, RejectedBlueprint()));
    FIRN_ASSIGN(rejects_writer_, OpenWriter(into));
  }
  const std::string source_file = ColumnPath(task.path);
  const RejectOrigin origin{context_.env.Now(), options_.run_id, source_file};
  FIRN_ASSIGN(const auto rows, RejectRows(rejects, origin));
  return rejects_writer_->Write(rows);
}

Status IngestTransaction::WritePositions() {
  std::vector<Position> positions;
  for (auto& [source_id, position] : moved_) {
    position.run_id = options_.run_id;
    position.recorded_at = context_.env.Now();
    // Of two positions of one source the later one counts, whatever the clock does.
    const auto last = positions_.latest.find(source_id);
    if (last != positions_.latest.end()) {
      const TimeUs next{last->second.recorded_at.value + 1};
      position.recorded_at = std::max(position.recorded_at, next);
    }
    positions.push_back(position);
  }
  FIRN_ASSIGN(const auto table,
              EnsureTable(context_.catalog, PositionsTableName(), PositionsBlueprint()));
  FIRN_ASSIGN(const auto writer, OpenWriter(table));
  FIRN_ASSIGN(const auto rows, PositionRows(positions));
  FIRN_TRY(writer->Write(rows));
  FIRN_ASSIGN(position_files_, writer->Close());
  return Ok();
}

Status IngestTransaction::CloseWriters() {
  if (rows_writer_) {
    FIRN_ASSIGN(row_files_, rows_writer_->Close());
    rows_writer_.reset();
  }
  if (rejects_writer_) {
    FIRN_ASSIGN(reject_files_, rejects_writer_->Close());
    rejects_writer_.reset();
  }
  return WritePositions();
}

// Whether no source of this transaction moved since its task was decided.
Result<bool> IngestTransaction::IsUntouched(const PositionSet& now) const {
  for (const auto& [source_id, position] : moved_) {
    const auto before = positions_.latest.find(source_id);
    const auto after = now.latest.find(source_id);
    const bool was_known = before != positions_.latest.end();
    const bool is_known = after != now.latest.end();
    if (was_known != is_known) return false;
    if (was_known && !(before->second == after->second)) return false;
  }
  return true;
}

// One try. False on a conflict about the positions.
Result<bool> IngestTransaction::CommitOnce() {
  std::vector<catalog::PendingChange> changes;
  if (!row_files_.empty()) {
    if (options_.target_uuid) {
      changes.push_back({options_.target, table::ExpectTable(*options_.target_uuid)});
    }
    if (options_.columns) changes.push_back({options_.target, AddColumns(*options_.columns)});
    changes.push_back(Append(options_.target, row_files_, options_, std::nullopt));
  }
  if (!reject_files_.empty()) {
    const auto name = RejectedTableName(options_.target);
    changes.push_back(Append(name, reject_files_, options_, std::nullopt));
  }
  const auto expected = positions_.snapshot.value_or(table::kNoSnapshot);
  changes.push_back(Append(PositionsTableName(), position_files_, options_, expected));
  auto committed = catalog::CommitOperations(context_.catalog, files_, context_.env, changes);
  if (!committed) {
    if (committed.error().kind == ErrorKind::kConflict) {
      FIRN_TRY(FindTarget());
      return false;
    }
    if (committed.error().kind == ErrorKind::kOutcomeUnknown) settled_ = true;
    return std::move(committed).error();
  }
  settled_ = true;
  const table::Snapshot* snapshot = committed->back().metadata->current_snapshot();
  FIRN_ASSERT(snapshot != nullptr);
  positions_.snapshot = snapshot->id;
  return true;
}

Result<bool> IngestTransaction::Commit() {
  FIRN_TRY(CloseWriters());
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    FIRN_ASSIGN(const bool committed, CommitOnce());
    if (committed) {
      for (const auto& [source_id, position] : moved_)
        MergePosition(position, positions_.latest);
      return true;
    }
    FIRN_ASSIGN(const auto table, context_.catalog.LoadTable(PositionsTableName()));
    FIRN_ASSIGN(PositionSet now, LoadPositions(table, context_.lake_io, options_.cache_path));
    FIRN_ASSIGN(const bool untouched, IsUntouched(now));
    saw_others_ = saw_others_ || now.snapshot != positions_.snapshot;
    positions_ = std::move(now);
    if (!untouched) {
      Abort();
      return false;
    }
  }
  return Conflict("other ingests were always first", kAttemptsMax);
}

}  // namespace firn::ingest
