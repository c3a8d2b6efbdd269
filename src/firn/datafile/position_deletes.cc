// SPDX-License-Identifier: Apache-2.0
//
// A position delete file has two columns, file_path and pos, with field ids of their own at the end
// of the id range, sorted by both (spec, "Position Delete Files").

#include "firn/datafile/position_deletes.h"

#include <algorithm>
#include <span>
#include <utility>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/reader.h"
#include "firn/io/location.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using table::MetricsMode;

constexpr int64_t kBatchRows = int64_t{64} << 10;
constexpr int64_t kRowGroupRows = int64_t{1} << 20;

Result<table::Schema> MakeSchema() {
  return table::Schema::Make(
      table::SchemaId(0), {table::NestedField::Required(table::kDeletedFilePathColumn.value,
                                                        "file_path", table::Type::String()),
                           table::NestedField::Required(table::kDeletedPositionColumn.value, "pos",
                                                        table::Type::Long())});
}

// Takes in the rows of a batch: runs of one path at once, since files are sorted by path.
Status AddBatch(const arrow::RecordBatch& batch, PositionsByFile& out) {
  const auto& paths = static_cast<const arrow::StringArray&>(*batch.column(0));
  const auto& rows = static_cast<const arrow::Int64Array&>(*batch.column(1));
  if (paths.null_count() > 0 || rows.null_count() > 0) {
    return Corrupt("a position delete is null");
  }
  for (int64_t begin = 0; begin < batch.num_rows();) {
    const std::string_view path = paths.GetView(begin);
    int64_t end = begin;
    for (; end < batch.num_rows() && paths.GetView(end) == path; ++end) {
      if (rows.Value(end) < 0) return Corrupt("a deleted position is negative", rows.Value(end));
    }
    out[io::NormalizeLocation(path)].Add(
        std::span(rows.raw_values() + begin, static_cast<size_t>(end - begin)));
    begin = end;
  }
  return Ok();
}

Result<std::shared_ptr<arrow::RecordBatch>> MakeBatch(const std::shared_ptr<arrow::Schema>& layout,
                                                      const std::string& path,
                                                      std::span<const int64_t> positions) {
  const auto rows = static_cast<int64_t>(positions.size());
  FIRN_ASSIGN(auto paths, RepeatLiteral(table::Literal::String(path), rows));
  arrow::Int64Builder builder;
  FIRN_TRY(FromArrow(builder.AppendValues(positions.data(), rows)));
  FIRN_ASSIGN(auto column, FromArrow(builder.Finish()));
  return arrow::RecordBatch::Make(layout, rows, {std::move(paths), std::move(column)});
}

Status AddFile(const FileSettings& settings, const std::string& path,
               const PositionBitmap& positions, DataFileWriter& writer) {
  const std::vector<int64_t> all = positions.ToVector();
  std::span<const int64_t> rest(all);
  while (!rest.empty()) {
    const auto piece = rest.first(std::min<size_t>(rest.size(), kBatchRows));
    FIRN_ASSIGN(auto batch, MakeBatch(settings.layout, path, piece));
    FIRN_TRY(writer.Add(std::move(batch)));
    rest = rest.subspan(piece.size());
  }
  return Ok();
}

Result<FileSettings> DeleteFileSettings() {
  FileSettings settings;
  settings.schema = PositionDeleteSchema();
  FIRN_ASSIGN(settings.layout, ToArrow(settings.schema));
  const MetricsMode exact{.kind = MetricsMode::Kind::kFull, .length = 0};
  settings.metrics = {{table::kDeletedFilePathColumn, exact},
                      {table::kDeletedPositionColumn, exact}};
  return settings;
}

}  // namespace

const table::Schema& PositionDeleteSchema() {
  static const table::Schema schema = MakeSchema().value();
  return schema;
}

Result<PositionsByFile> ReadPositionDeletes(io::FileIO& files, const table::DataFile& deletes) {
  FIRN_ASSIGN(const auto reader, ReadFile(files, deletes, PositionDeleteSchema()));
  PositionsByFile positions;
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return positions;
    const Status added = AddBatch(*batch, positions);
    if (!added.ok()) return Error(added.error()).Within(deletes.file_path);
  }
}

Result<WrittenPositionDeletes> WritePositionDeletes(io::FileIO& files, std::string location,
                                                    const PositionsByFile& positions) {
  FIRN_ASSIGN(const FileSettings settings, DeleteFileSettings());
  DataFileWriter writer(settings, files, std::move(location));
  int64_t rows = 0;
  for (const auto& [path, deleted] : positions) {
    FIRN_TRY(AddFile(settings, path, deleted, writer));
    rows += deleted.cardinality();
    if (rows < kRowGroupRows) continue;
    FIRN_TRY(writer.WriteRowGroup());
    rows = 0;
  }
  WrittenPositionDeletes written;
  FIRN_ASSIGN(written.described, writer.Finish());
  written.described.content = table::FileContent::kPositionDeletes;
  if (positions.size() == 1) written.described.referenced_data_file = positions.begin()->first;
  written.file = writer.TakeFile();
  return written;
}

}  // namespace firn::datafile
