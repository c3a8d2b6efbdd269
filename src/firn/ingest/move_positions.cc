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

// A file that `to` had something of under that name before is another generation of it.
Position Renamed(const Position& last, const std::string& to, const PositionMap& latest,
                 TimeUs now) {
  Position renamed = last;
  renamed.target = to;
  renamed.source_id = SourceIdOf(last.machine, last.path, to);
  renamed.recorded_at = now;
  const auto before = latest.find(renamed.source_id);
  if (before != latest.end()) renamed.generation = before->second.generation + 1;
  return renamed;
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

// Says something more of each file that the log has a position of for `table`.
template <typename Say>
Status Append(const PositionLog& to, const catalog::TableName& table, const Say& say) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    FIRN_ASSIGN(const bool exists, to.catalog.TableExists(PositionsTableName()));
    if (!exists) return Ok();
    FIRN_ASSIGN(const auto log, to.catalog.LoadTable(PositionsTableName()));
    FIRN_ASSIGN(const PositionSet positions, LoadPositions(log, to.lake_io, to.cache_path));
    std::vector<Position> more;
    for (const auto& [source_id, last] : positions.latest) {
      if (last.target == table.ToString() && !IsForgotten(last)) {
        more.push_back(say(last, positions.latest));
      }
    }
    if (more.empty()) return Ok();
    FIRN_ASSIGN(auto files, WriteRows(log, to.lake_io, to.env, more));
    table::SnapshotOptions snapshot;
    snapshot.expected_snapshot = positions.snapshot.value_or(table::kNoSnapshot);
    const auto committed =
        catalog::CommitOperation(to.catalog, to.lake_io, to.env, PositionsTableName(),
                                 table::MergeAppend(files, std::move(snapshot)));
    if (committed) return Ok();
    if (committed.error().kind == ErrorKind::kOutcomeUnknown) return committed.error();
    for (const table::DataFile& file : files)
      to.lake_io.Delete(file.file_path).Ignore("an orphan is found by maintenance");
    if (committed.error().kind != ErrorKind::kConflict) return committed.error();
  }
  return Conflict("other ingests were always first", kAttemptsMax);
}

}  // namespace

bool IsForgotten(const Position& position) {
  return position.offset == 0 && position.prefix_hash.empty();
}

Status CopyPositions(const PositionLog& log, const catalog::TableName& from,
                     const catalog::TableName& to) {
  return Append(log, from, [&](const Position& last, const PositionMap& latest) {
    return Renamed(last, to.ToString(), latest, log.env.Now());
  });
}

Status ForgetPositions(const PositionLog& log, const catalog::TableName& table) {
  return Append(log, table, [&](const Position& last, const PositionMap&) {
    return Forgotten(last, log.env.Now());
  });
}

}  // namespace firn::ingest
