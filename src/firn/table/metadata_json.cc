// SPDX-License-Identifier: Apache-2.0
//
// Table metadata as JSON (spec, "Table Metadata Fields" and Appendix C). Reading takes every known
// field out of the object; what is left over is unknown and goes back when it is written. Format
// version 1 has "schema" and "partition-spec" where later ones have lists.

#include "firn/table/metadata_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <unordered_set>

#include "firn/base/compression.h"
#include "firn/io/file_io.h"
#include "firn/table/format_rules.h"
#include "firn/table/schema_json.h"
#include "firn/table/unknown_fields.h"

namespace firn::table {
namespace {

class Reader {
 public:
  explicit Reader(Json json) : json_(std::move(json)) {}

  Result<TableMetadata> Read() && {
    if (json_.as_object() == nullptr) return Corrupt("metadata is not a JSON object");
    FIRN_TRY(ReadVersion());
    FIRN_TRY(ReadIdentity());
    FIRN_TRY(ReadSchemas());
    FIRN_TRY(ReadSpecs());
    FIRN_TRY(ReadSortOrders());
    FIRN_TRY(ReadProperties());
    FIRN_TRY(ReadSnapshots());
    FIRN_TRY(ReadRefs());
    FIRN_TRY(ReadLogs());
    FIRN_TRY(ReadStatistics("statistics", out_.statistics));
    FIRN_TRY(ReadStatistics("partition-statistics", out_.partition_statistics));
    FIRN_TRY(ReadRowLineage());
    if (!json_.as_object()->empty()) out_.unknown = std::move(json_);
    return std::move(out_);
  }

 private:
  bool must_be_complete() const { return out_.rules().complete; }

  Result<std::optional<int64_t>> TakeInt64(std::string_view key) {
    const Json value = json_.Take(key);
    if (value.is_null()) return std::optional<int64_t>();
    auto number = value.ToInt64();
    if (!number) return Corrupt("not a whole number: " + std::string(key), value.Dump());
    return std::optional<int64_t>(*number);
  }

  Result<std::optional<int32_t>> TakeInt32(std::string_view key) {
    FIRN_ASSIGN(const auto number, TakeInt64(key));
    if (!number) return std::optional<int32_t>();
    if (*number < INT32_MIN || *number > INT32_MAX) {
      return Corrupt("out of range: " + std::string(key), *number);
    }
    return std::optional<int32_t>(static_cast<int32_t>(*number));
  }

  template <typename Number>
  Result<Number> Need(Result<std::optional<Number>> found, std::string_view key) {
    FIRN_ASSIGN(const auto number, std::move(found));
    if (!number) return Missing(key);
    return *number;
  }

  static Error Missing(std::string_view key) { return Corrupt("metadata has no field", key); }

  // The items of an array; none where the field is absent or null.
  Result<Json::Array> TakeArray(std::string_view key) {
    Json value = json_.Take(key);
    if (value.is_null()) return Json::Array();
    if (value.as_array() == nullptr) return Corrupt("metadata field is not an array", key);
    return std::move(*value.as_array());
  }

  Status ReadVersion() {
    FIRN_ASSIGN(out_.format_version, Need(TakeInt32("format-version"), "format-version"));
    if (!IsFormatVersion(out_.format_version)) {
      return Unsupported("format version of the table", out_.format_version)
          .WithHint("a newer release may read it");
    }
    return Ok();
  }

  Status ReadIdentity() {
    const Json uuid = json_.Take("table-uuid");
    if (uuid.as_string() != nullptr) {
      auto parsed = Uuid::Parse(*uuid.as_string());
      if (!parsed) return Corrupt("table-uuid is not a UUID", *uuid.as_string());
      out_.table_uuid = *parsed;
    } else if (must_be_complete() || !uuid.is_null()) {
      return Missing("table-uuid");
    }
    const Json location = json_.Take("location");
    if (location.as_string() == nullptr) return Missing("location");
    out_.location = *location.as_string();
    FIRN_ASSIGN(const auto sequence, TakeInt64("last-sequence-number"));
    if (!sequence && out_.rules().sequence_numbers) return Missing("last-sequence-number");
    out_.last_sequence_number = SequenceNumber(sequence.value_or(0));
    FIRN_ASSIGN(out_.last_updated.value, Need(TakeInt64("last-updated-ms"), "last-updated-ms"));
    FIRN_ASSIGN(out_.last_column_id.value, Need(TakeInt32("last-column-id"), "last-column-id"));
    return Ok();
  }

  Status ReadSchemas() {
    FIRN_ASSIGN(const Json::Array schemas, TakeArray("schemas"));
    FIRN_ASSIGN(const auto current, TakeInt32("current-schema-id"));
    const Json single = json_.Take("schema");
    if (!must_be_complete() && (schemas.empty() || !current)) return ReadSingleSchema(single);
    if (schemas.empty()) return Missing("schemas");
    if (!current) return Missing("current-schema-id");
    for (const Json& item : schemas) {
      FIRN_ASSIGN(Schema schema, SchemaFromJson(item));
      out_.schemas.push_back(std::move(schema));
    }
    out_.current_schema_id = SchemaId(*current);
    if (out_.FindSchema(out_.current_schema_id) == nullptr) {
      return Corrupt("current-schema-id names no schema", *current);
    }
    return Ok();
  }

  Status ReadSingleSchema(const Json& single) {
    if (single.is_null()) return Missing("schema");
    FIRN_ASSIGN(Schema schema, SchemaFromJson(single));
    out_.current_schema_id = schema.id();
    out_.schemas.push_back(std::move(schema));
    return Ok();
  }

  Status ReadSpecs() {
    const bool listed = json_.Find("partition-specs") != nullptr;
    FIRN_ASSIGN(const Json::Array specs, TakeArray("partition-specs"));
    FIRN_ASSIGN(const auto by_default, TakeInt32("default-spec-id"));
    FIRN_ASSIGN(const auto last, TakeInt32("last-partition-id"));
    const Json single = json_.Take("partition-spec");
    for (const Json& item : specs) {
      FIRN_ASSIGN(PartitionSpec spec, PartitionSpecFromJson(item));
      out_.partition_specs.push_back(std::move(spec));
    }
    if (specs.empty()) {
      // An empty list is what some write of an unpartitioned table.
      if (must_be_complete() && !listed) return Missing("partition-specs");
      FIRN_ASSIGN(
          PartitionSpec spec,
          PartitionFieldsFromJson(SpecId(0), single.is_null() ? Json(Json::Array{}) : single));
      out_.partition_specs.push_back(std::move(spec));
    }
    return ChooseDefaultSpec(by_default, last);
  }

  Status ChooseDefaultSpec(std::optional<int32_t> by_default, std::optional<int32_t> last) {
    if (must_be_complete() && !by_default) return Missing("default-spec-id");
    if (must_be_complete() && !last) return Missing("last-partition-id");
    SpecId highest_spec{};
    FieldId highest_field = kPartitionFieldIdBase;
    for (const PartitionSpec& spec : out_.partition_specs) {
      highest_spec = std::max(highest_spec, spec.id);
      highest_field = std::max(highest_field, spec.highest_field_id());
    }
    out_.default_spec_id = by_default ? SpecId(*by_default) : highest_spec;
    out_.last_partition_id = last ? FieldId(*last) : highest_field;
    if (out_.FindSpec(out_.default_spec_id) == nullptr) {
      return Corrupt("default-spec-id names no partition spec", out_.default_spec_id);
    }
    return Ok();
  }

  Status ReadSortOrders() {
    FIRN_ASSIGN(const Json::Array orders, TakeArray("sort-orders"));
    FIRN_ASSIGN(const auto by_default, TakeInt32("default-sort-order-id"));
    if (must_be_complete() && orders.empty()) return Missing("sort-orders");
    if (must_be_complete() && !by_default) return Missing("default-sort-order-id");
    for (const Json& item : orders) {
      FIRN_ASSIGN(SortOrder order, SortOrderFromJson(item));
      out_.sort_orders.push_back(std::move(order));
    }
    if (out_.sort_orders.empty()) out_.sort_orders.push_back(SortOrder{});
    out_.default_sort_order_id =
        by_default ? SortOrderId(*by_default) : out_.sort_orders.front().id;
    if (out_.FindSortOrder(out_.default_sort_order_id) == nullptr) {
      return Corrupt("default-sort-order-id names no sort order", out_.default_sort_order_id);
    }
    return Ok();
  }

  Status ReadProperties() {
    const Json properties = json_.Take("properties");
    if (properties.is_null()) return Ok();
    if (properties.as_object() == nullptr) return Corrupt("properties are not an object");
    for (const auto& [key, value] : *properties.as_object()) {
      if (value.is_null()) continue;
      out_.properties[key] = value.as_string() != nullptr ? *value.as_string() : value.Dump();
    }
    return Ok();
  }

  Status ReadSnapshots() {
    FIRN_ASSIGN(const Json::Array snapshots, TakeArray("snapshots"));
    for (const Json& item : snapshots) {
      FIRN_ASSIGN(Snapshot snapshot, SnapshotFromJson(item));
      if (!snapshot_ids_.insert(snapshot.id).second) {
        return Corrupt("two snapshots of one id", snapshot.id);
      }
      out_.snapshots.push_back(std::move(snapshot));
    }
    FIRN_ASSIGN(const auto current, TakeInt64("current-snapshot-id"));
    if (!current || *current == -1) return Ok();  // -1: no snapshot, in old writers' files.
    out_.current_snapshot_id = SnapshotId(*current);
    if (!snapshot_ids_.contains(*out_.current_snapshot_id)) {
      return Corrupt("current-snapshot-id names no snapshot", *current);
    }
    return Ok();
  }

  Status ReadRefs() {
    const Json refs = json_.Take("refs");
    if (refs.as_object() != nullptr) {
      for (const auto& [name, value] : *refs.as_object()) {
        FIRN_ASSIGN(Ref ref, RefFromJson(value));
        if (!snapshot_ids_.contains(ref.snapshot_id)) {
          return Corrupt("ref '" + name + "' names no snapshot", ref.snapshot_id);
        }
        out_.refs.emplace(name, std::move(ref));
      }
    } else if (!refs.is_null()) {
      return Corrupt("refs are not an object");
    }
    return ReconcileMain();
  }

  // Writers before refs have only current-snapshot-id; where both are there, they must agree.
  Status ReconcileMain() {
    const Ref* main = out_.FindRef(kMainBranch);
    if (main == nullptr) {
      if (out_.current_snapshot_id) {
        out_.refs.emplace(kMainBranch,
                          Ref{*out_.current_snapshot_id, RefType::kBranch, {}, {}, {}, {}});
      }
      return Ok();
    }
    if (!out_.current_snapshot_id) out_.current_snapshot_id = main->snapshot_id;
    if (*out_.current_snapshot_id != main->snapshot_id) {
      return Corrupt("current-snapshot-id is not the head of main", *out_.current_snapshot_id,
                     main->snapshot_id);
    }
    return Ok();
  }

  Status ReadLogs() {
    FIRN_ASSIGN(const Json::Array snapshot_log, TakeArray("snapshot-log"));
    for (const Json& item : snapshot_log) {
      FIRN_ASSIGN(const int64_t timestamp, item.GetInt64("timestamp-ms"));
      FIRN_ASSIGN(const int64_t snapshot, item.GetInt64("snapshot-id"));
      out_.snapshot_log.push_back({TimeMs{timestamp}, SnapshotId(snapshot),
                                   UnknownFields(item, {"timestamp-ms", "snapshot-id"})});
    }
    FIRN_ASSIGN(const Json::Array metadata_log, TakeArray("metadata-log"));
    for (const Json& item : metadata_log) {
      FIRN_ASSIGN(const int64_t timestamp, item.GetInt64("timestamp-ms"));
      FIRN_ASSIGN(std::string file, item.GetString("metadata-file"));
      out_.metadata_log.push_back({TimeMs{timestamp}, std::move(file),
                                   UnknownFields(item, {"timestamp-ms", "metadata-file"})});
    }
    return Ok();
  }

  Status ReadStatistics(std::string_view key, std::vector<StatisticsFile>& files) {
    FIRN_ASSIGN(Json::Array items, TakeArray(key));
    for (Json& item : items) {
      FIRN_ASSIGN(const int64_t snapshot, item.GetInt64("snapshot-id"));
      files.push_back({SnapshotId(snapshot), std::move(item)});
    }
    return Ok();
  }

  Status ReadRowLineage() {
    if (!out_.rules().row_lineage) return Ok();
    FIRN_ASSIGN(const auto next_row_id, TakeInt64("next-row-id"));
    if (!next_row_id) return Missing("next-row-id");
    if (*next_row_id < 0) return Corrupt("next-row-id is negative", *next_row_id);
    out_.next_row_id = *next_row_id;
    FIRN_ASSIGN(out_.encryption_keys, TakeArray("encryption-keys"));
    return Ok();
  }

  Json json_;
  TableMetadata out_;
  std::unordered_set<SnapshotId> snapshot_ids_;
};

template <typename Items, typename ItemToJson>
Json ArrayOf(const Items& items, ItemToJson to_json) {
  Json::Array array;
  array.reserve(items.size());
  for (const auto& item : items) {
    array.push_back(to_json(item));
  }
  return Json(std::move(array));
}

Json MapToJson(const std::map<std::string, std::string>& map) {
  Json::Object object;
  for (const auto& [key, value] : map) {
    object.emplace_back(key, value);
  }
  return Json(std::move(object));
}

void SetSchemas(Json& json, const TableMetadata& metadata) {
  const bool singles = !metadata.rules().complete;
  if (singles) json.Set("schema", SchemaToJson(metadata.schema()));
  json.Set("current-schema-id", metadata.current_schema_id.value);
  json.Set("schemas", ArrayOf(metadata.schemas, SchemaToJson));
  if (singles) json.Set("partition-spec", *PartitionSpecToJson(metadata.spec()).Find("fields"));
  json.Set("default-spec-id", metadata.default_spec_id.value);
  json.Set("partition-specs", ArrayOf(metadata.partition_specs, PartitionSpecToJson));
  json.Set("last-partition-id", metadata.last_partition_id.value);
  json.Set("default-sort-order-id", metadata.default_sort_order_id.value);
  json.Set("sort-orders", ArrayOf(metadata.sort_orders, SortOrderToJson));
}

void SetRefs(Json& json, const TableMetadata& metadata) {
  // -1 is what readers of all ages take for "none"; later versions forbid it.
  if (metadata.current_snapshot_id) {
    json.Set("current-snapshot-id", metadata.current_snapshot_id->value);
  } else {
    json.Set("current-snapshot-id", metadata.rules().null_for_no_snapshot ? Json() : Json(-1));
  }
  Json::Object refs;
  for (const auto& [name, ref] : metadata.refs) {
    refs.emplace_back(name, RefToJson(ref));
  }
  json.Set("refs", std::move(refs));
  const auto raw = [](const StatisticsFile& file) { return file.json; };
  json.Set("statistics", ArrayOf(metadata.statistics, raw));
  json.Set("partition-statistics", ArrayOf(metadata.partition_statistics, raw));
}

void SetMetadataLog(Json& json, const TableMetadata& metadata) {
  json.Set("metadata-log", ArrayOf(metadata.metadata_log, [](const MetadataLogEntry& entry) {
             Json item;
             item.Set("timestamp-ms", entry.timestamp.value);
             item.Set("metadata-file", entry.metadata_file);
             PutUnknown(item, entry.unknown);
             return item;
           }));
}

// The parts whose size does not grow with the history of the table.
Json WithoutHistory(const TableMetadata& metadata) {
  Json json;
  json.Set("format-version", metadata.format_version);
  if (metadata.table_uuid) json.Set("table-uuid", metadata.table_uuid->ToString());
  json.Set("location", metadata.location);
  if (metadata.rules().sequence_numbers) {
    json.Set("last-sequence-number", metadata.last_sequence_number.value);
  }
  json.Set("last-updated-ms", metadata.last_updated.value);
  json.Set("last-column-id", metadata.last_column_id.value);
  SetSchemas(json, metadata);
  json.Set("properties", MapToJson(metadata.properties));
  if (metadata.rules().row_lineage) {
    json.Set("next-row-id", metadata.next_row_id);
    if (!metadata.encryption_keys.empty()) json.Set("encryption-keys", metadata.encryption_keys);
  }
  SetRefs(json, metadata);
  SetMetadataLog(json, metadata);
  PutUnknown(json, metadata.unknown);
  return json;
}

std::string_view FileNameOf(std::string_view location) {
  return location.substr(location.rfind('/') + 1);  // npos + 1 is 0.
}

}  // namespace

MetadataCodec CodecOfMetadata(const std::map<std::string, std::string>& properties) {
  const auto found = properties.find("write.metadata.compression-codec");
  const bool gzip = found != properties.end() && found->second == "gzip";
  return gzip ? MetadataCodec::kGzip : MetadataCodec::kNone;
}

Result<Json> ParseMetadataJson(std::string_view bytes, const MetadataLimits& limits,
                               std::string_view what) {
  std::string text;
  if (IsGzip(bytes)) {
    FIRN_ASSIGN(text, Inflate(bytes, DeflateFormat::kGzip, limits.size_bytes_max));
    bytes = text;
  } else if (IsZstd(bytes)) {
    FIRN_ASSIGN(text, ZstdDecompress(bytes, limits.size_bytes_max));
    bytes = text;
  }
  auto json = Json::Parse(bytes, {limits.depth_max, limits.size_bytes_max, limits.values_max});
  if (json) return json;
  Error error = std::move(json).error().Within(what);
  if (error.kind == ErrorKind::kInvalidArgument) error.kind = ErrorKind::kCorrupt;
  return error;
}

Result<std::string> PackMetadata(std::string text, MetadataCodec codec) {
  if (codec == MetadataCodec::kNone) return text;
  return Deflate(text, DeflateFormat::kGzip);
}

Result<TableMetadata> ParseMetadata(std::string_view bytes, MetadataLimits limits) {
  FIRN_ASSIGN(Json json, ParseMetadataJson(bytes, limits, "table metadata"));
  return Reader(std::move(json)).Read();
}

Result<TableMetadata> MetadataFromJson(const Json& json) {
  return Reader(json).Read();
}

Json MetadataToJson(const TableMetadata& metadata) {
  Json json = WithoutHistory(metadata);
  json.Set("snapshots", ArrayOf(metadata.snapshots, [&metadata](const Snapshot& snapshot) {
             return SnapshotToJson(snapshot, metadata.format_version);
           }));
  json.Set("snapshot-log", ArrayOf(metadata.snapshot_log, SnapshotLogEntryToJson));
  return json;
}

// The history comes last and is written without a tree of values: it remembers how it reads.
Status WriteMetadata(const TableMetadata& metadata, const TextSink& sink) {
  const std::string text = WithoutHistory(metadata).Dump();
  FIRN_ASSERT(text.ends_with('}'));
  FIRN_TRY(sink(std::string_view(text).substr(0, text.size() - 1)));
  FIRN_TRY(sink(R"(,"snapshot-log":)"));
  FIRN_TRY(metadata.snapshot_log.WriteJson(metadata.format_version, sink));
  FIRN_TRY(sink(R"(,"snapshots":)"));
  FIRN_TRY(metadata.snapshots.WriteJson(metadata.format_version, sink));
  return sink("}");
}

std::string WriteMetadata(const TableMetadata& metadata) {
  std::string text;
  WriteMetadata(metadata, [&text](std::string_view piece) {
    text += piece;
    return Ok();
  }).Ignore("text takes every piece");
  return text;
}

// What is not compressed goes to the file as it is made, so the disk does not wait for the end.
Status WriteMetadataFile(const TableMetadata& metadata, io::FileIO& files,
                         std::string_view location) {
  const MetadataCodec codec = CodecOfMetadata(metadata.properties);
  if (codec != MetadataCodec::kNone) {
    FIRN_ASSIGN(const std::string packed, PackMetadata(WriteMetadata(metadata), codec));
    return files.WriteAll(location, packed);
  }
  FIRN_ASSIGN(const auto file, files.Create(location));
  FIRN_TRY(WriteMetadata(metadata, [&file](std::string_view piece) { return file->Write(piece); }));
  return file->Close();
}

std::string MetadataFileName(const TableMetadata& metadata, int64_t version, Env& env) {
  return MetadataFileName(version, CodecOfMetadata(metadata.properties), env);
}

std::string MetadataFileName(int64_t version, MetadataCodec codec, Env& env) {
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "%05lld-", static_cast<long long>(version));
  return number.data() + Uuid::Random(env).ToString() +
         (codec == MetadataCodec::kGzip ? ".gz.metadata.json" : ".metadata.json");
}

int64_t VersionOfMetadataFile(std::string_view location) {
  const std::string_view name = FileNameOf(location);
  int64_t version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
  if (error != std::errc() || end == name.data() + name.size() || *end != '-') return -1;
  return version;
}

}  // namespace firn::table
