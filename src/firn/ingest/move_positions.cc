// SPDX-License-Identifier: Apache-2.0
//
// The log is only appended to: a position of a higher generation that says nothing was read takes
// the place of one that no longer holds.

#include "firn/ingest/move_positions.h"

#include <utility>
#include <vector>

#include <arrow/record_batch.h>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/writer_options.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/load_positions.h"
#include "firn/table/append.h"

namespace firn::ingest {
namespace {

constexpr int kAttemptsMax = 20;

Position Forgotten(const Position& last, TimeUs now) {
  Position forgotten;
  forgotten.source_id = last.source_id;
  forgotten.machine = last.machine;
  forgotten.path = last.path;
  forgotten.target = last.target;
  forgotten.kind = last.kind;
  forgotten.generation = last.generation + 1;
  forgotten.recorded_at = now;
  return forgotten;
}

// What is to be said of the files of `from`. A file that `to` had something of under that name
// before is another generation of it.
std::vector<Position> Moved(const PositionMap& latest, const std::string& from,
                            const std::optional<catalog::TableName>& to, TimeUs now) {
  std::vector<Position> moved;
  for (const auto& [source_id, last] : latest) {
    if (last.target != from || IsForgotten(last)) continue;
    moved.push_back(Forgotten(last, now));
    if (!to) continue;
    Position& renamed = moved.emplace_back(last);
    renamed.target = to->ToString();
    renamed.source_id = SourceIdOf(last.machine, last.path, renamed.target);
    renamed.recorded_at = now;
    const auto before = latest.find(renamed.source_id);
    if (before != latest.end()) renamed.generation = before->second.generation + 1;
  }
  return moved;
}

Result<std::vector<table::DataFile>> WriteRows(const catalog::LoadedTable& log, io::FileIO& lake_io,
                                               Env& env, const std::vector<Position>& positions) {
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(log.metadata->properties));
  FIRN_ASSIGN(const auto writer, datafile::TableWriter::Open(*log.metadata, log.name.name, lake_io,
                                                             env, std::move(options)));
  FIRN_ASSIGN(const auto rows, PositionRows(positions));
  FIRN_TRY(writer->Write(rows));
  return writer->Close();
}

}  // namespace

bool IsForgotten(const Position& position) {
  return position.offset == 0 && position.prefix_hash.empty();
}

Status MovePositions(catalog::Catalog& catalog, io::FileIO& lake_io, Env& env,
                     const std::string& cache_path, const catalog::TableName& from,
                     const std::optional<catalog::TableName>& to) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    FIRN_ASSIGN(const bool exists, catalog.TableExists(PositionsTableName()));
    if (!exists) return Ok();
    FIRN_ASSIGN(const auto log, catalog.LoadTable(PositionsTableName()));
    FIRN_ASSIGN(const PositionSet positions, LoadPositions(log, lake_io, cache_path));
    const auto moved = Moved(positions.latest, from.ToString(), to, env.Now());
    if (moved.empty()) return Ok();
    FIRN_ASSIGN(auto files, WriteRows(log, lake_io, env, moved));
    table::SnapshotOptions snapshot;
    snapshot.expected_snapshot = positions.snapshot.value_or(table::kNoSnapshot);
    const auto committed = catalog::CommitOperation(catalog, lake_io, env, PositionsTableName(),
                                                    table::MergeAppend(files, std::move(snapshot)));
    if (committed) return Ok();
    if (committed.error().kind == ErrorKind::kOutcomeUnknown) return committed.error();
    for (const table::DataFile& file : files)
      lake_io.Delete(file.file_path).Ignore("an orphan is found by maintenance");
    if (committed.error().kind != ErrorKind::kConflict) return committed.error();
  }
  return Conflict("other ingests were always first", kAttemptsMax);
}

}  // namespace firn::ingest
