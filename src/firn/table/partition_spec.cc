// SPDX-License-Identifier: Apache-2.0

#include "firn/table/partition_spec.h"

#include <algorithm>
#include <set>

namespace firn::table {
namespace {

// application/x-www-form-urlencoded, as the folders of other engines are.
std::string UrlEncode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  static constexpr std::string_view kPlain = "-_.*";
  std::string out;
  for (const char letter : text) {
    const bool alphanumeric = (letter >= 'a' && letter <= 'z') ||
                              (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    if (alphanumeric || kPlain.find(letter) != std::string_view::npos) {
      out += letter;
    } else if (letter == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<uint8_t>(letter);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

Status CheckField(const PartitionField& field, const Schema& schema) {
  const NestedField* source = schema.FindField(field.source_id);
  if (source == nullptr) {
    return InvalidArgument("partition field's source column is not in the schema", field.name,
                           field.source_id);
  }
  if (!source->type.is_primitive() || !field.transform.CanTransform(source->type)) {
    return InvalidArgument(
        "transform " + field.transform.ToString() + " takes no " + source->type.ToString(),
        field.name);
  }
  for (auto at = schema.ParentOf(source->id); at; at = schema.ParentOf(*at)) {
    if (schema.FindField(*at)->type.id() != TypeId::kStruct) {
      return InvalidArgument("partition source is inside a list or map", field.name);
    }
  }
  const NestedField* column = schema.FindByName(field.name);
  if (column != nullptr &&
      (column->id != source->id || field.transform.kind() != Transform::Kind::kIdentity) &&
      field.transform.kind() != Transform::Kind::kVoid) {
    return InvalidArgument("partition field has the name of another column", field.name);
  }
  return Ok();
}

std::string DefaultName(const PartitionFieldRequest& request) {
  std::string column = request.column;
  std::replace(column.begin(), column.end(), '.', '_');
  const Transform& transform = request.transform;
  switch (transform.kind()) {
    case Transform::Kind::kIdentity:
      return request.column;
    case Transform::Kind::kBucket:
      return column + "_bucket_" + std::to_string(transform.parameter());
    case Transform::Kind::kTruncate:
      return column + "_trunc_" + std::to_string(transform.parameter());
    case Transform::Kind::kVoid:
      return column + "_null";
    default:
      return column + "_" + transform.ToString();
  }
}

// The id a field of equal source and transform already has.
std::optional<FieldId> FindEqual(const std::vector<PartitionSpec>& specs, FieldId source,
                                 const Transform& transform) {
  for (const PartitionSpec& spec : specs) {
    for (const PartitionField& field : spec.fields) {
      if (field.source_id == source && field.transform == transform) return field.field_id;
    }
  }
  return std::nullopt;
}

// Two fields that make the same, or several of year, month, day and hour over one column, tell
// nothing more than one of them.
Status CheckRedundant(const PartitionSpec& spec, const PartitionField& next) {
  for (const PartitionField& field : spec.fields) {
    if (field.source_id != next.source_id) continue;
    if (field.transform == next.transform ||
        (field.transform.is_temporal() && next.transform.is_temporal())) {
      return InvalidArgument("redundant partition fields", field.name, next.name);
    }
  }
  return Ok();
}

Result<FieldId> OptionalFieldId(const Json& json, FieldId fallback) {
  const Json* member = json.Find("field-id");
  if (member == nullptr || member->is_null()) return fallback;
  FIRN_ASSIGN(const int64_t id, json.GetInt64("field-id"));
  return FieldId(static_cast<int32_t>(id));
}

// "source-id", or the "source-ids" of version 3 when there is one source.
Result<FieldId> ReadSource(const Json& json) {
  const Json* several = json.Find("source-ids");
  if (json.Find("source-id") == nullptr && several != nullptr && several->as_array() != nullptr) {
    if (several->as_array()->size() != 1) return Unsupported("transform of several columns");
    FIRN_ASSIGN(const int64_t id, several->as_array()->front().ToInt64());
    return FieldId(static_cast<int32_t>(id));
  }
  FIRN_ASSIGN(const int64_t id, json.GetInt64("source-id"));
  return FieldId(static_cast<int32_t>(id));
}

}  // namespace

bool PartitionSpec::is_unpartitioned() const {
  return std::all_of(fields.begin(), fields.end(), [](const PartitionField& field) {
    return field.transform.kind() == Transform::Kind::kVoid;
  });
}

bool PartitionSpec::IsCompatibleWith(const PartitionSpec& other) const {
  return std::equal(fields.begin(), fields.end(), other.fields.begin(), other.fields.end(),
                    [](const PartitionField& left, const PartitionField& right) {
                      return left.source_id == right.source_id && left.name == right.name &&
                             left.transform == right.transform;
                    });
}

std::string PartitionSpec::ToString() const {
  std::string text = "[";
  for (const PartitionField& field : fields) {
    if (&field != &fields.front()) text += ", ";
    text += field.field_id.ToString() + ": " + field.name + ": " + field.transform.ToString() +
            "(" + field.source_id.ToString() + ")";
  }
  return text + "]";
}

FieldId PartitionSpec::highest_field_id() const {
  FieldId highest = kPartitionFieldIdBase;
  for (const PartitionField& field : fields) {
    highest = std::max(highest, field.field_id);
  }
  return highest;
}

Status CheckPartitionSpec(const PartitionSpec& spec, const Schema& schema) {
  std::set<std::string_view> names;
  std::set<FieldId> ids;
  for (const PartitionField& field : spec.fields) {
    if (field.name.empty()) return InvalidArgument("partition field without a name");
    if (!names.insert(field.name).second) {
      return InvalidArgument("two partition fields of one name", field.name);
    }
    if (!ids.insert(field.field_id).second) {
      return InvalidArgument("two partition fields of one id", field.name, field.field_id);
    }
    FIRN_TRY(CheckField(field, schema));
  }
  return Ok();
}

Type PartitionType(const PartitionSpec& spec, const Schema& schema) {
  std::vector<NestedField> fields;
  for (const PartitionField& field : spec.fields) {
    const NestedField* source = schema.FindField(field.source_id);
    const Type type = field.transform.ResultType(source ? source->type : Type::String());
    fields.push_back(NestedField::Optional(field.field_id.value, field.name, type));
  }
  return Type::Struct(std::move(fields));
}

std::string PartitionPath(const PartitionSpec& spec, const PartitionData& data) {
  FIRN_ASSERT(data.size() == spec.fields.size());
  std::string path;
  for (size_t at = 0; at < data.size(); ++at) {
    if (at > 0) path += '/';
    const PartitionField& field = spec.fields[at];
    path += UrlEncode(field.name) + "=" + UrlEncode(field.transform.ToHuman(data[at]));
  }
  return path;
}

Result<PartitionSpec> BuildPartitionSpec(SpecId id, const Schema& schema,
                                         const std::vector<PartitionFieldRequest>& fields,
                                         const std::vector<PartitionSpec>& existing,
                                         FieldId last_partition_id) {
  PartitionSpec spec{id, {}};
  for (const PartitionFieldRequest& request : fields) {
    const NestedField* source = schema.FindByName(request.column);
    if (source == nullptr) return NotFound("no such column", request.column);
    PartitionField field{source->id, {}, request.name, request.transform};
    if (field.name.empty()) field.name = DefaultName(request);
    FIRN_TRY(CheckRedundant(spec, field));
    const auto known = FindEqual(existing, source->id, request.transform);
    field.field_id = known ? *known : FieldId(++last_partition_id.value);
    spec.fields.push_back(std::move(field));
  }
  FIRN_TRY(CheckPartitionSpec(spec, schema));
  return spec;
}

Json PartitionSpecToJson(const PartitionSpec& spec) {
  Json::Array fields;
  for (const PartitionField& field : spec.fields) {
    Json json;
    json.Set("name", field.name);
    json.Set("transform", field.transform.ToString());
    json.Set("source-id", field.source_id.value);
    json.Set("field-id", field.field_id.value);
    fields.push_back(std::move(json));
  }
  Json json;
  json.Set("spec-id", spec.id.value);
  json.Set("fields", std::move(fields));
  return json;
}

Result<PartitionSpec> PartitionFieldsFromJson(SpecId id, const Json& fields) {
  if (fields.as_array() == nullptr) return Corrupt("partition fields are not an array");
  PartitionSpec spec{id, {}};
  for (const Json& json : *fields.as_array()) {
    PartitionField field;
    FIRN_ASSIGN(field.name, json.GetString("name"));
    FIRN_ASSIGN(field.source_id, ReadSource(json));
    FIRN_ASSIGN(field.field_id,
                OptionalFieldId(json, FieldId(static_cast<int32_t>(1000 + spec.fields.size()))));
    FIRN_ASSIGN(const std::string transform, json.GetString("transform"));
    FIRN_ASSIGN(field.transform, Transform::Parse(transform));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

Result<PartitionSpec> PartitionSpecFromJson(const Json& json) {
  FIRN_ASSIGN(const int64_t id, json.GetInt64("spec-id"));
  const Json* fields = json.Find("fields");
  if (fields == nullptr) return Corrupt("partition spec without fields", id);
  return PartitionFieldsFromJson(SpecId(static_cast<int32_t>(id)), *fields);
}

}  // namespace firn::table
