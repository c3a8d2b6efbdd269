// SPDX-License-Identifier: Apache-2.0
//
// Schemas as JSON (spec, Appendix C, "Schemas"): primitives are strings, nested types objects
// whose field ids are "id", "element-id", "key-id" and "value-id".

#include "firn/table/schema_json.h"

#include "firn/table/unknown_fields.h"

namespace firn::table {
namespace {

constexpr int kDepthMax = 64;

Json FieldToJson(const NestedField& field) {
  Json json;
  json.Set("id", field.id.value);
  json.Set("name", field.name);
  json.Set("required", field.required);
  json.Set("type", TypeToJson(field.type));
  if (!field.doc.empty()) json.Set("doc", field.doc);
  if (field.initial_default) json.Set("initial-default", field.initial_default->ToJson());
  if (field.write_default) json.Set("write-default", field.write_default->ToJson());
  PutUnknown(json, field.unknown);
  return json;
}

void SetFields(Json& json, const std::vector<NestedField>& fields) {
  Json::Array array;
  for (const NestedField& field : fields) {
    array.push_back(FieldToJson(field));
  }
  json.Set("fields", std::move(array));
}

class Reader {
 public:
  Result<Type> ReadType(const Json& json, int depth) {
    if (depth > kDepthMax) return ResourceExhausted("types nested too deeply", kDepthMax);
    if (const std::string* name = json.as_string()) {
      auto type = Type::ParsePrimitive(*name);
      if (!type) return Unsupported("unknown type", *name);
      return type;
    }
    FIRN_ASSIGN(const std::string kind, json.GetString("type"));
    if (kind == "struct") {
      FIRN_ASSIGN(std::vector<NestedField> fields, ReadFields(json, depth));
      return Type::Struct(std::move(fields));
    }
    if (kind == "list") {
      FIRN_ASSIGN(NestedField element, ReadPart(json, "element", depth));
      element.unknown = UnknownFields(json, {"type", "element-id", "element", "element-required"});
      return Type::List(std::move(element));
    }
    if (kind == "map") {
      FIRN_ASSIGN(NestedField key, ReadPart(json, "key", depth));
      FIRN_ASSIGN(NestedField value, ReadPart(json, "value", depth));
      value.unknown =
          UnknownFields(json, {"type", "key-id", "key", "value-id", "value", "value-required"});
      return Type::Map(std::move(key), std::move(value));
    }
    return Unsupported("unknown type", kind);
  }

  Result<std::vector<NestedField>> ReadFields(const Json& json, int depth) {
    FIRN_ASSIGN(const Json::Array* array, json.GetArray("fields"));
    std::vector<NestedField> fields;
    fields.reserve(array->size());
    for (const Json& item : *array) {
      FIRN_ASSIGN(NestedField field, ReadField(item, depth));
      fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  static Result<FieldId> ReadId(const Json& json, std::string_view key) {
    FIRN_ASSIGN(const int64_t id, json.GetInt64(key));
    if (id < 0 || id > INT32_MAX) return Corrupt("field id out of range", id);
    return FieldId(static_cast<int32_t>(id));
  }

  Result<NestedField> ReadField(const Json& json, int depth) {
    NestedField field;
    FIRN_ASSIGN(field.id, ReadId(json, "id"));
    FIRN_ASSIGN(field.name, json.GetString("name"));
    FIRN_ASSIGN(field.required, json.GetBool("required"));
    const Json* type = json.Find("type");
    if (type == nullptr) return Corrupt("field without a type", field.name);
    FIRN_ASSIGN(field.type, ReadType(*type, depth + 1));
    if (const Json* doc = json.Find("doc"); doc != nullptr && doc->as_string() != nullptr) {
      field.doc = *doc->as_string();
    }
    FIRN_ASSIGN(field.initial_default, ReadDefault(json, "initial-default", field.type));
    FIRN_ASSIGN(field.write_default, ReadDefault(json, "write-default", field.type));
    field.unknown = UnknownFields(
        json, {"id", "name", "required", "type", "doc", "initial-default", "write-default"});
    return field;
  }

  // A default that cannot be understood would be read as null: better refuse the table.
  static Result<std::optional<Literal>> ReadDefault(const Json& json, std::string_view key,
                                                    const Type& type) {
    const Json* value = json.Find(key);
    if (value == nullptr || value->is_null()) return std::optional<Literal>();
    if (type.id() == TypeId::kStruct && value->as_object() != nullptr) {
      if (value->as_object()->empty()) return std::optional(Literal::StructOfDefaults());
      return Corrupt("default of a struct is neither null nor {}", value->Dump());
    }
    if (type.is_nested()) return Unsupported("default of type " + type.ToString(), value->Dump());
    FIRN_ASSIGN(Literal literal, Literal::FromJson(type, *value));
    return std::optional<Literal>(std::move(literal));
  }

  // "element", "element-id", "element-required"; keys are always required.
  Result<NestedField> ReadPart(const Json& json, const std::string& part, int depth) {
    NestedField field;
    field.name = part;
    FIRN_ASSIGN(field.id, ReadId(json, part + "-id"));
    field.required = true;
    if (part != "key") {
      FIRN_ASSIGN(field.required, json.GetBool(part + "-required"));
    }
    const Json* type = json.Find(part);
    if (type == nullptr) return Corrupt("nested type has no member", part);
    FIRN_ASSIGN(field.type, ReadType(*type, depth + 1));
    return field;
  }
};

Result<std::vector<FieldId>> ReadIdentifiers(const Json& json) {
  std::vector<FieldId> ids;
  const Json* member = json.Find("identifier-field-ids");
  if (member == nullptr || member->is_null()) return ids;
  FIRN_ASSIGN(const Json::Array* array, json.GetArray("identifier-field-ids"));
  for (const Json& item : *array) {
    const auto id = item.ToInt64();
    if (!id || *id < 0 || *id > INT32_MAX) {
      return Corrupt("identifier field id out of range", item.Dump());
    }
    ids.emplace_back(static_cast<int32_t>(*id));
  }
  return ids;
}

}  // namespace

Json TypeToJson(const Type& type) {
  if (type.is_primitive()) return Json(type.ToString());
  Json json;
  if (type.id() == TypeId::kStruct) {
    json.Set("type", "struct");
    SetFields(json, type.fields());
  } else if (type.id() == TypeId::kList) {
    json.Set("type", "list");
    json.Set("element-id", type.element().id.value);
    json.Set("element", TypeToJson(type.element().type));
    json.Set("element-required", type.element().required);
    PutUnknown(json, type.element().unknown);
  } else {
    json.Set("type", "map");
    json.Set("key-id", type.key().id.value);
    json.Set("key", TypeToJson(type.key().type));
    json.Set("value-id", type.value().id.value);
    json.Set("value", TypeToJson(type.value().type));
    json.Set("value-required", type.value().required);
    PutUnknown(json, type.value().unknown);
  }
  return json;
}

Json SchemaToJson(const Schema& schema) {
  Json json;
  json.Set("type", "struct");
  json.Set("schema-id", schema.id().value);
  if (!schema.identifier_field_ids().empty()) {
    Json::Array ids;
    for (const FieldId id : schema.identifier_field_ids()) {
      ids.emplace_back(id.value);
    }
    json.Set("identifier-field-ids", std::move(ids));
  }
  SetFields(json, schema.fields());
  PutUnknown(json, schema.unknown());
  return json;
}

Result<Schema> SchemaFromJson(const Json& json) {
  FIRN_ASSIGN(const std::string kind, json.GetString("type"));
  if (kind != "struct") return Corrupt("schema is not a struct", kind);
  FIRN_ASSIGN(std::vector<NestedField> fields, Reader().ReadFields(json, 0));
  FIRN_ASSIGN(std::vector<FieldId> identifiers, ReadIdentifiers(json));
  SchemaId id{};
  if (const Json* member = json.Find("schema-id"); member != nullptr && !member->is_null()) {
    FIRN_ASSIGN(const int64_t number, json.GetInt64("schema-id"));
    if (number < 0 || number > INT32_MAX) return Corrupt("schema id out of range", number);
    id = SchemaId(static_cast<int32_t>(number));
  }
  auto schema = Schema::Make(id, std::move(fields), std::move(identifiers));
  if (!schema) return Corrupt(schema.error().message);
  return schema->WithUnknown(
      UnknownFields(json, {"type", "schema-id", "identifier-field-ids", "fields"}));
}

Result<Type> TypeFromJson(const Json& json) {
  return Reader().ReadType(json, 0);
}

}  // namespace firn::table
