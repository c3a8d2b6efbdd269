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
      schema = Named("number");
      schema.Set("x-iceberg-type", type.ToString());
      return schema;
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

constexpr int kDepthMax = 16;

std::string_view TextAt(const Json& schema, std::string_view key) {
  const Json* value = schema.Find(key);
  return value != nullptr && value->as_string() != nullptr ? *value->as_string()
                                                           : std::string_view();
}

// The one type of a schema, null aside; empty where there is none or more than one.
std::string_view SoleType(const Json& schema) {
  const Json* type = schema.Find("type");
  if (type == nullptr || type->as_array() == nullptr) return TextAt(schema, "type");
  std::string_view sole;
  for (const Json& word : *type->as_array()) {
    if (word.as_string() == nullptr || *word.as_string() == "null") continue;
    if (!sole.empty()) return {};
    sole = *word.as_string();
  }
  return sole;
}

// Gives out ids, an outer column's before those within it.
class TypeReader {
 public:
  Result<std::vector<NestedField>> Members(const Json& schema, const std::string& path, int depth) {
    std::vector<NestedField> fields;
    const Json* members = schema.Find("properties");
    if (members == nullptr || members->as_object() == nullptr || members->as_object()->empty()) {
      return Wrong(path, "names no columns");
    }
    for (const auto& [name, member] : *members->as_object()) {
      const std::string own = path.empty() ? name : path + "." + name;
      FIRN_ASSIGN(NestedField field, Field(name, member, own, depth));
      field.required = field.required && IsRequired(schema, name);
      fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  static Error Wrong(const std::string& path, std::string_view what) {
    return InvalidArgument("schema: " + (path.empty() ? "it" : path) + " " + std::string(what));
  }

  static bool IsRequired(const Json& schema, const std::string& name) {
    const Json* required = schema.Find("required");
    if (required == nullptr || required->as_array() == nullptr) return false;
    for (const Json& item : *required->as_array()) {
      if (item.as_string() != nullptr && *item.as_string() == name) return true;
    }
    return false;
  }

  static bool AllowsNull(const Json& schema) {
    const Json* type = schema.Find("type");
    if (type == nullptr || type->as_array() == nullptr) return false;
    for (const Json& word : *type->as_array()) {
      if (word.as_string() != nullptr && *word.as_string() == "null") return true;
    }
    return false;
  }

  Result<NestedField> Field(std::string name, const Json& schema, const std::string& path,
                            int depth) {
    if (depth == kDepthMax) return Wrong(path, "is nested too deep");
    NestedField field;
    field.id = table::FieldId(next_id_++);
    field.name = std::move(name);
    field.required = !AllowsNull(schema);
    field.doc = TextAt(schema, "description");
    FIRN_ASSIGN(field.type, TypeIn(schema, path, depth));
    return field;
  }

  Result<Type> TypeIn(const Json& schema, const std::string& path, int depth) {
    const std::string_view exact = TextAt(schema, "x-iceberg-type");
    if (!exact.empty()) return Type::ParsePrimitive(exact);
    const std::string_view type = SoleType(schema);
    if (type == "boolean") return Type::Boolean();
    if (type == "integer") return Type::Long();
    if (type == "number") return Type::Double();
    if (type == "string") return TextType(schema);
    if (type == "array") {
      const Json* items = schema.Find("items");
      if (items == nullptr || items->as_object() == nullptr) return Wrong(path, "has no items");
      FIRN_ASSIGN(NestedField element, Field("element", *items, path + "[]", depth + 1));
      return Type::List(std::move(element));
    }
    if (type != "object") return Wrong(path, "is of no type, or of several");
    return ObjectType(schema, path, depth);
  }

  static Type TextType(const Json& schema) {
    const std::string_view format = TextAt(schema, "format");
    if (format == "date") return Type::Date();
    if (format == "date-time") return Type::TimestampTz();
    if (format == "uuid") return Type::Uuid();
    return Type::String();
  }

  // A map of texts, where other members than named ones are described.
  Result<Type> ObjectType(const Json& schema, const std::string& path, int depth) {
    const Json* others = schema.Find("additionalProperties");
    if (schema.Find("properties") != nullptr || others == nullptr ||
        others->as_object() == nullptr) {
      FIRN_ASSIGN(std::vector<NestedField> fields, Members(schema, path, depth + 1));
      return Type::Struct(std::move(fields));
    }
    NestedField key = NestedField::Required(next_id_++, "key", Type::String());
    FIRN_ASSIGN(NestedField value, Field("value", *others, path + ".*", depth + 1));
    return Type::Map(std::move(key), std::move(value));
  }

  int32_t next_id_ = 1;
};

}  // namespace

Result<table::Schema> TableSchemaOf(const Json& schema) {
  FIRN_ASSIGN(std::vector<NestedField> fields, TypeReader().Members(schema, "", 0));
  FIRN_ASSIGN(const table::Schema made, table::Schema::Make(table::SchemaId(0), std::move(fields)));
  return table::AssignFreshIds(made);
}

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
