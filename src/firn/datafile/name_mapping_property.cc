// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/name_mapping_property.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "firn/base/json.h"

namespace firn::datafile {
namespace {

Json MappingToJson(const NameMapping& mapping) {
  Json::Array fields;
  for (const MappedField& field : mapping) {
    Json json{Json::Object()};
    if (field.id) json.Set("field-id", field.id->value);
    json.Set("names", Json(Json::Array(field.names.begin(), field.names.end())));
    if (!field.fields.empty()) json.Set("fields", MappingToJson(field.fields));
    fields.push_back(std::move(json));
  }
  return Json(std::move(fields));
}

bool KnowsName(const NameMapping& mapping, const std::string& name) {
  return std::ranges::any_of(
      mapping, [&](const MappedField& entry) { return std::ranges::count(entry.names, name) > 0; });
}

NameMapping WithNames(NameMapping mapping, const std::vector<table::NestedField>& fields) {
  for (const table::NestedField& field : fields) {
    auto entry = std::ranges::find_if(
        mapping, [&](const MappedField& known) { return known.id == field.id; });
    if (!KnowsName(mapping, field.name)) {
      if (entry == mapping.end()) entry = mapping.insert(entry, MappedField{field.id, {}, {}});
      entry->names.push_back(field.name);
    }
    if (entry == mapping.end()) continue;
    entry->fields = WithNames(std::move(entry->fields), field.type.fields());
  }
  return mapping;
}

}  // namespace

std::string NameMappingText(const NameMapping& mapping) {
  return MappingToJson(mapping).Dump();
}

NameMapping WithNamesOf(NameMapping mapping, const table::Schema& schema) {
  return WithNames(std::move(mapping), schema.fields());
}

}  // namespace firn::datafile
