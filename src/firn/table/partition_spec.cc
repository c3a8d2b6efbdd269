// SPDX-License-Identifier: Apache-2.0

#include "firn/table/partition_spec.h"

#include <algorithm>
#include <set>

#include "firn/table/partition_spec_update.h"
#include "firn/table/transform_json.h"
#include "firn/table/unknown_fields.h"

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
  const Transform::Kind kind = field.transform.kind();
  // A void field is what is left of a dropped one, whose column may be dropped too.
  if (source == nullptr && kind == Transform::Kind::kVoid) return Ok();
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
  if (column != nullptr && (column->id != source->id || kind != Transform::Kind::kIdentity) &&
      kind != Transform::Kind::kVoid) {
    return InvalidArgument("partition field has the name of another column", field.name);
  }
  return Ok();
}

Result<FieldId> OptionalFieldId(const Json& json, FieldId fallback) {
  const Json* member = json.Find("field-id");
  if (member == nullptr || member->is_null()) return fallback;
  return ToFieldId(*member);
}

Json FieldToJson(const PartitionField& field) {
  Json json;
  json.Set("name", field.name);
  json.Set("transform", field.transform.ToString());
  PutSourceIds(json, {field.source_id, field.other_source_ids});
  json.Set("field-id", field.field_id.value);
  PutUnknown(json, field.unknown);
  return json;
}

Result<PartitionField> FieldFromJson(const Json& json, FieldId fallback_id) {
  PartitionField field;
  FIRN_ASSIGN(field.name, json.GetString("name"));
  FIRN_ASSIGN(SourceIds sources, ReadSourceIds(json));
  FIRN_ASSIGN(field.field_id, OptionalFieldId(json, fallback_id));
  FIRN_ASSIGN(field.transform, ReadTransform(json, sources));
  field.source_id = sources.first;
  field.other_source_ids = std::move(sources.others);
  field.unknown = UnknownFields(json, {"name", "transform", "source-id", "source-ids", "field-id"});
  return field;
}

// Whether a column's partition values stay the same when a date becomes a timestamp.
bool KeepsValues(const Transform& transform) {
  return transform.is_temporal() || transform.kind() == Transform::Kind::kVoid;
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
                             left.transform == right.transform &&
                             left.other_source_ids == right.other_source_ids;
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

Status CheckPartitionsKeepValues(const std::vector<PartitionSpec>& specs, const Schema& before,
                                 const Schema& after) {
  for (const PartitionSpec& spec : specs) {
    for (const PartitionField& field : spec.fields) {
      const NestedField* from = before.FindField(field.source_id);
      const NestedField* to = after.FindField(field.source_id);
      if (from == nullptr || to == nullptr || from->type == to->type) continue;
      if (from->type.id() != TypeId::kDate || KeepsValues(field.transform)) continue;
      return InvalidArgument("the column's type cannot change: partition field '" + field.name +
                                 "' would get other values",
                             before.NameOf(field.source_id));
    }
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
  FIRN_ASSIGN(PartitionSpec spec,
              EvolvePartitionSpec(PartitionSpec{id, {}}, SpecChange{fields, {}, {}}, schema,
                                  SpecHistory{existing, last_partition_id}));
  return spec;
}

Json PartitionSpecToJson(const PartitionSpec& spec) {
  Json::Array fields;
  for (const PartitionField& field : spec.fields) {
    fields.push_back(FieldToJson(field));
  }
  Json json;
  json.Set("spec-id", spec.id.value);
  json.Set("fields", std::move(fields));
  PutUnknown(json, spec.unknown);
  return json;
}

Result<PartitionSpec> PartitionFieldsFromJson(SpecId id, const Json& fields) {
  if (fields.as_array() == nullptr) return Corrupt("partition fields are not an array");
  PartitionSpec spec{id, {}};
  for (const Json& json : *fields.as_array()) {
    const FieldId counted(static_cast<int32_t>(1000 + spec.fields.size()));
    FIRN_ASSIGN(PartitionField field, FieldFromJson(json, counted));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

Result<PartitionSpec> PartitionSpecFromJson(const Json& json) {
  FIRN_ASSIGN(const int64_t id, json.GetInt64("spec-id"));
  const Json* fields = json.Find("fields");
  if (fields == nullptr) return Corrupt("partition spec without fields", id);
  if (id < 0 || id > INT32_MAX) return Corrupt("partition spec id out of range", id);
  FIRN_ASSIGN(PartitionSpec spec,
              PartitionFieldsFromJson(SpecId(static_cast<int32_t>(id)), *fields));
  spec.unknown = UnknownFields(json, {"spec-id", "fields"});
  return spec;
}

}  // namespace firn::table
