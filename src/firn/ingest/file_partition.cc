// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/file_partition.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/literal_array.h"
#include "firn/ingest/path_values.h"
#include "firn/ingest/text_value.h"
#include "firn/table/literal.h"

namespace firn::ingest {
namespace {

using table::Literal;
using table::PartitionField;
using table::Transform;

// What something tells of a partition value; unset: nothing. The value may be null.
using Told = std::optional<std::optional<Literal>>;

Result<Literal> ParseAs(const table::Type& type, const std::string& text) {
  const bool uuid = type.id() == table::TypeId::kUuid;
  FIRN_ASSIGN(const auto layout, BuildType(type));
  FIRN_ASSIGN(const auto builder, datafile::FromArrow(arrow::MakeBuilder(layout)));
  if (const auto violation = AppendText(type, text, *builder)) {
    return InvalidArgument("a folder's name is no value", violation->message);
  }
  FIRN_ASSIGN(const auto array, datafile::FromArrow(builder->Finish()));
  FIRN_ASSIGN(const auto value,
              datafile::LiteralAt(*array, 0, uuid ? table::Type::String() : type));
  if (uuid) return value->CastTo(type);
  return *value;
}

// "2025-11" of a month as some time within it.
std::string TimeWithin(Transform::Kind kind, const std::string& text) {
  switch (kind) {
    case Transform::Kind::kYear:
      return text + "-01-01T00:00:00";
    case Transform::Kind::kMonth:
      return text + "-01T00:00:00";
    case Transform::Kind::kDay:
      return text + "T00:00:00";
    default:  // "2025-11-05-10"
      return text.substr(0, 10) + "T" + text.substr(std::min<size_t>(11, text.size())) + ":00:00";
  }
}

// Reads what `Transform::ToHuman` makes of a value.
Result<std::optional<Literal>> ParseHuman(const Transform& transform, const table::Type& source,
                                          const std::string& text) {
  const bool temporal = transform.is_temporal();
  FIRN_ASSIGN(const Literal some,
              temporal ? ParseAs(table::Type::Timestamp(), TimeWithin(transform.kind(), text))
                       : ParseAs(source, text));
  FIRN_ASSIGN(auto value, transform.Apply(some));
  if (!temporal && !(value == some)) return InvalidArgument("a folder's name is no value", text);
  return value;
}

const PathValue* FolderOf(const PartitionField& field, const table::Schema& schema,
                          const std::vector<PathValue>& folders) {
  const bool as_is = field.transform == Transform::Identity();
  const auto found = std::ranges::find_if(folders, [&](const PathValue& folder) {
    return folder.name == field.name || (as_is && folder.name == schema.NameOf(field.source_id));
  });
  return found == folders.end() ? nullptr : &*found;
}

bool IsToldByFolders(const Transform& transform) {
  return transform.kind() == Transform::Kind::kIdentity ||
         transform.kind() == Transform::Kind::kTruncate || transform.is_temporal();
}

Result<Told> ToldByFolder(const PartitionField& field, const table::Schema& schema,
                          const std::vector<PathValue>& folders) {
  const PathValue* folder = FolderOf(field, schema, folders);
  if (folder == nullptr || !IsToldByFolders(field.transform)) return Told();
  if (!folder->value) return Told(std::optional<Literal>());
  const table::NestedField* source = schema.FindField(field.source_id);
  if (source == nullptr) return Told();
  FIRN_ASSIGN(auto value, ParseHuman(field.transform, source->type, *folder->value));
  return Told(std::move(value));
}

Error SeveralPartitions(const PartitionField& field, const std::string& values) {
  return InvalidArgument("the file holds rows of several partitions by " + field.name, values)
      .WithHint("'firn ingest parquet' writes its rows into partitions");
}

// Errors where the bounds show rows of several partitions.
Result<Told> ToldByBounds(const PartitionField& field, const table::Schema& schema,
                          const table::DataFile& file) {
  const table::FieldId id = field.source_id;
  const auto values = file.value_counts.find(id), nulls = file.null_value_counts.find(id);
  if (values == file.value_counts.end() || nulls == file.null_value_counts.end()) return Told();
  if (nulls->second == values->second) return Told(std::optional<Literal>());
  if (nulls->second > 0) return SeveralPartitions(field, "null and others");
  const auto lower = file.lower_bounds.find(id), upper = file.upper_bounds.find(id);
  if (lower == file.lower_bounds.end() || upper == file.upper_bounds.end()) return Told();
  const table::Type& type = schema.FindField(id)->type;
  FIRN_ASSIGN(const Literal lowest, Literal::FromBytes(type, lower->second));
  FIRN_ASSIGN(const Literal highest, Literal::FromBytes(type, upper->second));
  if (!field.transform.preserves_order() && !(lowest == highest)) return Told();
  FIRN_ASSIGN(auto first, field.transform.Apply(lowest));
  FIRN_ASSIGN(const auto last, field.transform.Apply(highest));
  if (first == last) return Told(std::move(first));
  return SeveralPartitions(field,
                           field.transform.ToHuman(first) + " to " + field.transform.ToHuman(last));
}

Result<std::optional<Literal>> ValueOf(const PartitionField& field, const table::Schema& schema,
                                       const std::vector<PathValue>& folders,
                                       const table::DataFile& file) {
  if (field.transform == Transform::Void()) return std::optional<Literal>();
  FIRN_ASSIGN(auto by_folder, ToldByFolder(field, schema, folders));
  FIRN_ASSIGN(auto by_bounds, ToldByBounds(field, schema, file));
  if (by_folder && by_bounds && !(*by_folder == *by_bounds)) {
    return InvalidArgument("the file's folder says another " + field.name + " than its rows",
                           field.transform.ToHuman(*by_folder),
                           field.transform.ToHuman(*by_bounds));
  }
  if (by_folder) return *std::move(by_folder);
  if (by_bounds) return *std::move(by_bounds);
  return InvalidArgument("nothing tells the file's partition by", field.name)
      .WithHint("a folder " + field.name +
                "=VALUE does, or statistics in the file; 'firn ingest "
                "parquet' writes its rows into partitions");
}

}  // namespace

std::set<table::FieldId> ColumnsInPath(const table::PartitionSpec& spec,
                                       const table::Schema& schema, std::string_view path) {
  const std::vector<PathValue> folders = PathValuesOf(path);
  std::set<table::FieldId> columns;
  for (const PartitionField& field : spec.fields) {
    const bool as_is = field.transform == Transform::Identity();
    if (as_is && FolderOf(field, schema, folders) != nullptr) columns.insert(field.source_id);
  }
  return columns;
}

Result<table::PartitionData> PartitionOfFile(const table::PartitionSpec& spec,
                                             const table::Schema& schema, std::string_view path,
                                             const table::DataFile& file) {
  const std::vector<PathValue> folders = PathValuesOf(path);
  table::PartitionData partition;
  for (const PartitionField& field : spec.fields) {
    FIRN_ASSIGN(partition.emplace_back(), ValueOf(field, schema, folders, file));
  }
  return partition;
}

}  // namespace firn::ingest
