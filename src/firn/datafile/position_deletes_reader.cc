// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/position_deletes_reader.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/deletion_vector.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/partition_statistics.h"
#include "firn/datafile/position_deletes.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata_columns.h"
#include "firn/table/scan.h"

namespace firn::datafile {
namespace {

using table::DataFile;
using table::Literal;
using table::NestedField;
using table::Type;

constexpr std::string_view kRow = "row";
constexpr std::string_view kPartition = "partition";
constexpr std::string_view kSpecId = "spec_id";
constexpr std::string_view kDeleteFilePath = "delete_file_path";
constexpr std::string_view kContentOffset = "content_offset";
constexpr std::string_view kContentSize = "content_size_in_bytes";
constexpr size_t kBatchRows = size_t{64} << 10;

// The columns of a delete file (spec, "Position Delete Files"). Rows of no column have no `row`.
Result<table::Schema> StoredColumns(const table::Schema& schema) {
  std::vector<NestedField> fields = PositionDeleteSchema().fields();
  if (!schema.fields().empty()) {
    fields.push_back(NestedField::Optional(table::kDeletedRowColumn.value, std::string(kRow),
                                           Type::Struct(schema.fields())));
  }
  return table::Schema::Make(table::SchemaId(0), std::move(fields));
}

std::shared_ptr<arrow::Field> Column(std::string_view name,
                                     const std::shared_ptr<arrow::DataType>& type,
                                     bool nullable = false) {
  return arrow::field(std::string(name), type, nullable);
}

Result<std::vector<DataFile>> DeleteFilesOf(const table::TableMetadata& metadata,
                                            table::SnapshotId snapshot_id, io::FileIO& files) {
  const table::Snapshot* snapshot = metadata.FindSnapshot(snapshot_id);
  if (snapshot == nullptr) return NotFound("snapshot not found", snapshot_id);
  FIRN_ASSIGN(const auto manifests, table::ManifestsOf(metadata, *snapshot, files));
  std::vector<DataFile> deletes;
  for (const table::ManifestFile& manifest : manifests) {
    if (manifest.content != table::ManifestContent::kDeletes) continue;
    const table::PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(auto entries, table::ReadManifest(files, manifest, *spec));
    for (table::ManifestEntry& entry : entries) {
      const bool positions = entry.file.content == table::FileContent::kPositionDeletes;
      if (entry.is_live() && positions) deletes.push_back(std::move(entry.file));
    }
  }
  return deletes;
}

// A deletion vector, as the file with the same positions would be read.
class VectorReader : public BatchReader {
 public:
  static Result<std::unique_ptr<BatchReader>> Open(io::FileIO& files, const DataFile& deletes) {
    if (!deletes.referenced_data_file) {
      return Corrupt("a deletion vector of no data file", deletes.file_path);
    }
    FIRN_ASSIGN(const PositionBitmap positions, ReadDeletionVector(files, deletes));
    FIRN_ASSIGN(auto layout, ToArrow(PositionDeleteSchema()));
    return std::unique_ptr<BatchReader>(new VectorReader(
        std::move(layout), Literal::String(*deletes.referenced_data_file), positions.ToVector()));
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return layout_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    const auto piece = std::span(positions_).subspan(next_);
    const size_t rows = std::min(piece.size(), kBatchRows);
    if (rows == 0) return std::shared_ptr<arrow::RecordBatch>();
    next_ += rows;
    const auto count = static_cast<int64_t>(rows);
    FIRN_ASSIGN(auto paths, RepeatLiteral(path_, count));
    arrow::Int64Builder builder;
    FIRN_TRY(FromArrow(builder.AppendValues(piece.data(), count)));
    FIRN_ASSIGN(auto column, FromArrow(builder.Finish()));
    return arrow::RecordBatch::Make(layout_, count, {std::move(paths), std::move(column)});
  }

 private:
  VectorReader(std::shared_ptr<arrow::Schema> layout, Literal path, std::vector<int64_t> positions)
      : layout_(std::move(layout)), path_(std::move(path)), positions_(std::move(positions)) {}

  std::shared_ptr<arrow::Schema> layout_;
  Literal path_;
  std::vector<int64_t> positions_;
  size_t next_ = 0;
};

}  // namespace

Result<std::shared_ptr<arrow::Schema>> PositionDeletesLayout(const table::TableMetadata& metadata) {
  FIRN_ASSIGN(const table::Schema stored, StoredColumns(metadata.schema()));
  FIRN_ASSIGN(const auto of_file, ToArrow(stored));
  arrow::FieldVector columns = of_file->fields();
  if (!UnifiedPartitionFields(metadata).empty()) {
    FIRN_ASSIGN(const auto partition, PartitionStruct::Of(metadata));
    columns.push_back(partition.field()->WithName(std::string(kPartition)));
  }
  columns.push_back(Column(kSpecId, arrow::int32()));
  columns.push_back(Column(kDeleteFilePath, arrow::utf8()));
  if (metadata.format_version >= 3) {
    columns.push_back(Column(kContentOffset, arrow::int64(), true));
    columns.push_back(Column(kContentSize, arrow::int64(), true));
  }
  return arrow::schema(std::move(columns));
}

Result<std::unique_ptr<PositionDeletesReader>> PositionDeletesReader::Open(
    io::FileIO& files, const table::TableMetadata& metadata,
    std::optional<table::SnapshotId> snapshot, const std::vector<std::string>& columns) {
  std::unique_ptr<PositionDeletesReader> reader(new PositionDeletesReader(files));
  FIRN_ASSIGN(const auto all, PositionDeletesLayout(metadata));
  arrow::FieldVector wanted;
  for (const std::string& name : columns) {
    wanted.push_back(all->GetFieldByName(name));
    if (wanted.back() == nullptr) return NotFound("no such column of position_deletes", name);
  }
  reader->layout_ = arrow::schema(std::move(wanted));
  const bool rows = std::ranges::count(columns, kRow) > 0;
  reader->stored_ = PositionDeleteSchema();
  if (rows) {
    FIRN_ASSIGN(reader->stored_, StoredColumns(metadata.schema()));
  }
  if (std::ranges::count(columns, kPartition) > 0) {
    FIRN_ASSIGN(reader->partition_, PartitionStruct::Of(metadata));
  }
  if (snapshot) {
    FIRN_ASSIGN(reader->deletes_, DeleteFilesOf(metadata, *snapshot, files));
  }
  return reader;
}

Result<std::shared_ptr<arrow::RecordBatch>> PositionDeletesReader::Next() {
  for (;;) {
    if (positions_ == nullptr) {
      if (next_ == deletes_.size()) return std::shared_ptr<arrow::RecordBatch>();
      ++next_;
      FIRN_ASSIGN(positions_, OpenFile());
    }
    FIRN_ASSIGN(const auto batch, positions_->Next());
    if (batch != nullptr) return Complete(*batch);
    positions_.reset();
  }
}

Result<std::unique_ptr<BatchReader>> PositionDeletesReader::OpenFile() const {
  if (file().file_format == table::FileFormat::kPuffin) return VectorReader::Open(files_, file());
  return ReadFile(files_, file(), stored_);
}

Result<std::shared_ptr<arrow::RecordBatch>> PositionDeletesReader::Complete(
    const arrow::RecordBatch& positions) const {
  arrow::ArrayVector columns;
  for (const auto& field : layout_->fields()) {
    columns.push_back(positions.GetColumnByName(field->name()));
    if (columns.back() != nullptr) continue;
    FIRN_ASSIGN(columns.back(), Constant(*field, positions.num_rows()));
  }
  return arrow::RecordBatch::Make(layout_, positions.num_rows(), std::move(columns));
}

// A column that has one value for the whole file.
Result<std::shared_ptr<arrow::Array>> PositionDeletesReader::Constant(const arrow::Field& column,
                                                                      int64_t rows) const {
  std::optional<Literal> value;
  if (column.name() == kPartition) return partition_->Make(file(), rows);
  if (column.name() == kSpecId) value = Literal::Int(file().spec_id.value);
  if (column.name() == kDeleteFilePath) value = Literal::String(file().file_path);
  if (column.name() == kContentOffset && file().content_offset) {
    value = Literal::Long(*file().content_offset);
  }
  if (column.name() == kContentSize && file().content_size_bytes) {
    value = Literal::Long(*file().content_size_bytes);
  }
  if (value) return RepeatLiteral(*value, rows);
  return FromArrow(arrow::MakeArrayOfNull(column.type(), rows));
}

}  // namespace firn::datafile
