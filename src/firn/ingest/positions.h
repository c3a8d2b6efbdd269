// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/ids.h"
#include "firn/table/schema.h"

namespace firn::ingest {

/// How many bytes at the beginning, and how many before the offset, the hashes of a position cover.
inline constexpr int64_t kEdgeBytes = 16 * 1024;

/// How far one source file was read into one table: a row of `bronze.source_files`. That table is
/// append-only; of the rows with one `source_id`, the one recorded last counts.
struct Position {
  std::string source_id;    ///< `SourceIdOf(machine, path, target)`.
  std::string machine;      ///< The name of the machine whose file it is.
  std::string path;         ///< `ColumnPath` of the file's absolute path.
  std::string target;       ///< The table its rows went to, e.g. "bronze.conversations".
  std::string kind;         ///< What it was read as: a platform or a format.
  int32_t generation = 0;   ///< Counts how often the file was rewritten or shrank.
  int64_t size_bytes = 0;   ///< The file's size when it was read to its end; else `offset`.
  int64_t offset = 0;       ///< All bytes before it are in the table (or rejected).
  std::string prefix_hash;  ///< SHA-256 of the first `kEdgeBytes` bytes before `offset`.
  std::string tail_hash;    ///< SHA-256 of the last `kEdgeBytes` bytes before `offset`.
  std::string
      content_hash;   ///< Of all bytes before `offset`, see `ContentDigest`; "" if not computed.
  TimeUs mtime;       ///< The file's modification time then.
  std::string state;  ///< What the reader of this kind must know to go on; may be "".
  TimeUs recorded_at;
  std::string run_id;

  friend bool operator==(const Position&, const Position&) = default;
};

/// The latest position of each source, by `source_id`.
using PositionMap = std::unordered_map<std::string, Position>;

/// Positions as of one snapshot of `bronze.source_files`.
struct PositionSet {
  std::optional<table::SnapshotId> snapshot;  ///< Unset while the table is absent or empty.
  PositionMap latest;
};

/// Columns of `bronze.source_files`.
table::Schema PositionsSchema();

/// Names a source: a UUID that depends on the three texts alone.
std::string SourceIdOf(std::string_view machine, std::string_view path, std::string_view target);

/// Renders positions as rows of `PositionsSchema`.
Result<std::shared_ptr<arrow::RecordBatch>> PositionRows(std::span<const Position> positions);

/// Reads rows of `PositionsSchema` (columns by name) and keeps the latest of each source.
/// Errors: `kCorrupt` where a column is absent or of another type.
Status MergePositions(const arrow::RecordBatch& rows, PositionMap& latest);

/// Takes `position` in if it is later than what `latest` has of its source: of a higher generation,
/// else with a higher offset, else recorded later.
void MergePosition(Position position, PositionMap& latest);

}  // namespace firn::ingest
