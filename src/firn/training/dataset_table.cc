// SPDX-License-Identifier: Apache-2.0

#include "firn/training/dataset_table.h"

#include <utility>

#include <arrow/api.h>

#include "firn/base/assert.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/batch_builder.h"

namespace firn::training {
namespace {

using datafile::FromArrow;
using table::NestedField;
using table::Type;

template <typename Builder>
Builder& As(arrow::ArrayBuilder* builder) {
  return *static_cast<Builder*>(builder);
}

Status AddText(arrow::ArrayBuilder* builder, const std::string& text) {
  return FromArrow(As<arrow::StringBuilder>(builder).Append(text));
}

Status AddTime(arrow::ArrayBuilder* builder, const std::optional<TimeUs>& time) {
  auto& times = As<arrow::TimestampBuilder>(builder);
  return FromArrow(time ? times.Append(time->value) : times.AppendNull());
}

Status AddTexts(arrow::ListBuilder& list, const std::vector<std::string>& texts) {
  FIRN_TRY(FromArrow(list.Append()));
  for (const std::string& text : texts)
    FIRN_TRY(AddText(list.value_builder(), text));
  return Ok();
}

Status AddFilters(arrow::MapBuilder& map, const std::map<std::string, std::string>& filters) {
  FIRN_TRY(FromArrow(map.Append()));
  for (const auto& [name, value] : filters) {
    FIRN_TRY(AddText(map.key_builder(), name));
    FIRN_TRY(AddText(map.item_builder(), value));
  }
  return Ok();
}

Status AddSnapshots(arrow::MapBuilder& map, const std::map<std::string, int64_t>& snapshots) {
  FIRN_TRY(FromArrow(map.Append()));
  for (const auto& [table, snapshot] : snapshots) {
    FIRN_TRY(AddText(map.key_builder(), table));
    FIRN_TRY(FromArrow(As<arrow::Int64Builder>(map.item_builder()).Append(snapshot)));
  }
  return Ok();
}

Status AddMetadata(arrow::StructBuilder& metadata, const Dataset& dataset) {
  FIRN_TRY(FromArrow(metadata.Append()));
  const auto conversations = static_cast<int64_t>(dataset.conversation_ids.size());
  FIRN_TRY(FromArrow(As<arrow::Int64Builder>(metadata.field_builder(0)).Append(conversations)));
  FIRN_TRY(
      FromArrow(As<arrow::Int64Builder>(metadata.field_builder(1)).Append(dataset.total_tokens)));
  auto& range = As<arrow::StructBuilder>(metadata.field_builder(2));
  FIRN_TRY(FromArrow(range.Append()));
  FIRN_TRY(AddTime(range.field_builder(0), dataset.start));
  FIRN_TRY(AddTime(range.field_builder(1), dataset.end));
  return AddFilters(As<arrow::MapBuilder>(metadata.field_builder(3)), dataset.filters);
}

NestedField Field(int32_t id, std::string name, Type type, std::string doc) {
  NestedField field = NestedField::Optional(id, std::move(name), std::move(type));
  field.doc = std::move(doc);
  return field;
}

Type MetadataType() {
  const Type range = Type::Struct({NestedField::Optional(20, "start", Type::TimestampTz()),
                                   NestedField::Optional(21, "end", Type::TimestampTz())});
  const Type filters = Type::Map(NestedField::Required(22, "key", Type::String()),
                                 NestedField::Optional(23, "value", Type::String()));
  return Type::Struct({NestedField::Optional(24, "total_conversations", Type::Long()),
                       NestedField::Optional(25, "total_tokens", Type::Long()),
                       NestedField::Optional(26, "date_range", range),
                       NestedField::Optional(27, "filters_applied", filters)});
}

table::Schema DatasetsSchema() {
  const Type ids = Type::List(NestedField::Optional(28, "element", Type::String()));
  const Type snapshots = Type::Map(NestedField::Required(29, "key", Type::String()),
                                   NestedField::Optional(30, "value", Type::Long()));
  auto schema = table::Schema::Make(
      table::SchemaId(0),
      {NestedField::Required(1, "dataset_id", Type::String()),
       Field(2, "platform", Type::String(), "Null where there are several"),
       NestedField::Required(3, "format", Type::String()),
       Field(4, "conversation_ids", ids, "In the order of the files"),
       Field(5, "file_path", Type::String(), "The folder that was made"),
       Field(6, "created_at", Type::TimestampTz(), ""),
       Field(7, "metadata", MetadataType(), "Dates are those on which conversations began"),
       Field(8, "snapshots", snapshots, "What was read of each table"),
       Field(9, "splits", Type::String(), ""),
       Field(10, "duplicates", Type::String(), "Which were left out: near, exact or none"),
       Field(11, "redaction", Type::String(), "Rules and actions, or none"),
       Field(12, "digest", Type::String(), "SHA-256 of manifest.json")});
  FIRN_ASSERT(schema.has_value());
  return table::AssignFreshIds(*schema);
}

}  // namespace

table::NewTable DatasetsBlueprint() {
  table::NewTable blueprint;
  blueprint.schema = DatasetsSchema();
  blueprint.properties = {
      {"firn.layer", "gold"}, {"format-version", "2"}, {"write.parquet.compression-codec", "zstd"}};
  return blueprint;
}

Result<std::shared_ptr<arrow::RecordBatch>> DatasetRow(const Dataset& dataset) {
  FIRN_ASSIGN(datafile::BatchBuilder rows, datafile::BatchBuilder::Make(DatasetsSchema()));
  const auto column = [&](const char* name) {
    return rows.column<arrow::ArrayBuilder>(rows.IndexOf(name));
  };
  FIRN_TRY(AddText(column("dataset_id"), dataset.dataset_id));
  FIRN_TRY(dataset.platform ? AddText(column("platform"), *dataset.platform)
                            : FromArrow(column("platform")->AppendNull()));
  FIRN_TRY(AddText(column("format"), dataset.format));
  FIRN_TRY(AddTexts(As<arrow::ListBuilder>(column("conversation_ids")), dataset.conversation_ids));
  FIRN_TRY(AddText(column("file_path"), dataset.file_path));
  FIRN_TRY(AddTime(column("created_at"), dataset.created_at));
  FIRN_TRY(AddMetadata(As<arrow::StructBuilder>(column("metadata")), dataset));
  FIRN_TRY(AddSnapshots(As<arrow::MapBuilder>(column("snapshots")), dataset.snapshots));
  FIRN_TRY(AddText(column("splits"), dataset.splits));
  FIRN_TRY(AddText(column("duplicates"), dataset.duplicates));
  FIRN_TRY(AddText(column("redaction"), dataset.redaction));
  FIRN_TRY(AddText(column("digest"), dataset.digest));
  return rows.Finish();
}

}  // namespace firn::training
