// SPDX-License-Identifier: Apache-2.0
//
// Partition statistics as a Parquet file: a row per partition, the counts by their field ids.

#include <array>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/base/uuid.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/data_file_writer.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/partition_statistics.h"
#include "firn/datafile/reader.h"
#include "firn/io/location.h"

namespace firn::datafile {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using table::NestedField;
using table::TableMetadata;
using Value = std::optional<int64_t>;

// A column of counts: its name and id, and where its values live.
struct CountColumn {
  int32_t id = 0;
  const char* name = "";
  bool is_long = false;
  int required_from = 0;  // The format version.
  Value (*get)(const PartitionStatistics&) = nullptr;
  void (*set)(PartitionStatistics&, Value) = nullptr;
};

template <auto kMember>
Value Get(const PartitionStatistics& from) {
  return static_cast<int64_t>(from.*kMember);
}

template <auto kMember>
void Set(PartitionStatistics& to, Value value) {
  using Number = std::remove_reference_t<decltype(to.*kMember)>;
  to.*kMember = static_cast<Number>(value.value_or(0));
}

template <auto kMember>
Value GetOptional(const PartitionStatistics& from) {
  return from.*kMember;
}

template <auto kMember>
void SetOptional(PartitionStatistics& to, Value value) {
  to.*kMember = value;
}

template <auto kMember>
Value GetTyped(const PartitionStatistics& from) {
  return from.*kMember ? Value((from.*kMember)->value) : Value();
}

template <auto kMember>
void SetTyped(PartitionStatistics& to, Value value) {
  using Typed = typename std::remove_reference_t<decltype(to.*kMember)>::value_type;
  to.*kMember = value ? std::optional(Typed{*value}) : std::nullopt;
}

using Row = PartitionStatistics;

constexpr int kNever = 99;

// In the order of the spec's table.
constexpr std::array<CountColumn, 11> kCounts = {{
    {3, "data_record_count", true, 1, Get<&Row::data_record_count>, Set<&Row::data_record_count>},
    {4, "data_file_count", false, 1, Get<&Row::data_file_count>, Set<&Row::data_file_count>},
    {5, "total_data_file_size_in_bytes", true, 1, Get<&Row::total_data_file_size_bytes>,
     Set<&Row::total_data_file_size_bytes>},
    {6, "position_delete_record_count", true, 3, Get<&Row::position_delete_record_count>,
     Set<&Row::position_delete_record_count>},
    {7, "position_delete_file_count", false, 3, Get<&Row::position_delete_file_count>,
     Set<&Row::position_delete_file_count>},
    {8, "equality_delete_record_count", true, 3, Get<&Row::equality_delete_record_count>,
     Set<&Row::equality_delete_record_count>},
    {9, "equality_delete_file_count", false, 3, Get<&Row::equality_delete_file_count>,
     Set<&Row::equality_delete_file_count>},
    {10, "total_record_count", true, kNever, GetOptional<&Row::total_record_count>,
     SetOptional<&Row::total_record_count>},
    {11, "last_updated_at", true, kNever, GetTyped<&Row::last_updated_at>,
     SetTyped<&Row::last_updated_at>},
    {12, "last_updated_snapshot_id", true, kNever, GetTyped<&Row::last_updated_snapshot_id>,
     SetTyped<&Row::last_updated_snapshot_id>},
    {13, "dv_count", false, 3, Get<&Row::dv_count>, Set<&Row::dv_count>},
}};

// The columns of the file. A reader takes what earlier versions left out as 0.
Result<table::Schema> FileSchema(const TableMetadata& metadata, bool for_reading) {
  std::vector<NestedField> fields = {
      NestedField::Required(1, "partition", table::Type::Struct(UnifiedPartitionFields(metadata))),
      NestedField::Required(2, "spec_id", table::Type::Int())};
  for (const CountColumn& column : kCounts) {
    const bool known = column.id != 13 || metadata.format_version >= 3 || for_reading;
    if (!known) continue;
    const auto type = column.is_long ? table::Type::Long() : table::Type::Int();
    const bool required = metadata.format_version >= column.required_from && !for_reading;
    fields.push_back(required ? NestedField::Required(column.id, column.name, type)
                              : NestedField::Optional(column.id, column.name, type));
  }
  return table::Schema::Make(table::SchemaId(0), std::move(fields));
}

const CountColumn* FindCount(table::FieldId id) {
  for (const CountColumn& column : kCounts) {
    if (column.id == id.value) return &column;
  }
  return nullptr;
}

template <typename Builder>
Result<ArrayPtr> CountsOf(const std::vector<PartitionStatistics>& rows, const CountColumn& column) {
  Builder builder;
  for (const PartitionStatistics& row : rows) {
    const Value value = column.get(row);
    using Number = typename Builder::value_type;
    FIRN_TRY(FromArrow(value ? builder.Append(static_cast<Number>(*value)) : builder.AppendNull()));
  }
  return FromArrow(builder.Finish());
}

Result<ArrayPtr> SpecIdsOf(const std::vector<PartitionStatistics>& rows) {
  arrow::Int32Builder builder;
  for (const PartitionStatistics& row : rows)
    FIRN_TRY(FromArrow(builder.Append(row.spec_id.value)));
  return FromArrow(builder.Finish());
}

Result<ArrayPtr> PartitionsOf(const std::vector<PartitionStatistics>& rows,
                              const arrow::FieldVector& fields) {
  std::vector<ArrayPtr> columns;
  for (size_t i = 0; i < fields.size(); ++i) {
    arrow::ArrayVector values;
    for (const PartitionStatistics& row : rows) {
      const auto& value = row.partition[i];
      FIRN_ASSIGN(auto one, value ? RepeatLiteral(*value, 1)
                                  : FromArrow(arrow::MakeArrayOfNull(fields[i]->type(), 1)));
      values.push_back(std::move(one));
    }
    FIRN_ASSIGN(auto column, FromArrow(arrow::Concatenate(values)));
    columns.push_back(std::move(column));
  }
  FIRN_ASSIGN(auto made, FromArrow(arrow::StructArray::Make(columns, fields)));
  return ArrayPtr(std::move(made));
}

Result<std::shared_ptr<arrow::RecordBatch>> ToBatch(const std::vector<PartitionStatistics>& rows,
                                                    const table::Schema& schema,
                                                    const std::shared_ptr<arrow::Schema>& layout) {
  std::vector<ArrayPtr> columns;
  FIRN_ASSIGN(auto partitions, PartitionsOf(rows, layout->field(0)->type()->fields()));
  columns.push_back(std::move(partitions));
  FIRN_ASSIGN(auto spec_ids, SpecIdsOf(rows));
  columns.push_back(std::move(spec_ids));
  for (size_t i = 2; i < schema.fields().size(); ++i) {
    const CountColumn& column = *FindCount(schema.fields()[i].id);
    FIRN_ASSIGN(auto counts, column.is_long ? CountsOf<arrow::Int64Builder>(rows, column)
                                            : CountsOf<arrow::Int32Builder>(rows, column));
    columns.push_back(std::move(counts));
  }
  return arrow::RecordBatch::Make(layout, static_cast<int64_t>(rows.size()), std::move(columns));
}

Value NumberAt(const arrow::Array& array, int64_t row, bool is_long) {
  if (array.IsNull(row)) return std::nullopt;
  if (is_long) return static_cast<const arrow::Int64Array&>(array).Value(row);
  return static_cast<const arrow::Int32Array&>(array).Value(row);
}

Result<PartitionStatistics> RowAt(const arrow::RecordBatch& batch, const table::Schema& schema,
                                  int64_t row) {
  PartitionStatistics out;
  const auto& partitions = static_cast<const arrow::StructArray&>(*batch.column(0));
  const auto& fields = schema.fields()[0].type.fields();
  if (partitions.IsNull(row)) return Corrupt("a partition is null, in row", row);
  for (size_t i = 0; i < fields.size(); ++i) {
    FIRN_ASSIGN(auto value, LiteralAt(*partitions.field(static_cast<int>(i)), row, fields[i].type));
    out.partition.push_back(std::move(value));
  }
  const Value spec_id = NumberAt(*batch.column(1), row, false);
  if (!spec_id) return Corrupt("a spec id is null, in row", row);
  out.spec_id = table::SpecId(static_cast<int32_t>(*spec_id));
  for (int i = 2; i < batch.num_columns(); ++i) {
    const CountColumn& column = *FindCount(schema.fields()[static_cast<size_t>(i)].id);
    column.set(out, NumberAt(*batch.column(i), row, column.is_long));
  }
  return out;
}

const std::string* PathOf(const table::StatisticsFile& file) {
  const Json* path = file.json.Find("statistics-path");
  return path == nullptr ? nullptr : path->as_string();
}

// The file of the nearest ancestor that has one, `snapshot` itself first; null where none has.
Result<const table::StatisticsFile*> NearestFile(const TableMetadata& metadata,
                                                 table::SnapshotId snapshot) {
  FIRN_ASSIGN(const auto line, table::Ancestors(metadata, snapshot));
  for (const table::Snapshot* one : line) {
    for (const table::StatisticsFile& file : metadata.partition_statistics) {
      if (file.snapshot_id == one->id && PathOf(file) != nullptr) return &file;
    }
  }
  return static_cast<const table::StatisticsFile*>(nullptr);
}

Result<std::vector<PartitionStatistics>> UpdateFrom(io::FileIO& files,
                                                    const TableMetadata& metadata,
                                                    const table::StatisticsFile& known,
                                                    table::SnapshotId snapshot) {
  FIRN_ASSIGN(auto rows, ReadPartitionStatistics(files, metadata, *PathOf(known)));
  return UpdatePartitionStatistics(files, metadata, std::move(rows), known.snapshot_id, snapshot);
}

Result<table::StatisticsFile> WriteRows(io::FileIO& files, const TableMetadata& metadata,
                                        table::SnapshotId snapshot,
                                        const std::vector<PartitionStatistics>& rows, Env& env) {
  FileSettings settings;
  FIRN_ASSIGN(settings.schema, FileSchema(metadata, false));
  FIRN_ASSIGN(settings.layout, ToArrow(settings.schema));
  const std::string location = io::JoinLocation(
      metadata.Property("write.metadata.path", io::JoinLocation(metadata.location, "metadata")),
      "partition-stats-" + snapshot.ToString() + "-" + Uuid::Random(env).ToString() + ".parquet");
  DataFileWriter writer(settings, files, location);
  FIRN_ASSIGN(auto batch, ToBatch(rows, settings.schema, settings.layout));
  FIRN_TRY(writer.Add(std::move(batch)));
  FIRN_ASSIGN(const table::DataFile written, writer.Finish());
  FIRN_TRY(writer.TakeFile()->Close());
  return table::StatisticsFile{snapshot,
                               Json::Object{{"snapshot-id", snapshot.value},
                                            {"statistics-path", location},
                                            {"file-size-in-bytes", written.file_size_bytes}}};
}

}  // namespace

Result<std::vector<PartitionStatistics>> ReadPartitionStatistics(io::FileIO& files,
                                                                 const TableMetadata& metadata,
                                                                 std::string_view location) {
  FIRN_ASSIGN(const table::Schema schema, FileSchema(metadata, true));
  table::DataFile file;
  file.file_path = location;
  FIRN_ASSIGN(const auto reader, ReadFile(files, file, schema));
  std::vector<PartitionStatistics> rows;
  for (;;) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return rows;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      auto one = RowAt(*batch, schema, row);
      if (!one) return std::move(one).error().Within(location);
      rows.push_back(*std::move(one));
    }
  }
}

Result<table::StatisticsFile> WritePartitionStatistics(io::FileIO& files,
                                                       const TableMetadata& metadata,
                                                       table::SnapshotId snapshot, Env& env) {
  if (UnifiedPartitionFields(metadata).empty()) {
    return InvalidArgument("the table is not partitioned", metadata.location);
  }
  if (metadata.FindSnapshot(snapshot) == nullptr) return NotFound("no such snapshot", snapshot);
  FIRN_ASSIGN(const table::StatisticsFile* const known, NearestFile(metadata, snapshot));
  if (known != nullptr && known->snapshot_id == snapshot) return *known;
  Result<std::vector<PartitionStatistics>> rows = NotFound("no earlier partition statistics");
  if (known != nullptr) rows = UpdateFrom(files, metadata, *known, snapshot);
  // Statistics can always be made anew: whatever is wrong with the earlier file is not in the way.
  if (!rows) rows = ComputePartitionStatistics(files, metadata, snapshot);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return NotFound("the snapshot holds no files", snapshot);
  return WriteRows(files, metadata, snapshot, *rows, env);
}

}  // namespace firn::datafile
