// SPDX-License-Identifier: Apache-2.0
//
// entries, files, manifests, partitions and their all_ forms. Entries are read manifest by manifest
// while the scan goes on. The partition column is one struct for all specs of the table: its fields
// are those of every spec, each once by id.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "firn/sql/duckdb_metadata_table.h"
#include "firn/sql/duckdb_typed_field.h"
#include "firn/sql/duckdb_types.h"
#include "firn/table/manifest.h"
#include "firn/table/scan.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using table::DataFile;
using table::FieldId;
using table::FileContent;
using table::Literal;
using table::ManifestContent;
using table::ManifestEntry;
using table::ManifestFile;
using table::NestedField;
using table::Snapshot;
using table::Type;
using Source = std::shared_ptr<const ScanSource>;

constexpr auto kText = duckdb::LogicalTypeId::VARCHAR;
constexpr auto kLong = duckdb::LogicalTypeId::BIGINT;
constexpr auto kInt = duckdb::LogicalTypeId::INTEGER;
constexpr auto kBlob = duckdb::LogicalTypeId::BLOB;
constexpr auto kInstant = duckdb::LogicalTypeId::TIMESTAMP_TZ;

enum class Which : uint8_t { kData, kDeletes, kBoth };

bool Wanted(const ManifestFile& manifest, Which which) {
  return which == Which::kBoth ||
         (manifest.content == ManifestContent::kData) == (which == Which::kData);
}

const Snapshot* SnapshotOf(const ScanSource& source) {
  return source.snapshot ? source.metadata->FindSnapshot(*source.snapshot) : nullptr;
}

// A manifest and a snapshot that has it.
struct ListedManifest {
  ManifestFile manifest;
  table::SnapshotId snapshot;
};

// The manifests of the snapshot that is read; with `all`, those of every snapshot, each as often as
// it is listed.
Result<std::vector<ListedManifest>> ListManifests(const ScanSource& source, bool all) {
  std::vector<const Snapshot*> snapshots;
  if (const Snapshot* one = SnapshotOf(source); one != nullptr && !all) snapshots.push_back(one);
  for (const Snapshot& snapshot : source.metadata->snapshots) {
    if (all) snapshots.push_back(&snapshot);
  }
  std::vector<ListedManifest> listed;
  for (const Snapshot* snapshot : snapshots) {
    FIRN_ASSIGN(auto manifests, table::ManifestsOf(*source.metadata, *snapshot, *source.io));
    for (ManifestFile& manifest : manifests) {
      listed.push_back({std::move(manifest), snapshot->id});
    }
  }
  return listed;
}

// Reads the entries of manifests, each manifest once.
class EntryWalk {
 public:
  EntryWalk(Source source, std::vector<ListedManifest> manifests, Which which, bool live_only)
      : source_(std::move(source)), which_(which), live_only_(live_only) {
    std::set<std::string> seen;
    for (ListedManifest& listed : manifests) {
      if (!Wanted(listed.manifest, which) || !seen.insert(listed.manifest.path).second) continue;
      manifests_.push_back(std::move(listed.manifest));
    }
  }

  Result<const ManifestEntry*> Next() {
    while (true) {
      if (!reader_ && next_ == manifests_.size()) return static_cast<const ManifestEntry*>(nullptr);
      if (!reader_) FIRN_TRY(Open());
      FIRN_ASSIGN(auto entry, reader_->Next());
      if (!entry) {
        reader_.reset();
      } else if (entry->is_live() || !live_only_) {
        entry_ = *std::move(entry);
        return &entry_;
      }
    }
  }

 private:
  Status Open() {
    const ManifestFile& manifest = manifests_[next_++];
    const table::PartitionSpec* spec = source_->metadata->FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(auto reader, table::ManifestReader::Open(*source_->io, manifest, *spec));
    reader_.emplace(std::move(reader));
    return Ok();
  }

  Source source_;
  Which which_;
  bool live_only_;
  std::vector<ManifestFile> manifests_;
  size_t next_ = 0;
  std::optional<table::ManifestReader> reader_;
  ManifestEntry entry_;
};

Result<NextRecord<ManifestEntry>> WalkEntries(const Source& source, Which which, bool live_only,
                                              bool all) {
  FIRN_ASSIGN(auto manifests, ListManifests(*source, all));
  auto walk = std::make_shared<EntryWalk>(source, std::move(manifests), which, live_only);
  return NextRecord<ManifestEntry>([walk] { return walk->Next(); });
}

Value CountMap(const std::map<FieldId, int64_t>& counts) {
  duckdb::vector<Value> keys, values;
  for (const auto& [id, count] : counts) {
    keys.push_back(Value::INTEGER(id.value));
    values.push_back(Value::BIGINT(count));
  }
  return Value::MAP(LogicalType(kInt), LogicalType(kLong), std::move(keys), std::move(values));
}

Value BlobOf(const std::string& bytes) {
  return Value::BLOB(reinterpret_cast<duckdb::const_data_ptr_t>(bytes.data()), bytes.size());
}

Value BoundMap(const std::map<FieldId, std::string>& bounds) {
  duckdb::vector<Value> keys, values;
  for (const auto& [id, bytes] : bounds) {
    keys.push_back(Value::INTEGER(id.value));
    values.push_back(BlobOf(bytes));
  }
  return Value::MAP(LogicalType(kInt), LogicalType(kBlob), std::move(keys), std::move(values));
}

template <typename Item, typename ToValue>
Value ListOf(LogicalType type, const std::vector<Item>& items, ToValue to_value) {
  if (items.empty()) return Value(LogicalType::LIST(type));
  duckdb::vector<Value> values;
  for (const Item& item : items) {
    values.push_back(to_value(item));
  }
  return Value::LIST(type, std::move(values));
}

using FileColumns = std::vector<MetadataColumn<DataFile>>;

// The metrics of each column, its bounds as values of its type.
class ReadableMetrics {
 public:
  explicit ReadableMetrics(const table::Schema& schema) {
    for (const FieldId id : schema.FieldIds()) {
      const NestedField* field = schema.FindField(id);
      if (field->type.is_primitive()) {
        columns_.push_back(TypedField::Of(id, std::string(schema.NameOf(id)), field->type));
      }
    }
  }

  bool empty() const { return columns_.empty(); }

  LogicalType type() const {
    duckdb::child_list_t<LogicalType> children;
    for (const TypedField& column : columns_) {
      children.emplace_back(column.name, LogicalType::STRUCT({{"column_size", kLong},
                                                              {"value_count", kLong},
                                                              {"null_value_count", kLong},
                                                              {"nan_value_count", kLong},
                                                              {"lower_bound", column.sql_type},
                                                              {"upper_bound", column.sql_type}}));
    }
    return LogicalType::STRUCT(std::move(children));
  }

  Value Of(const DataFile& file) const {
    duckdb::child_list_t<Value> children;
    for (const TypedField& column : columns_) {
      children.emplace_back(
          column.name,
          Value::STRUCT({{"column_size", Count(file.column_sizes, column.id)},
                         {"value_count", Count(file.value_counts, column.id)},
                         {"null_value_count", Count(file.null_value_counts, column.id)},
                         {"nan_value_count", Count(file.nan_value_counts, column.id)},
                         {"lower_bound", Bound(file.lower_bounds, column)},
                         {"upper_bound", Bound(file.upper_bounds, column)}}));
    }
    return Value::STRUCT(std::move(children));
  }

 private:
  static Value Count(const std::map<FieldId, int64_t>& counts, FieldId id) {
    const auto found = counts.find(id);
    return found == counts.end() ? Value(LogicalType(kLong)) : Value::BIGINT(found->second);
  }
  static Value Bound(const std::map<FieldId, std::string>& bounds, const TypedField& column) {
    const auto found = bounds.find(column.id);
    if (found == bounds.end()) return Value(column.sql_type);
    auto literal = Literal::FromBytes(column.type, found->second);
    return literal ? column.ValueOf(*literal) : Value(column.sql_type);
  }

  std::vector<TypedField> columns_;
};

FileColumns IdentityColumns(const Source& source) {
  FileColumns columns = {
      {"content", kInt,
       [](const auto& file) { return Value::INTEGER(static_cast<int32_t>(file.content)); }},
      {"file_path", kText, [](const auto& file) { return Value(file.file_path); }},
      {"file_format", kText,
       [](const auto& file) { return Value(std::string(table::FormatName(file.file_format))); }},
      {"spec_id", kInt, [](const auto& file) { return Value::INTEGER(file.spec_id.value); }}};
  // A struct must have a field: tables that were never partitioned have no such column.
  if (auto fields = PartitionFields(*source->metadata); !fields.empty()) {
    const LogicalType type = StructOf(fields);
    columns.push_back({"partition", type, [fields = std::move(fields), source](const auto& file) {
                         return PartitionValue(fields, *source->metadata, file);
                       }});
  }
  columns.push_back(
      {"record_count", kLong, [](const auto& file) { return Value::BIGINT(file.record_count); }});
  columns.push_back({"file_size_in_bytes", kLong,
                     [](const auto& file) { return Value::BIGINT(file.file_size_bytes); }});
  return columns;
}

FileColumns MetricColumns() {
  const LogicalType counts = LogicalType::MAP(kInt, kLong);
  const LogicalType bounds = LogicalType::MAP(kInt, kBlob);
  return {{"column_sizes", counts, [](const auto& file) { return CountMap(file.column_sizes); }},
          {"value_counts", counts, [](const auto& file) { return CountMap(file.value_counts); }},
          {"null_value_counts", counts,
           [](const auto& file) { return CountMap(file.null_value_counts); }},
          {"nan_value_counts", counts,
           [](const auto& file) { return CountMap(file.nan_value_counts); }},
          {"lower_bounds", bounds, [](const auto& file) { return BoundMap(file.lower_bounds); }},
          {"upper_bounds", bounds, [](const auto& file) { return BoundMap(file.upper_bounds); }}};
}

FileColumns OtherColumns() {
  const auto text = [](const std::optional<std::string>& value) {
    return value ? Value(*value) : Value(LogicalType(kText));
  };
  return {{"key_metadata", kBlob,
           [](const auto& file) {
             return file.key_metadata ? BlobOf(*file.key_metadata) : Value(LogicalType(kBlob));
           }},
          {"split_offsets", LogicalType::LIST(kLong),
           [](const auto& file) {
             return ListOf(kLong, file.split_offsets, [](int64_t at) { return Value::BIGINT(at); });
           }},
          {"equality_ids", LogicalType::LIST(kInt),
           [](const auto& file) {
             return ListOf(kInt, file.equality_ids,
                           [](FieldId id) { return Value::INTEGER(id.value); });
           }},
          {"sort_order_id", kInt,
           [](const auto& file) {
             return file.sort_order_id ? Value::INTEGER(file.sort_order_id->value)
                                       : Value(LogicalType(kInt));
           }},
          {"first_row_id", kLong, [](const auto& file) { return ValueOf(file.first_row_id); }},
          {"referenced_data_file", kText,
           [text](const auto& file) { return text(file.referenced_data_file); }},
          {"content_offset", kLong, [](const auto& file) { return ValueOf(file.content_offset); }},
          {"content_size_in_bytes", kLong,
           [](const auto& file) { return ValueOf(file.content_size_bytes); }}};
}

FileColumns DataFileColumns(const Source& source) {
  FileColumns columns = IdentityColumns(source);
  for (FileColumns more : {MetricColumns(), OtherColumns()}) {
    std::move(more.begin(), more.end(), std::back_inserter(columns));
  }
  return columns;
}

void AddReadableMetrics(const Source& source, FileColumns& columns) {
  const auto metrics = std::make_shared<const ReadableMetrics>(source->metadata->schema());
  if (metrics->empty()) return;
  columns.push_back({"readable_metrics", metrics->type(),
                     [metrics](const auto& file) { return metrics->Of(file); }});
}

template <Which which, bool all>
MetadataTable Files(Source source) {
  FileColumns of_file = DataFileColumns(source);
  AddReadableMetrics(source, of_file);
  std::vector<MetadataColumn<ManifestEntry>> columns;
  for (MetadataColumn<DataFile>& column : of_file) {
    columns.push_back(
        {column.name, column.type,
         [value = std::move(column.value)](const auto& entry) { return value(entry.file); }});
  }
  return TableOf<ManifestEntry>(std::move(columns),
                                [source] { return WalkEntries(source, which, true, all); });
}

template <bool all>
MetadataTable Entries(Source source) {
  const auto file = std::make_shared<const FileColumns>(DataFileColumns(source));
  duckdb::child_list_t<LogicalType> types;
  for (const MetadataColumn<DataFile>& column : *file) {
    types.emplace_back(column.name, column.type);
  }
  std::vector<MetadataColumn<ManifestEntry>> columns = {
      {"status", kInt,
       [](const auto& entry) { return Value::INTEGER(static_cast<int32_t>(entry.status)); }},
      {"snapshot_id", kLong, [](const auto& entry) { return ValueOfId(entry.snapshot_id); }},
      {"sequence_number", kLong,
       [](const auto& entry) { return ValueOfId(entry.sequence_number); }},
      {"file_sequence_number", kLong,
       [](const auto& entry) { return ValueOfId(entry.file_sequence_number); }},
      {"data_file", LogicalType::STRUCT(std::move(types)), [file](const auto& entry) {
         duckdb::child_list_t<Value> children;
         for (const MetadataColumn<DataFile>& column : *file) {
           children.emplace_back(column.name, column.value(entry.file));
         }
         return Value::STRUCT(std::move(children));
       }}};
  FileColumns metrics;
  AddReadableMetrics(source, metrics);
  for (MetadataColumn<DataFile>& column : metrics) {
    columns.push_back(
        {column.name, column.type,
         [value = std::move(column.value)](const auto& entry) { return value(entry.file); }});
  }
  return TableOf<ManifestEntry>(std::move(columns),
                                [source] { return WalkEntries(source, Which::kBoth, false, all); });
}

LogicalType SummaryType() {
  return LogicalType::STRUCT({{"contains_null", duckdb::LogicalTypeId::BOOLEAN},
                              {"contains_nan", duckdb::LogicalTypeId::BOOLEAN},
                              {"lower_bound", kText},
                              {"upper_bound", kText}});
}

Value SummariesOf(const table::TableMetadata& metadata, const ManifestFile& manifest) {
  const table::PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
  if (spec == nullptr || spec->fields.size() != manifest.partitions.size()) {
    return Value(LogicalType::LIST(SummaryType()));
  }
  const Type type = table::PartitionType(*spec, metadata.schema());
  duckdb::vector<Value> summaries;
  for (size_t at = 0; at < manifest.partitions.size(); ++at) {
    const table::FieldSummary& summary = manifest.partitions[at];
    const auto bound = [&](const std::optional<std::string>& bytes) {
      if (!bytes) return Value(LogicalType(kText));
      const auto literal = Literal::FromBytes(type.fields()[at].type, *bytes);
      return literal ? Value(literal->ToString()) : Value(LogicalType(kText));
    };
    const Value nan =
        summary.contains_nan ? Value::BOOLEAN(*summary.contains_nan) : Value(LogicalType::BOOLEAN);
    summaries.push_back(Value::STRUCT({{"contains_null", Value::BOOLEAN(summary.contains_null)},
                                       {"contains_nan", nan},
                                       {"lower_bound", bound(summary.lower_bound)},
                                       {"upper_bound", bound(summary.upper_bound)}}));
  }
  return Value::LIST(SummaryType(), std::move(summaries));
}

using ManifestColumn = MetadataColumn<ListedManifest>;

// A count, of manifests of one content; 0 for the others.
ManifestColumn CountColumn(const char* name, ManifestContent content,
                           std::optional<int64_t> ManifestFile::*count) {
  return {name, kInt, [content, count](const ListedManifest& listed) {
            if (listed.manifest.content != content) return Value::INTEGER(0);
            const auto& number = listed.manifest.*count;
            return number ? Value::INTEGER(static_cast<int32_t>(*number))
                          : Value(LogicalType(kInt));
          }};
}

template <bool all>
MetadataTable Manifests(Source source) {
  constexpr auto kData = ManifestContent::kData;
  constexpr auto kDeletes = ManifestContent::kDeletes;
  std::vector<ManifestColumn> columns = {
      {"content", kInt,
       [](const auto& m) { return Value::INTEGER(static_cast<int32_t>(m.manifest.content)); }},
      {"path", kText, [](const auto& m) { return Value(m.manifest.path); }},
      {"length", kLong, [](const auto& m) { return Value::BIGINT(m.manifest.length_bytes); }},
      {"partition_spec_id", kInt,
       [](const auto& m) { return Value::INTEGER(m.manifest.spec_id.value); }},
      {"added_snapshot_id", kLong,
       [](const auto& m) { return Value::BIGINT(m.manifest.added_snapshot_id.value); }},
      CountColumn("added_data_files_count", kData, &ManifestFile::added_files_count),
      CountColumn("existing_data_files_count", kData, &ManifestFile::existing_files_count),
      CountColumn("deleted_data_files_count", kData, &ManifestFile::deleted_files_count),
      CountColumn("added_delete_files_count", kDeletes, &ManifestFile::added_files_count),
      CountColumn("existing_delete_files_count", kDeletes, &ManifestFile::existing_files_count),
      CountColumn("deleted_delete_files_count", kDeletes, &ManifestFile::deleted_files_count),
      {"partition_summaries", LogicalType::LIST(SummaryType()),
       [source](const auto& m) { return SummariesOf(*source->metadata, m.manifest); }},
      {"key_metadata", kBlob, [](const auto& m) {
         return m.manifest.key_metadata ? BlobOf(*m.manifest.key_metadata)
                                        : Value(LogicalType(kBlob));
       }}};
  if (all) {
    columns.push_back({"reference_snapshot_id", kLong,
                       [](const auto& m) { return Value::BIGINT(m.snapshot.value); }});
  }
  return TableOf<ListedManifest>(std::move(columns),
                                 [source]() -> Result<NextRecord<ListedManifest>> {
                                   FIRN_ASSIGN(auto manifests, ListManifests(*source, all));
                                   return Walk(std::move(manifests));
                                 });
}

// The sums of one partition.
struct PartitionRow {
  DataFile any;  ///< Some file of it, for its tuple and spec.
  int64_t records = 0, files = 0, bytes = 0;
  int64_t position_records = 0, position_files = 0, equality_records = 0, equality_files = 0;
  const Snapshot* last_updated = nullptr;

  void Add(const ManifestEntry& entry, const table::TableMetadata& metadata) {
    const DataFile& file = entry.file;
    switch (file.content) {
      case FileContent::kData:
        records += file.record_count;
        files += 1;
        bytes += file.file_size_bytes;
        break;
      case FileContent::kPositionDeletes:
        position_records += file.record_count;
        position_files += 1;
        break;
      case FileContent::kEqualityDeletes:
        equality_records += file.record_count;
        equality_files += 1;
        break;
    }
    const Snapshot* snapshot =
        entry.snapshot_id ? metadata.FindSnapshot(*entry.snapshot_id) : nullptr;
    if (snapshot == nullptr) return;
    const bool newer = last_updated == nullptr || snapshot->timestamp > last_updated->timestamp;
    if (newer) last_updated = snapshot;
  }
};

Result<NextRecord<PartitionRow>> WalkPartitions(const Source& source) {
  FIRN_ASSIGN(const auto next, WalkEntries(source, Which::kBoth, true, false));
  std::map<std::pair<std::string, int32_t>, PartitionRow> rows;
  while (true) {
    FIRN_ASSIGN(const ManifestEntry* entry, next());
    if (entry == nullptr) break;
    const table::PartitionSpec& spec = *source->metadata->FindSpec(entry->file.spec_id);
    PartitionRow& row =
        rows[{table::PartitionPath(spec, entry->file.partition), entry->file.spec_id.value}];
    if (row.any.file_path.empty()) {
      row.any.file_path = entry->file.file_path;
      row.any.spec_id = entry->file.spec_id;
      row.any.partition = entry->file.partition;
    }
    row.Add(*entry, *source->metadata);
  }
  std::vector<PartitionRow> sums;
  for (auto& [key, row] : rows)
    sums.push_back(std::move(row));
  return Walk(std::move(sums));
}

MetadataTable Partitions(Source source) {
  std::vector<MetadataColumn<PartitionRow>> columns;
  const auto number = [&columns](const char* name, int64_t PartitionRow::*member) {
    columns.push_back(
        {name, kLong, [member](const auto& row) { return Value::BIGINT(row.*member); }});
  };
  if (auto fields = PartitionFields(*source->metadata); !fields.empty()) {
    const LogicalType type = StructOf(fields);
    columns.push_back({"partition", type, [fields = std::move(fields), source](const auto& row) {
                         return PartitionValue(fields, *source->metadata, row.any);
                       }});
  }
  columns.push_back(
      {"spec_id", kInt, [](const auto& row) { return Value::INTEGER(row.any.spec_id.value); }});
  number("record_count", &PartitionRow::records);
  number("file_count", &PartitionRow::files);
  number("total_data_file_size_in_bytes", &PartitionRow::bytes);
  number("position_delete_record_count", &PartitionRow::position_records);
  number("position_delete_file_count", &PartitionRow::position_files);
  number("equality_delete_record_count", &PartitionRow::equality_records);
  number("equality_delete_file_count", &PartitionRow::equality_files);
  columns.push_back({"last_updated_at", kInstant, [](const auto& row) {
                       return row.last_updated ? ValueOf(row.last_updated->timestamp)
                                               : Value(LogicalType(kInstant));
                     }});
  columns.push_back({"last_updated_snapshot_id", kLong, [](const auto& row) {
                       return row.last_updated ? Value::BIGINT(row.last_updated->id.value)
                                               : Value(LogicalType(kLong));
                     }});
  return TableOf<PartitionRow>(std::move(columns), [source] { return WalkPartitions(source); });
}

}  // namespace

std::vector<MetadataKind> FileTables() {
  return {{"entries", Entries<false>},
          {"files", Files<Which::kBoth, false>},
          {"data_files", Files<Which::kData, false>},
          {"delete_files", Files<Which::kDeletes, false>},
          {"manifests", Manifests<false>},
          {"partitions", Partitions},
          {"all_entries", Entries<true>},
          {"all_files", Files<Which::kBoth, true>},
          {"all_data_files", Files<Which::kData, true>},
          {"all_delete_files", Files<Which::kDeletes, true>},
          {"all_manifests", Manifests<true>}};
}

}  // namespace firn::sql
