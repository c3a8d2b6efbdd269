// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/metadata_values.h"

#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/base/saturate.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/literal_array.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

bool IsLineage(table::FieldId id) {
  return id == table::kRowIdColumn || id == table::kLastUpdatedColumn;
}

Result<ArrayPtr> Positions(int64_t first_row, int64_t rows) {
  arrow::Int64Builder builder;
  FIRN_TRY(FromArrow(builder.Reserve(rows)));
  for (int64_t row = 0; row < rows; ++row)
    builder.UnsafeAppend(first_row + row);
  return FromArrow(builder.Finish());
}

Result<ArrayPtr> Flags(const PositionBitmap* set, int64_t first_row, int64_t rows) {
  std::vector<bool> flags(static_cast<size_t>(rows), false);
  const auto positions =
      set != nullptr ? set->Within(first_row, first_row + rows) : std::vector<int64_t>();
  for (const int64_t position : positions)
    flags[static_cast<size_t>(position - first_row)] = true;
  arrow::BooleanBuilder builder;
  FIRN_TRY(FromArrow(builder.AppendValues(flags)));
  return FromArrow(builder.Finish());
}

Result<ArrayPtr> Nulls(int64_t rows) {
  return FromArrow(arrow::MakeArrayOfNull(arrow::int64(), rows));
}

}  // namespace

MetadataValues::MetadataValues(const table::DataFile& file,
                               std::optional<table::SequenceNumber> sequence_number,
                               std::shared_ptr<const PositionBitmap> deleted)
    : sequence_number_(sequence_number), deleted_(std::move(deleted)) {
  file_.file_path = file.file_path;
  file_.spec_id = file.spec_id;
  file_.first_row_id = file.first_row_id;
}

Result<ArrayPtr> MetadataValues::Make(table::FieldId id, int64_t first_row, int64_t rows) const {
  if (id == table::kFileColumn) {
    return RepeatLiteral(table::Literal::String(file_.file_path), rows);
  }
  if (id == table::kSpecIdColumn)
    return RepeatLiteral(table::Literal::Int(file_.spec_id.value), rows);
  if (id == table::kPositionColumn) return Positions(first_row, rows);
  if (id == table::kIsDeletedColumn) return Flags(deleted_.get(), first_row, rows);
  return Nulls(rows);
}

Result<std::shared_ptr<arrow::RecordBatch>> MetadataValues::Inherit(
    const std::shared_ptr<arrow::RecordBatch>& batch, int64_t first_row) const {
  std::shared_ptr<arrow::RecordBatch> out = batch;
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& field = batch->schema()->field(i);
    const auto id = FieldIdOf(*field);
    if (!id || !IsLineage(*id)) continue;
    FIRN_ASSIGN(const ArrayPtr column,
                InheritInto(*batch->column(i), *id == table::kRowIdColumn, first_row));
    FIRN_ASSIGN(out, FromArrow(out->SetColumn(i, field, column)));
  }
  return out;
}

Result<ArrayPtr> MetadataValues::InheritInto(const arrow::Array& stored, bool row_ids,
                                             int64_t first_row) const {
  if (!file_.first_row_id) return Nulls(stored.length());
  if (!row_ids && !sequence_number_) {
    return Internal("the sequence number of a data file is not known", file_.file_path);
  }
  const auto& values = static_cast<const arrow::Int64Array&>(stored);
  const int64_t inherited =
      row_ids ? AddSaturated(*file_.first_row_id, first_row) : sequence_number_->value;
  arrow::Int64Builder builder;
  FIRN_TRY(FromArrow(builder.Reserve(values.length())));
  for (int64_t row = 0; row < values.length(); ++row) {
    const int64_t own = AddSaturated(inherited, row_ids ? row : 0);
    builder.UnsafeAppend(values.IsValid(row) ? values.Value(row) : own);
  }
  return FromArrow(builder.Finish());
}

std::vector<table::NestedField> StoredFields(const table::Schema& projection) {
  std::vector<table::NestedField> stored;
  for (const table::NestedField& field : projection.fields()) {
    if (table::FindMetadataColumn(field.id) == nullptr || IsLineage(field.id)) {
      stored.push_back(field);
    }
  }
  return stored;
}

}  // namespace firn::datafile
