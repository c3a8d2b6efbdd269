// SPDX-License-Identifier: Apache-2.0
//
// snapshots, history, refs, metadata_log_entries, statistics, partition_statistics, properties.

#include <algorithm>
#include <utility>

#include "firn/sql/duckdb_metadata_table.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using table::Snapshot;
using Source = std::shared_ptr<const ScanSource>;

constexpr auto kText = duckdb::LogicalTypeId::VARCHAR;
constexpr auto kLong = duckdb::LogicalTypeId::BIGINT;
constexpr auto kInt = duckdb::LogicalTypeId::INTEGER;
constexpr auto kInstant = duckdb::LogicalTypeId::TIMESTAMP_TZ;

Value TextMap(const std::map<std::string, std::string>& entries) {
  duckdb::vector<Value> keys, values;
  for (const auto& [key, value] : entries) {
    keys.push_back(Value(key));
    values.push_back(Value(value));
  }
  return Value::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR, std::move(keys), std::move(values));
}

MetadataTable Snapshots(Source source) {
  std::vector<MetadataColumn<Snapshot>> columns = {
      {"committed_at", kInstant, [](const Snapshot& s) { return ValueOf(s.timestamp); }},
      {"snapshot_id", kLong, [](const Snapshot& s) { return Value::BIGINT(s.id.value); }},
      {"parent_id", kLong, [](const Snapshot& s) { return ValueOfId(s.parent_id); }},
      {"operation", kText, [](const Snapshot& s) { return Value(std::string(s.operation())); }},
      {"manifest_list", kText, [](const Snapshot& s) { return Value(s.manifest_list); }},
      {"summary", LogicalType::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR),
       [](const Snapshot& s) { return TextMap(s.summary); }}};
  return TableOf<Snapshot>(std::move(columns), [source] {
    const auto& snapshots = source->metadata->snapshots;
    return Walk(std::vector<Snapshot>(snapshots.begin(), snapshots.end()));
  });
}

// When a snapshot became current.
struct HistoryRow {
  table::SnapshotLogEntry entry;
  std::optional<table::SnapshotId> parent_id;
  bool is_current_ancestor = false;
};

Result<NextRecord<HistoryRow>> WalkHistory(const table::TableMetadata& metadata) {
  std::vector<const Snapshot*> line;
  if (metadata.current_snapshot_id) {
    FIRN_ASSIGN(line, table::Ancestors(metadata, *metadata.current_snapshot_id));
  }
  std::sort(line.begin(), line.end());
  std::vector<HistoryRow> rows;
  for (const table::SnapshotLogEntry& entry : metadata.snapshot_log) {
    HistoryRow& row = rows.emplace_back(HistoryRow{entry, {}, false});
    const Snapshot* snapshot = metadata.FindSnapshot(entry.snapshot_id);
    if (snapshot == nullptr) continue;
    row.parent_id = snapshot->parent_id;
    row.is_current_ancestor = std::binary_search(line.begin(), line.end(), snapshot);
  }
  return Walk(std::move(rows));
}

MetadataTable History(Source source) {
  std::vector<MetadataColumn<HistoryRow>> columns = {
      {"made_current_at", kInstant, [](const auto& row) { return ValueOf(row.entry.timestamp); }},
      {"snapshot_id", kLong,
       [](const auto& row) { return Value::BIGINT(row.entry.snapshot_id.value); }},
      {"parent_id", kLong, [](const auto& row) { return ValueOfId(row.parent_id); }},
      {"is_current_ancestor", LogicalType::BOOLEAN,
       [](const auto& row) { return Value::BOOLEAN(row.is_current_ancestor); }}};
  return TableOf<HistoryRow>(std::move(columns),
                             [source] { return WalkHistory(*source->metadata); });
}

using NamedRef = std::pair<std::string, table::Ref>;

Value ValueOfAge(const std::optional<Millis>& age) {
  return age ? Value::BIGINT(age->value) : Value(LogicalType::BIGINT);
}

MetadataTable Refs(Source source) {
  std::vector<MetadataColumn<NamedRef>> columns = {
      {"name", kText, [](const auto& ref) { return Value(ref.first); }},
      {"type", kText,
       [](const auto& ref) { return Value(ref.second.is_branch() ? "BRANCH" : "TAG"); }},
      {"snapshot_id", kLong,
       [](const auto& ref) { return Value::BIGINT(ref.second.snapshot_id.value); }},
      {"max_reference_age_in_ms", kLong,
       [](const auto& ref) { return ValueOfAge(ref.second.max_ref_age); }},
      {"min_snapshots_to_keep", kInt,
       [](const auto& ref) {
         const auto& keep = ref.second.min_snapshots_to_keep;
         return keep ? Value::INTEGER(*keep) : Value(LogicalType::INTEGER);
       }},
      {"max_snapshot_age_in_ms", kLong,
       [](const auto& ref) { return ValueOfAge(ref.second.max_snapshot_age); }}};
  return TableOf<NamedRef>(std::move(columns), [source] {
    const auto& refs = source->metadata->refs;
    return Walk(std::vector<NamedRef>(refs.begin(), refs.end()));
  });
}

// A metadata file and the snapshot that was current with it.
struct LogRow {
  table::MetadataLogEntry entry;
  const Snapshot* latest = nullptr;
};

MetadataTable MetadataLog(Source source) {
  std::vector<MetadataColumn<LogRow>> columns = {
      {"timestamp", kInstant, [](const auto& row) { return ValueOf(row.entry.timestamp); }},
      {"file", kText, [](const auto& row) { return Value(row.entry.metadata_file); }},
      {"latest_snapshot_id", kLong,
       [](const auto& row) {
         return row.latest ? Value::BIGINT(row.latest->id.value) : Value(LogicalType(kLong));
       }},
      {"latest_schema_id", kInt,
       [](const auto& row) {
         return row.latest && row.latest->schema_id ? Value::INTEGER(row.latest->schema_id->value)
                                                    : Value(LogicalType(kInt));
       }},
      {"latest_sequence_number", kLong, [](const auto& row) {
         return row.latest ? Value::BIGINT(row.latest->sequence_number.value)
                           : Value(LogicalType(kLong));
       }}};
  return TableOf<LogRow>(std::move(columns), [source] {
    const table::TableMetadata& metadata = *source->metadata;
    std::vector<LogRow> rows;
    for (const table::MetadataLogEntry& entry : metadata.metadata_log) {
      rows.push_back({entry, metadata.SnapshotAsOf(entry.timestamp)});
    }
    if (!source->metadata_location.empty()) {
      rows.push_back({{metadata.last_updated, source->metadata_location},
                      metadata.SnapshotAsOf(metadata.last_updated)});
    }
    return Walk(std::move(rows));
  });
}

Value LongMember(const Json& json, std::string_view key) {
  const auto number = json.GetInt64(key);
  return number ? Value::BIGINT(*number) : Value(LogicalType::BIGINT);
}

Value TextMember(const Json& json, std::string_view key) {
  const auto text = json.GetString(key);
  return text ? Value(*text) : Value(LogicalType::VARCHAR);
}

LogicalType BlobType() {
  return LogicalType::STRUCT({{"type", kText},
                              {"snapshot_id", kLong},
                              {"sequence_number", kLong},
                              {"fields", LogicalType::LIST(kInt)},
                              {"properties", LogicalType::MAP(kText, kText)}});
}

Value BlobValue(const Json& blob) {
  duckdb::vector<Value> fields;
  if (const auto ids = blob.GetArray("fields")) {
    for (const Json& id : **ids) {
      if (const auto number = id.ToInt64())
        fields.push_back(Value::INTEGER(static_cast<int32_t>(*number)));
    }
  }
  std::map<std::string, std::string> properties;
  if (const auto members = blob.GetObject("properties")) {
    for (const auto& [key, value] : **members) {
      properties[key] = value.as_string() != nullptr ? *value.as_string() : value.Dump();
    }
  }
  return Value::STRUCT({{"type", TextMember(blob, "type")},
                        {"snapshot_id", LongMember(blob, "snapshot-id")},
                        {"sequence_number", LongMember(blob, "sequence-number")},
                        {"fields", Value::LIST(kInt, std::move(fields))},
                        {"properties", TextMap(properties)}});
}

using table::StatisticsFile;

std::vector<MetadataColumn<StatisticsFile>> StatisticsColumns() {
  return {{"snapshot_id", kLong,
           [](const auto& file) { return Value::BIGINT(file.snapshot_id.value); }},
          {"statistics_path", kText,
           [](const auto& file) { return TextMember(file.json, "statistics-path"); }},
          {"file_size_in_bytes", kLong,
           [](const auto& file) { return LongMember(file.json, "file-size-in-bytes"); }}};
}

MetadataTable Statistics(Source source) {
  auto columns = StatisticsColumns();
  columns.push_back({"file_footer_size_in_bytes", kLong, [](const auto& file) {
                       return LongMember(file.json, "file-footer-size-in-bytes");
                     }});
  columns.push_back({"blob_metadata", LogicalType::LIST(BlobType()), [](const auto& file) {
                       duckdb::vector<Value> blobs;
                       if (const auto items = file.json.GetArray("blob-metadata")) {
                         for (const Json& blob : **items)
                           blobs.push_back(BlobValue(blob));
                       }
                       return Value::LIST(BlobType(), std::move(blobs));
                     }});
  return TableOf<StatisticsFile>(std::move(columns),
                                 [source] { return Walk(source->metadata->statistics); });
}

MetadataTable PartitionStatistics(Source source) {
  return TableOf<StatisticsFile>(StatisticsColumns(),
                                 [source] { return Walk(source->metadata->partition_statistics); });
}

using Property = std::pair<std::string, std::string>;

MetadataTable Properties(Source source) {
  std::vector<MetadataColumn<Property>> columns = {
      {"key", kText, [](const auto& property) { return Value(property.first); }},
      {"value", kText, [](const auto& property) { return Value(property.second); }}};
  return TableOf<Property>(std::move(columns), [source] {
    const auto& properties = source->metadata->properties;
    return Walk(std::vector<Property>(properties.begin(), properties.end()));
  });
}

}  // namespace

std::vector<MetadataKind> HistoryTables() {
  return {{"snapshots", Snapshots},
          {"history", History},
          {"refs", Refs},
          {"metadata_log_entries", MetadataLog},
          {"statistics", Statistics},
          {"partition_statistics", PartitionStatistics},
          {"properties", Properties}};
}

}  // namespace firn::sql
