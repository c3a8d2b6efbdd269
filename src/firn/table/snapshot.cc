// SPDX-License-Identifier: Apache-2.0

#include "firn/table/snapshot.h"

namespace firn::table {
namespace {

Result<std::optional<int64_t>> TakeInt64(Json& json, std::string_view key) {
  const Json value = json.Take(key);
  if (value.is_null()) return std::optional<int64_t>();
  auto number = value.ToInt64();
  if (!number) return Corrupt("not a whole number in snapshot", key);
  return std::optional<int64_t>(*number);
}

Status TakeSummary(Json& json, std::map<std::string, std::string>& summary) {
  const Json member = json.Take("summary");
  if (member.is_null()) return Ok();
  if (member.as_object() == nullptr) return Corrupt("snapshot summary is not an object");
  for (const auto& [key, value] : *member.as_object()) {
    // Some writers store numbers; the spec has strings.
    summary[key] = value.as_string() != nullptr ? *value.as_string() : value.Dump();
  }
  return Ok();
}

Status TakeManifests(Json& json, Snapshot& snapshot) {
  const Json list = json.Take("manifest-list");
  if (list.as_string() != nullptr) snapshot.manifest_list = *list.as_string();
  const Json manifests = json.Take("manifests");
  if (manifests.as_array() == nullptr) return Ok();
  for (const Json& item : *manifests.as_array()) {
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
  if (format_version > 1) json.Set("sequence-number", snapshot.sequence_number.value);
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
  if (snapshot.unknown.as_object() != nullptr) {
    for (const auto& [key, value] : *snapshot.unknown.as_object()) {
      json.Set(key, value);
    }
  }
  return json;
}

Result<Snapshot> SnapshotFromJson(const Json& source) {
  if (source.as_object() == nullptr) return Corrupt("snapshot is not an object");
  Json json = source;
  Snapshot snapshot;
  FIRN_ASSIGN(const auto id, TakeInt64(json, "snapshot-id"));
  FIRN_ASSIGN(const auto timestamp, TakeInt64(json, "timestamp-ms"));
  if (!id || !timestamp) return Corrupt("snapshot without snapshot-id or timestamp-ms");
  snapshot.id = SnapshotId(*id);
  snapshot.timestamp = TimeMs{*timestamp};
  FIRN_ASSIGN(const auto parent, TakeInt64(json, "parent-snapshot-id"));
  if (parent && *parent != -1) snapshot.parent_id = SnapshotId(*parent);
  FIRN_ASSIGN(const auto sequence, TakeInt64(json, "sequence-number"));
  snapshot.sequence_number = SequenceNumber(sequence.value_or(0));
  FIRN_ASSIGN(const auto schema, TakeInt64(json, "schema-id"));
  if (schema) snapshot.schema_id = SchemaId(static_cast<int32_t>(*schema));
  FIRN_ASSIGN(snapshot.first_row_id, TakeInt64(json, "first-row-id"));
  FIRN_ASSIGN(snapshot.added_rows, TakeInt64(json, "added-rows"));
  FIRN_TRY(TakeSummary(json, snapshot.summary));
  FIRN_TRY(TakeManifests(json, snapshot));
  if (!json.as_object()->empty()) snapshot.unknown = std::move(json);
  return snapshot;
}

}  // namespace firn::table
