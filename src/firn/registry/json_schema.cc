// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/json_schema.h"

#include <string>

#include "firn/table/nested_field.h"
#include "firn/table/type.h"

namespace firn::registry {
namespace {

using table::NestedField;
using table::Type;
using table::TypeId;

Json SchemaOf(const Type& type);

Json Named(std::string_view name) {
  Json schema;
  schema.Set("type", name);
  return schema;
}

Json Text(const Type& type, std::string_view format) {
  Json schema = Named("string");
  if (!format.empty()) schema.Set("format", format);
  schema.Set("x-iceberg-type", type.ToString());
  return schema;
}

Json Whole(const Type& type, int64_t least, int64_t most) {
  Json schema = Named("integer");
  schema.Set("minimum", least);
  schema.Set("maximum", most);
  schema.Set("x-iceberg-type", type.ToString());
  return schema;
}

// Lets null stand where a value may be missing.
Json OrNull(Json schema) {
  const Json* type = schema.Find("type");
  if (type == nullptr) return schema;
  schema.Set("type", Json::Array{*type, "null"});
  return schema;
}

Json ValueSchema(const NestedField& field) {
  Json schema = SchemaOf(field.type);
  if (!field.required) schema = OrNull(std::move(schema));
  if (!field.doc.empty()) schema.Set("description", field.doc);
  return schema;
}

// Sets the keywords of an object with these members.
void SetMembers(Json& schema, const std::vector<NestedField>& fields) {
  Json::Array required;
  Json::Object members;
  for (const NestedField& field : fields) {
    if (field.required) required.emplace_back(field.name);
    members.emplace_back(field.name, ValueSchema(field));
  }
  schema.Set("type", "object");
  schema.Set("properties", std::move(members));
  if (!required.empty()) schema.Set("required", std::move(required));
}

Json SchemaOf(const Type& type) {
  Json schema;
  switch (type.id()) {
    case TypeId::kBoolean:
      return Named("boolean");
    case TypeId::kInt:
      return Whole(type, INT32_MIN, INT32_MAX);
    case TypeId::kLong:
      return Whole(type, INT64_MIN, INT64_MAX);
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Named("number");
    case TypeId::kString:
      return Named("string");
    case TypeId::kDate:
      return Text(type, "date");
    case TypeId::kTime:
      return Text(type, "time");
    case TypeId::kTimestampTz:
    case TypeId::kTimestampTzNs:
      return Text(type, "date-time");
    case TypeId::kUuid:
      return Text(type, "uuid");
    case TypeId::kBinary:
    case TypeId::kFixed:
      schema = Text(type, "");
      schema.Set("contentEncoding", "base64");
      return schema;
    case TypeId::kStruct:
      SetMembers(schema, type.fields());
      return schema;
    case TypeId::kList:
      schema.Set("type", "array");
      schema.Set("items", ValueSchema(type.element()));
      return schema;
    case TypeId::kMap:
      schema.Set("type", "object");
      schema.Set("additionalProperties", ValueSchema(type.value()));
      return schema;
    default:
      return Text(type, "");
  }
}

}  // namespace

Json JsonSchemaOf(const table::Schema& schema, std::string_view table, std::string_view version) {
  Json document;
  document.Set("$schema", "http://json-schema.org/draft-07/schema#");
  document.Set("title", table);
  document.Set("version", version);
  SetMembers(document, schema.fields());
  document.Set("additionalProperties", true);
  return document;
}

}  // namespace firn::registry
