// SPDX-License-Identifier: Apache-2.0

#include "firn/table/snapshot.h"

#include "firn/table/format_rules.h"
#include "firn/table/unknown_fields.h"

namespace firn::table {
namespace {

Result<std::optional<int64_t>> ReadInt64(const Json& json, std::string_view key) {
  const Json* value = json.Find(key);
  if (value == nullptr || value->is_null()) return std::optional<int64_t>();
  auto number = value->ToInt64();
  if (!number) return Corrupt("not a whole number in snapshot", key);
  return std::optional<int64_t>(*number);
}

Status ReadSummary(const Json& json, std::map<std::string, std::string>& summary) {
  const Json* member = json.Find("summary");
  if (member == nullptr || member->is_null()) return Ok();
  if (member->as_object() == nullptr) return Corrupt("snapshot summary is not an object");
  for (const auto& [key, value] : *member->as_object()) {
    // Some writers store numbers; the spec has strings.
    summary[key] = value.as_string() != nullptr ? *value.as_string() : value.Dump();
  }
  return Ok();
}

Status ReadManifests(const Json& json, Snapshot& snapshot) {
  const Json* list = json.Find("manifest-list");
  if (list != nullptr && list->as_string() != nullptr) snapshot.manifest_list = *list->as_string();
  const Json* manifests = json.Find("manifests");  // Deprecated; the list wins.
  if (!snapshot.manifest_list.empty() || manifests == nullptr) return Ok();
  if (manifests->as_array() == nullptr) return Corrupt("manifests of snapshot are not an array");
  for (const Json& item : *manifests->as_array()) {
    if (item.as_string() == nullptr) return Corrupt("manifest location is not a string");
    snapshot.manifests.push_back(*item.as_string());
  }
  return Ok();
}

}  // namespace

std::string_view Snapshot::operation() const {
  const auto found = summary.find("operation");
  return found == summary.end() ? std::string_view() : found->second;
}

Json SnapshotToJson(const Snapshot& snapshot, int format_version) {
  Json json;
  if (RulesOf(format_version).sequence_numbers)
    json.Set("sequence-number", snapshot.sequence_number.value);
  json.Set("snapshot-id", snapshot.id.value);
  if (snapshot.parent_id) json.Set("parent-snapshot-id", snapshot.parent_id->value);
  json.Set("timestamp-ms", snapshot.timestamp.value);
  if (!snapshot.summary.empty()) {
    Json summary(Json::Object{});
    if (!snapshot.operation().empty()) summary.Set("operation", snapshot.operation());
    for (const auto& [key, value] : snapshot.summary) {
      summary.Set(key, value);
    }
    json.Set("summary", std::move(summary));
  }
  if (snapshot.manifest_list.empty()) {
    json.Set("manifests", Json::Array(snapshot.manifests.begin(), snapshot.manifests.end()));
  } else {
    json.Set("manifest-list", snapshot.manifest_list);
  }
  if (snapshot.schema_id) json.Set("schema-id", snapshot.schema_id->value);
  if (snapshot.first_row_id) json.Set("first-row-id", *snapshot.first_row_id);
  if (snapshot.added_rows) json.Set("added-rows", *snapshot.added_rows);
  PutUnknown(json, snapshot.unknown);
  return json;
}

Json SnapshotLogEntryToJson(const SnapshotLogEntry& entry) {
  Json json;
  json.Set("timestamp-ms", entry.timestamp.value);
  json.Set("snapshot-id", entry.snapshot_id.value);
  PutUnknown(json, entry.unknown);
  return json;
}

void AppendJson(const Snapshot& snapshot, int format_version, std::string& out) {
  out += SnapshotToJson(snapshot, format_version).Dump();
}

void AppendJson(const SnapshotLogEntry& entry, int, std::string& out) {
  out += SnapshotLogEntryToJson(entry).Dump();
}

Result<Snapshot> SnapshotFromJson(const Json& json) {
  if (json.as_object() == nullptr) return Corrupt("snapshot is not an object");
  Snapshot snapshot;
  FIRN_ASSIGN(const auto id, ReadInt64(json, "snapshot-id"));
  FIRN_ASSIGN(const auto timestamp, ReadInt64(json, "timestamp-ms"));
  if (!id || !timestamp) return Corrupt("snapshot without snapshot-id or timestamp-ms");
  snapshot.id = SnapshotId(*id);
  snapshot.timestamp = TimeMs{*timestamp};
  FIRN_ASSIGN(const auto parent, ReadInt64(json, "parent-snapshot-id"));
  if (parent && *parent != -1) snapshot.parent_id = SnapshotId(*parent);
  FIRN_ASSIGN(const auto sequence, ReadInt64(json, "sequence-number"));
  snapshot.sequence_number = SequenceNumber(sequence.value_or(0));
  FIRN_ASSIGN(const auto schema, ReadInt64(json, "schema-id"));
  if (schema && (*schema < 0 || *schema > INT32_MAX)) {
    return Corrupt("schema-id of snapshot out of range", *schema);
  }
  if (schema) snapshot.schema_id = SchemaId(static_cast<int32_t>(*schema));
  FIRN_ASSIGN(snapshot.first_row_id, ReadInt64(json, "first-row-id"));
  FIRN_ASSIGN(snapshot.added_rows, ReadInt64(json, "added-rows"));
  FIRN_TRY(ReadSummary(json, snapshot.summary));
  FIRN_TRY(ReadManifests(json, snapshot));
  snapshot.unknown = UnknownFields(
      json, {"snapshot-id", "timestamp-ms", "parent-snapshot-id", "sequence-number", "schema-id",
             "first-row-id", "added-rows", "summary", "manifest-list", "manifests"});
  return snapshot;
}

}  // namespace firn::table
