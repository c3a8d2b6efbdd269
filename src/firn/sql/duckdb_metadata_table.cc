// SPDX-License-Identifier: Apache-2.0
//
// The columns follow Iceberg's metadata tables as Spark names them.

#include "firn/sql/duckdb_metadata_table.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "firn/sql/duckdb_wall.h"
#include "firn/table/manifest.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using table::ManifestEntry;
using table::ManifestFile;
using table::Snapshot;
using Rows = Result<std::vector<MetadataRow>>;

Value Instant(TimeMs time) {
  return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(time.value * 1000));
}

Value Text(std::string_view text) {
  return Value(std::string(text));
}

template <typename Id>
Value OptionalId(const std::optional<Id>& id) {
  return id ? Value::BIGINT(id->value) : Value(LogicalType::BIGINT);
}

Value OptionalLong(const std::optional<int64_t>& number) {
  return number ? Value::BIGINT(*number) : Value(LogicalType::BIGINT);
}

Value TextMap(const std::map<std::string, std::string>& entries) {
  duckdb::vector<Value> keys, values;
  for (const auto& [key, value] : entries) {
    keys.push_back(Value(key));
    values.push_back(Value(value));
  }
  return Value::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR, std::move(keys), std::move(values));
}

const Snapshot* SnapshotOf(const ScanSource& source) {
  return source.snapshot ? source.metadata->FindSnapshot(*source.snapshot) : nullptr;
}

std::string PartitionOf(const ScanSource& source, const table::DataFile& file) {
  const table::PartitionSpec* spec = source.metadata->FindSpec(file.spec_id);
  return spec == nullptr ? std::string() : table::PartitionPath(*spec, file.partition);
}

Rows SnapshotRows(const ScanSource& source) {
  std::vector<MetadataRow> rows;
  for (const Snapshot& snapshot : source.metadata->snapshots) {
    rows.push_back({Instant(snapshot.timestamp), Value::BIGINT(snapshot.id.value),
                    OptionalId(snapshot.parent_id), Text(snapshot.operation()),
                    Value(snapshot.manifest_list), TextMap(snapshot.summary)});
  }
  return rows;
}

Rows HistoryRows(const ScanSource& source) {
  const table::TableMetadata& metadata = *source.metadata;
  std::vector<const Snapshot*> lineage;
  if (metadata.current_snapshot_id) {
    FIRN_ASSIGN(lineage, table::Ancestors(metadata, *metadata.current_snapshot_id));
  }
  std::vector<MetadataRow> rows;
  for (const table::SnapshotLogEntry& entry : metadata.snapshot_log) {
    const Snapshot* snapshot = metadata.FindSnapshot(entry.snapshot_id);
    const bool ancestor = std::ranges::find(lineage, snapshot) != lineage.end();
    rows.push_back(
        {Instant(entry.timestamp), Value::BIGINT(entry.snapshot_id.value),
         OptionalId(snapshot == nullptr ? std::optional<table::SnapshotId>() : snapshot->parent_id),
         Value::BOOLEAN(snapshot != nullptr && ancestor)});
  }
  return rows;
}

Rows RefRows(const ScanSource& source) {
  std::vector<MetadataRow> rows;
  for (const auto& [name, ref] : source.metadata->refs) {
    const auto millis = [](const std::optional<Millis>& age) {
      return age ? Value::BIGINT(age->value) : Value(LogicalType::BIGINT);
    };
    rows.push_back({Value(name), Text(ref.is_branch() ? "BRANCH" : "TAG"),
                    Value::BIGINT(ref.snapshot_id.value), millis(ref.max_ref_age),
                    ref.min_snapshots_to_keep ? Value::INTEGER(*ref.min_snapshots_to_keep)
                                              : Value(LogicalType::INTEGER),
                    millis(ref.max_snapshot_age)});
  }
  return rows;
}

Rows ManifestRows(const ScanSource& source) {
  std::vector<MetadataRow> rows;
  const Snapshot* snapshot = SnapshotOf(source);
  if (snapshot == nullptr) return rows;
  FIRN_ASSIGN(const std::vector<ManifestFile> manifests, table::ManifestsOf(*snapshot, *source.io));
  for (const ManifestFile& manifest : manifests) {
    const bool data = manifest.content == table::ManifestContent::kData;
    rows.push_back(
        {Text(data ? "data" : "deletes"), Value(manifest.path),
         Value::BIGINT(manifest.length_bytes), Value::INTEGER(manifest.spec_id.value),
         Value::BIGINT(manifest.added_snapshot_id.value),
         Value::BIGINT(manifest.sequence_number.value), OptionalLong(manifest.added_files_count),
         OptionalLong(manifest.existing_files_count), OptionalLong(manifest.deleted_files_count),
         OptionalLong(manifest.added_rows_count)});
  }
  return rows;
}

Result<std::vector<ManifestEntry>> FilesOf(const ScanSource& source) {
  const Snapshot* snapshot = SnapshotOf(source);
  if (snapshot == nullptr) return std::vector<ManifestEntry>{};
  return table::LiveFiles(*source.metadata, *snapshot, *source.io);
}

Rows FileRows(const ScanSource& source) {
  FIRN_ASSIGN(const std::vector<ManifestEntry> entries, FilesOf(source));
  std::vector<MetadataRow> rows;
  for (const ManifestEntry& entry : entries) {
    const table::DataFile& file = entry.file;
    rows.push_back({Value(file.file_path), Text(table::FormatName(file.file_format)),
                    Value::INTEGER(file.spec_id.value), Value(PartitionOf(source, file)),
                    Value::BIGINT(file.record_count), Value::BIGINT(file.file_size_bytes),
                    OptionalId(entry.snapshot_id), OptionalId(entry.sequence_number)});
  }
  return rows;
}

Rows PartitionRows(const ScanSource& source) {
  struct Totals {
    int64_t records = 0, files = 0, bytes = 0;
  };
  FIRN_ASSIGN(const std::vector<ManifestEntry> entries, FilesOf(source));
  std::map<std::pair<std::string, int32_t>, Totals> totals;
  for (const ManifestEntry& entry : entries) {
    Totals& sum = totals[{PartitionOf(source, entry.file), entry.file.spec_id.value}];
    sum.records += entry.file.record_count;
    sum.files += 1;
    sum.bytes += entry.file.file_size_bytes;
  }
  std::vector<MetadataRow> rows;
  for (const auto& [partition, sum] : totals) {
    rows.push_back({Value(partition.first), Value::INTEGER(partition.second),
                    Value::BIGINT(sum.records), Value::BIGINT(sum.files),
                    Value::BIGINT(sum.bytes)});
  }
  return rows;
}

Rows PropertyRows(const ScanSource& source) {
  std::vector<MetadataRow> rows;
  for (const auto& [key, value] : source.metadata->properties) {
    rows.push_back({Value(key), Value(value)});
  }
  return rows;
}

struct Column {
  const char* name;
  LogicalType type;
};

struct Definition {
  std::string_view suffix;
  MetadataTable::MakeRows make_rows;
  std::vector<Column> columns;
};

std::vector<Definition> Definitions() {
  const LogicalType text = LogicalType::VARCHAR, number = LogicalType::BIGINT,
                    integer = LogicalType::INTEGER, instant = LogicalType::TIMESTAMP_TZ;
  return {
      {"snapshots",
       SnapshotRows,
       {{"committed_at", instant},
        {"snapshot_id", number},
        {"parent_id", number},
        {"operation", text},
        {"manifest_list", text},
        {"summary", LogicalType::MAP(text, text)}}},
      {"history",
       HistoryRows,
       {{"made_current_at", instant},
        {"snapshot_id", number},
        {"parent_id", number},
        {"is_current_ancestor", LogicalType::BOOLEAN}}},
      {"refs",
       RefRows,
       {{"name", text},
        {"type", text},
        {"snapshot_id", number},
        {"max_reference_age_in_ms", number},
        {"min_snapshots_to_keep", integer},
        {"max_snapshot_age_in_ms", number}}},
      {"manifests",
       ManifestRows,
       {{"content", text},
        {"path", text},
        {"length", number},
        {"partition_spec_id", integer},
        {"added_snapshot_id", number},
        {"sequence_number", number},
        {"added_files_count", number},
        {"existing_files_count", number},
        {"deleted_files_count", number},
        {"added_rows_count", number}}},
      {"files",
       FileRows,
       {{"file_path", text},
        {"file_format", text},
        {"spec_id", integer},
        {"partition", text},
        {"record_count", number},
        {"file_size_in_bytes", number},
        {"snapshot_id", number},
        {"sequence_number", number}}},
      {"partitions",
       PartitionRows,
       {{"partition", text},
        {"spec_id", integer},
        {"record_count", number},
        {"file_count", number},
        {"total_data_file_size_in_bytes", number}}},
      {"properties", PropertyRows, {{"key", text}, {"value", text}}},
  };
}

struct MetadataScanData : public duckdb::TableFunctionData {
  std::shared_ptr<const MetadataTable> table;
};

struct MetadataScanState : public duckdb::GlobalTableFunctionState {
  std::vector<MetadataRow> rows;
  size_t next = 0;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> BeginScan(
    duckdb::ClientContext& context, duckdb::TableFunctionInitInput& input) {
  static_cast<void>(context);
  const MetadataTable& table = *input.bind_data->Cast<MetadataScanData>().table;
  auto state = duckdb::make_uniq<MetadataScanState>();
  state->rows = OrThrow(table.make_rows(*table.source));
  return state;
}

void EmitRows(duckdb::ClientContext& context, duckdb::TableFunctionInput& input,
              duckdb::DataChunk& output) {
  static_cast<void>(context);
  auto& state = input.global_state->Cast<MetadataScanState>();
  const size_t count = std::min<size_t>(STANDARD_VECTOR_SIZE, state.rows.size() - state.next);
  for (size_t i = 0; i < count; ++i) {
    const MetadataRow& row = state.rows[state.next + i];
    for (size_t column = 0; column < row.size(); ++column) {
      output.SetValue(column, i, row[column]);
    }
  }
  state.next += count;
  output.SetCardinality(count);
}

}  // namespace

std::shared_ptr<const MetadataTable> FindMetadataTable(std::string_view suffix,
                                                       std::shared_ptr<const ScanSource> source) {
  for (const Definition& definition : Definitions()) {
    if (!duckdb::StringUtil::CIEquals(std::string(definition.suffix), std::string(suffix))) {
      continue;
    }
    auto table = std::make_shared<MetadataTable>();
    table->suffix = definition.suffix;
    table->make_rows = definition.make_rows;
    table->source = std::move(source);
    for (const Column& column : definition.columns) {
      table->names.push_back(column.name);
      table->types.push_back(column.type);
    }
    return table;
  }
  return nullptr;
}

std::vector<std::string_view> MetadataTableSuffixes() {
  std::vector<std::string_view> suffixes;
  for (const Definition& definition : Definitions())
    suffixes.push_back(definition.suffix);
  return suffixes;
}

duckdb::TableFunction BindMetadataScan(std::shared_ptr<const MetadataTable> table,
                                       duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  auto data = duckdb::make_uniq<MetadataScanData>();
  data->table = std::move(table);
  bind_data = std::move(data);
  return duckdb::TableFunction("lake_metadata_scan", {}, EmitRows, nullptr, BeginScan);
}

}  // namespace firn::sql
