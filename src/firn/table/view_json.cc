// SPDX-License-Identifier: Apache-2.0
//
// View metadata as JSON (view spec, "View Metadata"). What is not known stays with the object it
// was found in.

#include "firn/table/view_json.h"

#include "firn/table/schema_json.h"
#include "firn/table/unknown_fields.h"

namespace firn::table {
namespace {

Result<int32_t> GetInt32(const Json& json, std::string_view key) {
  FIRN_ASSIGN(const int64_t number, json.GetInt64(key));
  if (number < INT32_MIN || number > INT32_MAX) {
    return Corrupt("out of range: " + std::string(key), number);
  }
  return static_cast<int32_t>(number);
}

Result<std::map<std::string, std::string>> GetTexts(const Json& json, std::string_view key,
                                                    bool required) {
  std::map<std::string, std::string> texts;
  const Json* member = json.Find(key);
  if (!required && (member == nullptr || member->is_null())) return texts;
  FIRN_ASSIGN(const Json::Object* object, json.GetObject(key));
  for (const auto& [name, value] : *object) {
    if (value.is_null()) continue;
    texts[name] = value.as_string() != nullptr ? *value.as_string() : value.Dump();
  }
  return texts;
}

Json TextsToJson(const std::map<std::string, std::string>& texts) {
  Json::Object object;
  for (const auto& [key, value] : texts) {
    object.emplace_back(key, value);
  }
  return Json(std::move(object));
}

Result<ViewRepresentation> RepresentationFromJson(const Json& json) {
  ViewRepresentation one;
  FIRN_ASSIGN(one.type, json.GetString("type"));
  if (!one.is_sql()) {
    one.unknown = UnknownFields(json, {"type"});
    return one;
  }
  FIRN_ASSIGN(one.sql, json.GetString("sql"));
  FIRN_ASSIGN(one.dialect, json.GetString("dialect"));
  one.unknown = UnknownFields(json, {"type", "sql", "dialect"});
  return one;
}

Json RepresentationToJson(const ViewRepresentation& one) {
  Json json;
  json.Set("type", one.type);
  if (one.is_sql()) {
    json.Set("sql", one.sql);
    json.Set("dialect", one.dialect);
  }
  PutUnknown(json, one.unknown);
  return json;
}

Status ReadNamespace(const Json& json, std::vector<std::string>& levels) {
  FIRN_ASSIGN(const Json::Array* array, json.GetArray("default-namespace"));
  for (const Json& level : *array) {
    if (level.as_string() == nullptr) return Corrupt("level of default-namespace is not a string");
    levels.push_back(*level.as_string());
  }
  return Ok();
}

Status ReadDefaultCatalog(const Json& json, std::optional<std::string>& catalog) {
  const Json* member = json.Find("default-catalog");
  if (member == nullptr || member->is_null()) return Ok();
  FIRN_ASSIGN(catalog, json.GetString("default-catalog"));
  return Ok();
}

Result<ViewLogEntry> LogEntryFromJson(const Json& json) {
  ViewLogEntry entry;
  FIRN_ASSIGN(entry.timestamp.value, json.GetInt64("timestamp-ms"));
  FIRN_ASSIGN(entry.version_id.value, GetInt32(json, "version-id"));
  entry.unknown = UnknownFields(json, {"timestamp-ms", "version-id"});
  return entry;
}

Json LogEntryToJson(const ViewLogEntry& entry) {
  Json json;
  json.Set("timestamp-ms", entry.timestamp.value);
  json.Set("version-id", entry.version_id.value);
  PutUnknown(json, entry.unknown);
  return json;
}

template <typename Item, typename FromJson>
Status ReadAll(const Json& json, std::string_view key, FromJson from_json,
               std::vector<Item>& items) {
  FIRN_ASSIGN(const Json::Array* array, json.GetArray(key));
  items.reserve(array->size());
  for (const Json& value : *array) {
    FIRN_ASSIGN(Item item, from_json(value));
    items.push_back(std::move(item));
  }
  return Ok();
}

template <typename Item, typename ToJson>
Json AllToJson(const std::vector<Item>& items, ToJson to_json) {
  Json::Array array;
  for (const Item& item : items) {
    array.push_back(to_json(item));
  }
  return Json(std::move(array));
}

Status ReadVersion(const Json& json, ViewMetadata& metadata) {
  FIRN_ASSIGN(metadata.format_version, GetInt32(json, "format-version"));
  if (metadata.format_version >= 1 && metadata.format_version <= kViewFormatVersionMax) return Ok();
  return Unsupported("format version of the view", metadata.format_version)
      .WithHint("a newer release may read it");
}

Status ReadIdentity(const Json& json, ViewMetadata& metadata) {
  FIRN_ASSIGN(const std::string uuid, json.GetString("view-uuid"));
  const auto parsed = Uuid::Parse(uuid);
  if (!parsed) return Corrupt("view-uuid is not a UUID", uuid);
  metadata.view_uuid = *parsed;
  FIRN_ASSIGN(metadata.location, json.GetString("location"));
  return Ok();
}

}  // namespace

Json ViewVersionToJson(const ViewVersion& version) {
  Json json;
  json.Set("version-id", version.id.value);
  json.Set("timestamp-ms", version.timestamp.value);
  json.Set("schema-id", version.schema_id.value);
  json.Set("summary", TextsToJson(version.summary));
  if (version.default_catalog) json.Set("default-catalog", *version.default_catalog);
  json.Set("default-namespace",
           Json::Array(version.default_namespace.begin(), version.default_namespace.end()));
  json.Set("representations", AllToJson(version.representations, RepresentationToJson));
  PutUnknown(json, version.unknown);
  return json;
}

Result<ViewVersion> ViewVersionFromJson(const Json& json) {
  ViewVersion version;
  FIRN_ASSIGN(version.id.value, GetInt32(json, "version-id"));
  FIRN_ASSIGN(version.timestamp.value, json.GetInt64("timestamp-ms"));
  FIRN_ASSIGN(version.schema_id.value, GetInt32(json, "schema-id"));
  FIRN_ASSIGN(version.summary, GetTexts(json, "summary", true));
  FIRN_TRY(ReadDefaultCatalog(json, version.default_catalog));
  FIRN_TRY(ReadNamespace(json, version.default_namespace));
  FIRN_TRY(ReadAll(json, "representations", RepresentationFromJson, version.representations));
  version.unknown =
      UnknownFields(json, {"version-id", "timestamp-ms", "schema-id", "summary", "default-catalog",
                           "default-namespace", "representations"});
  return version;
}

Json ViewMetadataToJson(const ViewMetadata& metadata) {
  Json json;
  json.Set("view-uuid", metadata.view_uuid.ToString());
  json.Set("format-version", metadata.format_version);
  json.Set("location", metadata.location);
  if (!metadata.properties.empty()) json.Set("properties", TextsToJson(metadata.properties));
  json.Set("schemas", AllToJson(metadata.schemas, SchemaToJson));
  json.Set("current-version-id", metadata.current_version_id.value);
  json.Set("versions", AllToJson(metadata.versions, ViewVersionToJson));
  json.Set("version-log", AllToJson(metadata.version_log, LogEntryToJson));
  PutUnknown(json, metadata.unknown);
  return json;
}

Result<ViewMetadata> ViewMetadataFromJson(const Json& json) {
  if (json.as_object() == nullptr) return Corrupt("view metadata is not a JSON object");
  ViewMetadata metadata;
  FIRN_TRY(ReadVersion(json, metadata));
  FIRN_TRY(ReadIdentity(json, metadata));
  FIRN_ASSIGN(metadata.properties, GetTexts(json, "properties", false));
  FIRN_TRY(ReadAll(json, "schemas", SchemaFromJson, metadata.schemas));
  FIRN_ASSIGN(metadata.current_version_id.value, GetInt32(json, "current-version-id"));
  FIRN_TRY(ReadAll(json, "versions", ViewVersionFromJson, metadata.versions));
  FIRN_TRY(ReadAll(json, "version-log", LogEntryFromJson, metadata.version_log));
  metadata.unknown =
      UnknownFields(json, {"view-uuid", "format-version", "location", "properties", "schemas",
                           "current-version-id", "versions", "version-log"});
  if (const Status whole = CheckViewMetadata(metadata); !whole) {
    return Corrupt(whole.error().message);
  }
  return metadata;
}

Result<ViewMetadata> ParseViewMetadata(std::string_view bytes, MetadataLimits limits) {
  auto json = ParseMetadataJson(bytes, limits, "view metadata");
  if (!json) return json.error();
  return ViewMetadataFromJson(*json);
}

Result<std::string> WriteViewMetadataFile(const ViewMetadata& metadata) {
  return PackMetadata(ViewMetadataToJson(metadata).Dump(), CodecOfMetadata(metadata.properties));
}

std::string ViewMetadataFileName(const ViewMetadata& metadata, int64_t version, Env& env) {
  return MetadataFileName(version, CodecOfMetadata(metadata.properties), env);
}

}  // namespace firn::table
