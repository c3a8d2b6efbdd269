// SPDX-License-Identifier: Apache-2.0

#include "firn/avro/schema.h"

#include <array>
#include <cstdio>
#include <map>
#include <utility>

namespace firn::avro {
namespace {

constexpr int kDepthMax = 64;

using SchemaPtr = std::shared_ptr<const Schema>;

constexpr std::array<std::pair<std::string_view, Kind>, 8> kPrimitives = {{
    {"null", Kind::kNull},
    {"boolean", Kind::kBoolean},
    {"int", Kind::kInt},
    {"long", Kind::kLong},
    {"float", Kind::kFloat},
    {"double", Kind::kDouble},
    {"bytes", Kind::kBytes},
    {"string", Kind::kString},
}};

// Null where it is the name of none. They are in every schema many times, so all share them.
SchemaPtr FindPrimitive(std::string_view name) {
  static const auto kSchemas = [] {
    std::array<SchemaPtr, kPrimitives.size()> schemas;
    for (size_t at = 0; at < kPrimitives.size(); ++at) {
      Schema schema;
      schema.kind = kPrimitives[at].second;
      schemas[at] = std::make_shared<const Schema>(std::move(schema));
    }
    return schemas;
  }();
  for (size_t at = 0; at < kPrimitives.size(); ++at) {
    if (kPrimitives[at].first == name) return kSchemas[at];
  }
  return nullptr;
}

int32_t IntOr(const Json& json, std::string_view key, int32_t fallback) {
  const Json* member = json.Find(key);
  if (member == nullptr) return fallback;
  const auto number = member->ToInt64();
  if (!number || *number < INT32_MIN || *number > INT32_MAX) return fallback;
  return static_cast<int32_t>(*number);
}

std::string TextOr(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->as_string() != nullptr ? *member->as_string() : "";
}

class Parser {
 public:
  Result<SchemaPtr> Parse(const Json& json, int depth) {
    if (depth > kDepthMax) return ResourceExhausted("Avro schema nested too deeply", kDepthMax);
    if (const std::string* name = json.as_string()) return ByName(*name);
    if (const Json::Array* branches = json.as_array()) return Union(*branches, depth);
    const Json* type = json.Find("type");
    if (type == nullptr) return Corrupt("Avro schema without a type");
    if (type->as_string() == nullptr) return Parse(*type, depth + 1);
    return OfType(*type->as_string(), json, depth);
  }

 private:
  Result<SchemaPtr> ByName(const std::string& name) {
    if (SchemaPtr primitive = FindPrimitive(name)) return primitive;
    const auto found = named_.find(name);
    if (found == named_.end()) return Corrupt("Avro schema has no type of this name", name);
    if (found->second == nullptr) return Unsupported("Avro type inside itself", name);
    return found->second;
  }

  Result<SchemaPtr> Union(const Json::Array& branches, int depth) {
    auto schema = std::make_shared<Schema>();
    schema->kind = Kind::kUnion;
    for (const Json& branch : branches) {
      FIRN_ASSIGN(SchemaPtr child, Parse(branch, depth + 1));
      schema->children.push_back(std::move(child));
    }
    if (branches.empty()) return Corrupt("Avro union without branches");
    return SchemaPtr(std::move(schema));
  }

  Result<SchemaPtr> OfType(const std::string& type, const Json& json, int depth) {
    auto schema = std::make_shared<Schema>();
    schema->logical_type = TextOr(json, "logicalType");
    schema->precision = IntOr(json, "precision", 0);
    schema->scale = IntOr(json, "scale", 0);
    if (const Json* utc = json.Find("adjust-to-utc"); utc != nullptr && utc->as_bool() != nullptr) {
      schema->adjust_to_utc = *utc->as_bool();
    }
    if (type == "record" || type == "error") return Record(std::move(schema), json, depth);
    if (type == "array") return Array(std::move(schema), json, depth);
    if (type == "map") return Map(std::move(schema), json, depth);
    if (type == "fixed") return Fixed(std::move(schema), json);
    if (type == "enum") {
      schema->kind = Kind::kEnum;
      return Named(std::move(schema), json);
    }
    FIRN_ASSIGN(const SchemaPtr plain, ByName(type));
    if (!plain->name.empty()) return plain;
    schema->kind = plain->kind;
    return SchemaPtr(std::move(schema));
  }

  Result<SchemaPtr> Named(std::shared_ptr<Schema> schema, const Json& json) {
    schema->name = TextOr(json, "name");
    if (schema->name.empty()) return Corrupt("Avro type without a name");
    named_[schema->name] = schema;
    const std::string space = TextOr(json, "namespace");
    if (!space.empty()) named_[space + "." + schema->name] = schema;
    return SchemaPtr(std::move(schema));
  }

  Result<SchemaPtr> Record(std::shared_ptr<Schema> schema, const Json& json, int depth) {
    schema->kind = Kind::kRecord;
    named_[TextOr(json, "name")] = nullptr;  // Not complete: it must not be used inside itself.
    FIRN_ASSIGN(const Json::Array* fields, json.GetArray("fields"));
    for (const Json& item : *fields) {
      const Json* type = item.Find("type");
      if (type == nullptr) return Corrupt("Avro field without a type", TextOr(item, "name"));
      FIRN_ASSIGN(SchemaPtr child, Parse(*type, depth + 1));
      schema->fields.push_back(
          {TextOr(item, "name"), IntOr(item, "field-id", kNoId), std::move(child)});
    }
    return Named(std::move(schema), json);
  }

  Result<SchemaPtr> Array(std::shared_ptr<Schema> schema, const Json& json, int depth) {
    schema->kind = Kind::kArray;
    schema->element_id = IntOr(json, "element-id", kNoId);
    return WithItem(std::move(schema), json.Find("items"), depth);
  }

  Result<SchemaPtr> Map(std::shared_ptr<Schema> schema, const Json& json, int depth) {
    schema->kind = Kind::kMap;
    schema->key_id = IntOr(json, "key-id", kNoId);
    schema->value_id = IntOr(json, "value-id", kNoId);
    return WithItem(std::move(schema), json.Find("values"), depth);
  }

  Result<SchemaPtr> WithItem(std::shared_ptr<Schema> schema, const Json* item, int depth) {
    if (item == nullptr) return Corrupt("Avro array or map without the type of its items");
    FIRN_ASSIGN(SchemaPtr child, Parse(*item, depth + 1));
    schema->children.push_back(std::move(child));
    return SchemaPtr(std::move(schema));
  }

  Result<SchemaPtr> Fixed(std::shared_ptr<Schema> schema, const Json& json) {
    schema->kind = Kind::kFixed;
    schema->size_bytes = IntOr(json, "size", -1);
    if (schema->size_bytes < 0) return Corrupt("Avro fixed without a size");
    return Named(std::move(schema), json);
  }

  std::map<std::string, SchemaPtr> named_;
};

bool IsLetter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}
bool IsDigit(char letter) {
  return letter >= '0' && letter <= '9';
}

}  // namespace

Result<std::shared_ptr<const Schema>> ParseSchema(std::string_view text) {
  auto json = Json::Parse(text);
  if (!json) {
    if (json.error().kind == ErrorKind::kResourceExhausted) return std::move(json).error();
    return Corrupt("Avro schema is not JSON", json.error().message);
  }
  return Parser().Parse(*json, 0);
}

std::string SanitizeName(std::string_view name) {
  std::string out;
  for (const char letter : name) {
    if (IsLetter(letter) || (IsDigit(letter) && !out.empty())) {
      out += letter;
    } else if (IsDigit(letter)) {
      out += {'_', letter};
    } else {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "_x%X", static_cast<unsigned char>(letter));
      out += code.data();
    }
  }
  return out;
}

}  // namespace firn::avro
