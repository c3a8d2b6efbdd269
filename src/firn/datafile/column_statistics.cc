// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/column_statistics.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/base/uuid.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/puffin.h"
#include "firn/datafile/scan_reader.h"
#include "firn/io/location.h"
#include "firn/table/scan.h"

namespace firn::datafile {
namespace {

using table::NestedField;

// One column whose values are being counted.
struct Counted {
  NestedField field;
  AlphaSketch sketch;
};

// Values whose bytes in memory are the bytes to be hashed.
void AddFixedWidth(const arrow::Array& array, AlphaSketch& sketch) {
  const auto width = static_cast<size_t>(array.type()->byte_width());
  const auto& data = *array.data();
  for (int64_t row = 0; row < array.length(); ++row) {
    if (array.IsNull(row)) continue;
    const auto* at = reinterpret_cast<const char*>(data.buffers[1]->data());
    sketch.Update({at + static_cast<size_t>(data.offset + row) * width, width});
  }
}

void AddBinary(const arrow::BinaryArray& array, AlphaSketch& sketch) {
  for (int64_t row = 0; row < array.length(); ++row) {
    if (array.IsValid(row)) sketch.Update(array.GetView(row));
  }
}

Status AddLiterals(const arrow::Array& array, const table::Type& type, AlphaSketch& sketch) {
  for (int64_t row = 0; row < array.length(); ++row) {
    FIRN_ASSIGN(const auto value, LiteralAt(array, row, type));
    if (value) sketch.Update(value->ToBytes());
  }
  return Ok();
}

Result<std::vector<Counted>> ColumnsToCount(const table::Schema& schema,
                                            const std::vector<std::string>& names) {
  std::vector<Counted> columns;
  for (const std::string& name : names) {
    const NestedField* field = schema.FindByName(name);
    if (field == nullptr) return NotFound("no such column", name);
    if (field->type.is_nested()) {
      return InvalidArgument("distinct values are counted of primitive columns", name);
    }
    columns.push_back({*field, AlphaSketch()});
  }
  return columns;
}

std::vector<std::string> PrimitiveColumns(const table::Schema& schema) {
  std::vector<std::string> names;
  for (const NestedField& field : schema.fields()) {
    if (field.type.is_primitive()) names.push_back(field.name);
  }
  return names;
}

Status CountAll(io::FileIO& files, const table::TableMetadata& metadata, table::ScanPlan plan,
                std::vector<Counted>& columns) {
  FIRN_ASSIGN(const auto reader, ScanReader::Open(files, metadata, std::move(plan)));
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return Ok();
    for (Counted& column : columns) {
      FIRN_ASSIGN(const auto values, ColumnOf(*batch, column.field.id));
      FIRN_TRY(AddToSketch(*values, column.field.type, column.sketch));
    }
  }
}

// The description of a statistics file in metadata (spec, "Table Statistics").
Json Describe(const table::Snapshot& snapshot, const std::string& location,
              const PuffinWriter& puffin) {
  Json::Array blobs;
  for (const PuffinBlob& blob : puffin.footer().blobs) {
    Json::Array fields;
    for (const table::FieldId id : blob.fields)
      fields.emplace_back(id.value);
    Json::Object properties;
    for (const auto& [key, value] : blob.properties)
      properties.emplace_back(key, Json(value));
    blobs.push_back(Json::Object{{"type", blob.type},
                                 {"snapshot-id", blob.snapshot_id.value},
                                 {"sequence-number", blob.sequence_number.value},
                                 {"fields", std::move(fields)},
                                 {"properties", std::move(properties)}});
  }
  return Json::Object{{"snapshot-id", snapshot.id.value},
                      {"statistics-path", location},
                      {"file-size-in-bytes", puffin.file_bytes()},
                      {"file-footer-size-in-bytes", puffin.footer_bytes()},
                      {"blob-metadata", std::move(blobs)}};
}

Status AddSketches(const std::vector<Counted>& columns, const table::Snapshot& snapshot,
                   PuffinWriter& puffin) {
  for (const Counted& column : columns) {
    const CompactTheta counted[] = {column.sketch.Compact()};
    const CompactTheta sketch = Unite(counted);  // As Spark merges those of its tasks.
    PuffinBlob blob;
    blob.type = kThetaSketchBlob;
    blob.fields = {column.field.id};
    blob.snapshot_id = snapshot.id;
    blob.sequence_number = snapshot.sequence_number;
    blob.properties = {{"ndv", std::to_string(static_cast<int64_t>(sketch.Estimate()))}};
    FIRN_TRY(puffin.Add(std::move(blob), sketch.Serialize(), PuffinCodec::kZstd));
  }
  return puffin.Finish();
}

}  // namespace

Status AddToSketch(const arrow::Array& column, const table::Type& type, AlphaSketch& sketch) {
  const auto storage = column.type_id() == arrow::Type::EXTENSION
                           ? static_cast<const arrow::ExtensionArray&>(column).storage()
                           : arrow::MakeArray(column.data());
  const auto id = storage->type_id();
  if (arrow::is_binary_like(id)) {
    AddBinary(static_cast<const arrow::BinaryArray&>(*storage), sketch);
    return Ok();
  }
  const bool as_it_is = id != arrow::Type::BOOL && !arrow::is_decimal(id);
  if (as_it_is && arrow::is_fixed_width(id)) {
    AddFixedWidth(*storage, sketch);
    return Ok();
  }
  if (id == arrow::Type::BOOL || arrow::is_decimal(id)) return AddLiterals(column, type, sketch);
  if (id == arrow::Type::NA) return Ok();
  return Unsupported("distinct values of a column of this type", type.ToString());
}

Result<table::StatisticsFile> WriteColumnStatistics(io::FileIO& files,
                                                    const table::TableMetadata& metadata,
                                                    table::SnapshotId snapshot_id,
                                                    std::vector<std::string> columns, Env& env) {
  const table::Snapshot* snapshot = metadata.FindSnapshot(snapshot_id);
  if (snapshot == nullptr) return NotFound("no such snapshot", snapshot_id);
  const table::Schema& schema = metadata.SchemaOf(*snapshot);
  if (columns.empty()) columns = PrimitiveColumns(schema);
  FIRN_ASSIGN(std::vector<Counted> counted, ColumnsToCount(schema, columns));
  if (counted.empty()) return InvalidArgument("the table has no primitive column to count");
  table::ScanRequest request;
  request.snapshot = snapshot_id;
  request.columns = std::move(columns);
  FIRN_ASSIGN(table::ScanPlan plan, table::PlanScan(metadata, request, files));
  FIRN_TRY(CountAll(files, metadata, std::move(plan), counted));
  const std::string location = io::JoinLocation(
      metadata.Property("write.metadata.path", io::JoinLocation(metadata.location, "metadata")),
      snapshot_id.ToString() + "-" + Uuid::Random(env).ToString() + ".stats");
  FIRN_ASSIGN(PuffinWriter puffin, PuffinWriter::Create(files, location, {{"created-by", "Firn"}}));
  FIRN_TRY(AddSketches(counted, *snapshot, puffin));
  table::StatisticsFile described{snapshot_id, Describe(*snapshot, location, puffin)};
  FIRN_TRY(puffin.TakeFile()->Close());
  return described;
}

}  // namespace firn::datafile
