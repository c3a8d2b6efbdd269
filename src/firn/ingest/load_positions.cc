// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/load_positions.h"

#include <utility>

#include <arrow/api.h>

#include "firn/datafile/scan_reader.h"
#include "firn/ingest/position_cache.h"
#include "firn/io/file_io.h"
#include "firn/table/scan.h"

namespace firn::ingest {
namespace {

Status ReadPlan(const table::TableMetadata& metadata, table::ScanPlan plan, io::FileIO& lake_io,
                PositionMap& latest) {
  FIRN_ASSIGN(const auto reader, datafile::ScanReader::Open(lake_io, metadata, std::move(plan)));
  while (true) {
    FIRN_ASSIGN(const auto rows, reader->Next());
    if (rows == nullptr) return Ok();
    FIRN_TRY(MergePositions(*rows, latest));
  }
}

Result<PositionSet> LoadAll(const table::TableMetadata& metadata, io::FileIO& lake_io) {
  PositionSet positions;
  positions.snapshot = metadata.current_snapshot_id;
  FIRN_ASSIGN(auto plan, table::PlanScan(metadata, {}, lake_io));
  FIRN_TRY(ReadPlan(metadata, std::move(plan), lake_io, positions.latest));
  return positions;
}

// Brings what the cache had up to the current snapshot; false where that is not possible.
Result<bool> CatchUp(const table::TableMetadata& metadata, io::FileIO& lake_io,
                     PositionSet& positions) {
  const table::SnapshotId current = *metadata.current_snapshot_id;
  if (positions.snapshot == current) return true;
  auto plan = table::PlanAppends(metadata, positions.snapshot, current, lake_io);
  if (!plan) return false;
  FIRN_TRY(ReadPlan(metadata, std::move(*plan), lake_io, positions.latest));
  positions.snapshot = current;
  return true;
}

}  // namespace

Result<PositionSet> LoadPositions(const catalog::LoadedTable& positions_table, io::FileIO& lake_io,
                                  const std::string& cache_path) {
  const table::TableMetadata& metadata = *positions_table.metadata;
  if (!metadata.current_snapshot_id) return PositionSet{};
  if (cache_path.empty() || !metadata.table_uuid) return LoadAll(metadata, lake_io);
  PositionCache cache(cache_path, metadata.table_uuid->ToString());
  if (auto known = cache.Load()) {
    const bool is_current = known->snapshot == metadata.current_snapshot_id;
    FIRN_ASSIGN(const bool caught_up, CatchUp(metadata, lake_io, *known));
    if (caught_up && !is_current) cache.Store(*known);
    if (caught_up) return std::move(*known);
  }
  FIRN_ASSIGN(PositionSet positions, LoadAll(metadata, lake_io));
  cache.Store(positions);
  return positions;
}

}  // namespace firn::ingest
