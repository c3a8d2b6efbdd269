// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/positions.h"

#include <tuple>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/uuid.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/ingest/column_access.h"

namespace firn::ingest {
namespace {

using table::NestedField;
using table::Type;

// The name space of source ids: made once at random, fixed for ever.
constexpr std::string_view kSourceSpace = "6f1c7d52-9a0e-4b7c-8f53-2d5b7a3c9e41";

struct PositionColumns {
  TextColumn source_id, machine, path, target, kind, prefix_hash, tail_hash, content_hash, state,
      run_id;
  IntColumn generation;
  LongColumn size, offset;
  TimeColumn mtime, recorded_at;
};

Result<PositionColumns> ColumnsOf(const arrow::RecordBatch& rows) {
  PositionColumns columns;
  FIRN_TRY(columns.source_id.Bind(rows, "source_id"));
  FIRN_TRY(columns.machine.Bind(rows, "machine"));
  FIRN_TRY(columns.path.Bind(rows, "path"));
  FIRN_TRY(columns.target.Bind(rows, "target"));
  FIRN_TRY(columns.kind.Bind(rows, "kind"));
  FIRN_TRY(columns.generation.Bind(rows, "generation"));
  FIRN_TRY(columns.size.Bind(rows, "size"));
  FIRN_TRY(columns.offset.Bind(rows, "offset"));
  FIRN_TRY(columns.prefix_hash.Bind(rows, "prefix_hash"));
  FIRN_TRY(columns.tail_hash.Bind(rows, "tail_hash"));
  FIRN_TRY(columns.content_hash.Bind(rows, "content_hash"));
  FIRN_TRY(columns.mtime.Bind(rows, "mtime"));
  FIRN_TRY(columns.state.Bind(rows, "state"));
  FIRN_TRY(columns.recorded_at.Bind(rows, "recorded_at"));
  FIRN_TRY(columns.run_id.Bind(rows, "run_id"));
  return columns;
}

Position RowAt(const PositionColumns& columns, int64_t row) {
  Position position;
  position.source_id = columns.source_id.At(row);
  position.machine = columns.machine.At(row);
  position.path = columns.path.At(row);
  position.target = columns.target.At(row);
  position.kind = columns.kind.At(row);
  position.generation = columns.generation.At(row);
  position.size_bytes = columns.size.At(row);
  position.offset = columns.offset.At(row);
  position.prefix_hash = columns.prefix_hash.At(row);
  position.tail_hash = columns.tail_hash.At(row);
  position.content_hash = columns.content_hash.At(row);
  if (!columns.mtime.IsNull(row)) position.mtime = TimeUs{columns.mtime.At(row)};
  position.state = columns.state.At(row);
  position.recorded_at = TimeUs{columns.recorded_at.At(row)};
  position.run_id = columns.run_id.At(row);
  return position;
}

}  // namespace

table::Schema PositionsSchema() {
  auto schema = table::Schema::Make(table::SchemaId(0),
                                    {NestedField::Required(1, "source_id", Type::String()),
                                     NestedField::Required(2, "machine", Type::String()),
                                     NestedField::Required(3, "path", Type::String()),
                                     NestedField::Required(4, "target", Type::String()),
                                     NestedField::Required(5, "kind", Type::String()),
                                     NestedField::Required(6, "generation", Type::Int()),
                                     NestedField::Required(7, "size", Type::Long()),
                                     NestedField::Required(8, "offset", Type::Long()),
                                     NestedField::Required(9, "prefix_hash", Type::String()),
                                     NestedField::Required(10, "tail_hash", Type::String()),
                                     NestedField::Optional(11, "content_hash", Type::String()),
                                     NestedField::Optional(12, "mtime", Type::TimestampTz()),
                                     NestedField::Optional(13, "state", Type::String()),
                                     NestedField::Required(14, "recorded_at", Type::TimestampTz()),
                                     NestedField::Required(15, "run_id", Type::String())});
  FIRN_ASSERT(schema.has_value());
  return std::move(schema).value();
}

std::string SourceIdOf(std::string_view machine, std::string_view path, std::string_view target) {
  const auto space = Uuid::Parse(kSourceSpace);
  std::string name(machine);
  name.append(1, '\0').append(path).append(1, '\0').append(target);
  return Uuid::FromName(*space, name).ToString();
}

Result<std::shared_ptr<arrow::RecordBatch>> PositionRows(std::span<const Position> positions) {
  FIRN_ASSIGN(auto schema, datafile::ToArrow(PositionsSchema()));
  RowsBuilder rows(std::move(schema));
  for (const Position& position : positions) {
    rows.Text(position.source_id).Text(position.machine).Text(position.path);
    rows.Text(position.target).Text(position.kind).Int(position.generation);
    rows.Long(position.size_bytes).Long(position.offset);
    rows.Text(position.prefix_hash).Text(position.tail_hash);
    rows.TextOrNull(position.content_hash);
    rows.TimeOrNull(position.mtime).TextOrNull(position.state);
    rows.TimeOrNull(position.recorded_at).Text(position.run_id);
    FIRN_TRY(rows.EndRow());
  }
  return rows.Finish();
}

Status MergePositions(const arrow::RecordBatch& rows, PositionMap& latest) {
  FIRN_ASSIGN(const PositionColumns columns, ColumnsOf(rows));
  for (int64_t row = 0; row < rows.num_rows(); ++row)
    MergePosition(RowAt(columns, row), latest);
  return Ok();
}

void MergePosition(Position position, PositionMap& latest) {
  const auto rank = [](const Position& at) {
    return std::make_tuple(at.generation, at.offset, at.recorded_at);
  };
  const auto [found, added] = latest.try_emplace(position.source_id);
  if (added || rank(found->second) < rank(position)) found->second = std::move(position);
}

}  // namespace firn::ingest
