// SPDX-License-Identifier: Apache-2.0

#include "firn/table/transform_json.h"

namespace firn::table {

Result<FieldId> ToFieldId(const Json& json) {
  const auto id = json.ToInt64();
  if (!id || *id < 0 || *id > INT32_MAX) return Corrupt("not a field id", json.Dump());
  return FieldId(static_cast<int32_t>(*id));
}

Result<SourceIds> ReadSourceIds(const Json& json) {
  SourceIds sources;
  if (const Json* single = json.Find("source-id"); single != nullptr && !single->is_null()) {
    FIRN_ASSIGN(sources.first, ToFieldId(*single));
    return sources;
  }
  const Json* several = json.Find("source-ids");
  if (several == nullptr || several->as_array() == nullptr || several->as_array()->empty()) {
    return Corrupt("JSON has no member", "source-id");
  }
  for (const Json& item : *several->as_array()) {
    FIRN_ASSIGN(const FieldId id, ToFieldId(item));
    sources.others.push_back(id);
  }
  sources.first = sources.others.front();
  sources.others.erase(sources.others.begin());
  return sources;
}

Result<Transform> ReadTransform(const Json& json, const SourceIds& sources) {
  FIRN_ASSIGN(const std::string text, json.GetString("transform"));
  if (!sources.others.empty()) return Transform::Unknown(text);
  auto transform = Transform::Parse(text);
  if (!transform) return Corrupt(transform.error().message);
  return transform;
}

void PutSourceIds(Json& json, const SourceIds& sources) {
  if (sources.others.empty()) {
    json.Set("source-id", sources.first.value);
    return;
  }
  Json::Array ids = {Json(sources.first.value)};
  for (const FieldId id : sources.others) {
    ids.emplace_back(id.value);
  }
  json.Set("source-ids", std::move(ids));
}

}  // namespace firn::table
