// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/name_mapping.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>

#include "firn/base/json.h"
#include "firn/datafile/arrow_schema.h"

namespace firn::datafile {
namespace {

Result<NameMapping> MappingFromJson(const Json& json);

Result<MappedField> MappedFieldFromJson(const Json& json) {
  MappedField field;
  if (json.Find("field-id") != nullptr) {
    FIRN_ASSIGN(const int64_t id, json.GetInt64("field-id"));
    if (id < 0 || id > INT32_MAX) return Corrupt("field id in the name mapping", id);
    field.id = table::FieldId(static_cast<int32_t>(id));
  }
  FIRN_ASSIGN(const Json::Array* const names, json.GetArray("names"));
  for (const Json& name : *names) {
    if (name.as_string() == nullptr) return Corrupt("a name in the name mapping is no text");
    field.names.push_back(*name.as_string());
  }
  if (const Json* below = json.Find("fields"); below != nullptr) {
    FIRN_ASSIGN(field.fields, MappingFromJson(*below));
  }
  return field;
}

Result<NameMapping> MappingFromJson(const Json& json) {
  if (json.as_array() == nullptr) return Corrupt("the name mapping is no list of fields");
  NameMapping mapping;
  std::set<std::string> names;
  for (const Json& item : *json.as_array()) {
    FIRN_ASSIGN(MappedField field, MappedFieldFromJson(item));
    for (const std::string& name : field.names) {
      if (!names.insert(name).second) return Corrupt("the name mapping has a name twice", name);
    }
    mapping.push_back(std::move(field));
  }
  return mapping;
}

NameMapping MappingOfFields(const std::vector<table::NestedField>& fields) {
  NameMapping mapping;
  for (const table::NestedField& field : fields) {
    mapping.push_back({field.id, {field.name}, MappingOfFields(field.type.fields())});
  }
  return mapping;
}

// What lies below a field; of a map its key and value.
arrow::FieldVector Below(const arrow::DataType& type) {
  return type.id() == arrow::Type::MAP ? type.field(0)->type()->fields() : type.fields();
}

bool AnyId(const arrow::FieldVector& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return FieldIdOf(*field).has_value() || AnyId(Below(*field->type()));
  });
}

arrow::FieldVector Labelled(const arrow::FieldVector& fields, const NameMapping& mapping);

// Whatever the file calls it ("array", "item"), a list has one field.
std::shared_ptr<arrow::DataType> LabelledList(const arrow::DataType& type,
                                              const NameMapping& mapping) {
  const auto element = Labelled({type.field(0)->WithName("element")}, mapping)[0];
  if (type.id() == arrow::Type::LARGE_LIST) return arrow::large_list(element);
  if (type.id() == arrow::Type::LIST) return arrow::list(element);
  const auto& fixed = static_cast<const arrow::FixedSizeListType&>(type);
  return arrow::fixed_size_list(element, fixed.list_size());
}

std::shared_ptr<arrow::DataType> LabelledType(const std::shared_ptr<arrow::DataType>& type,
                                              const NameMapping& mapping) {
  if (type->id() == arrow::Type::STRUCT) return arrow::struct_(Labelled(type->fields(), mapping));
  if (arrow::is_list(type->id())) return LabelledList(*type, mapping);
  if (type->id() == arrow::Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(*type);
    const auto sides =
        Labelled({map.key_field()->WithName("key"), map.item_field()->WithName("value")}, mapping);
    return std::make_shared<arrow::MapType>(sides[0], sides[1]);
  }
  return type;
}

arrow::FieldVector Labelled(const arrow::FieldVector& fields, const NameMapping& mapping) {
  static const MappedField kUnmapped;
  arrow::FieldVector out;
  for (const auto& field : fields) {
    const auto found = std::find_if(mapping.begin(), mapping.end(), [&](const MappedField& entry) {
      return std::find(entry.names.begin(), entry.names.end(), field->name()) != entry.names.end();
    });
    const MappedField& entry = found == mapping.end() ? kUnmapped : *found;
    auto labelled = field->WithType(LabelledType(field->type(), entry.fields))->RemoveMetadata();
    if (entry.id) {
      labelled = labelled->WithMetadata(
          arrow::key_value_metadata({std::string(kFieldIdKey)}, {std::to_string(entry.id->value)}));
    }
    out.push_back(std::move(labelled));
  }
  return out;
}

std::shared_ptr<arrow::ArrayData> Relabelled(const arrow::ArrayData& data,
                                             const std::shared_ptr<arrow::DataType>& type) {
  auto out = std::make_shared<arrow::ArrayData>(data);
  out->type = type;
  for (size_t i = 0; arrow::is_nested(type->id()) && i < out->child_data.size(); ++i) {
    out->child_data[i] = Relabelled(*data.child_data[i], type->field(static_cast<int>(i))->type());
  }
  return out;
}

}  // namespace

Result<NameMapping> ParseNameMapping(std::string_view json) {
  auto parsed = Json::Parse(json);
  if (!parsed) return Corrupt("the name mapping is not JSON", parsed.error().message);
  return MappingFromJson(*parsed);
}

NameMapping NameMappingOf(const table::Schema& schema) {
  return MappingOfFields(schema.fields());
}

NameMapping Without(NameMapping mapping, const std::set<table::FieldId>& ids) {
  for (MappedField& field : mapping) {
    if (field.id && ids.contains(*field.id)) field.id.reset();
    field.fields = Without(std::move(field.fields), ids);
  }
  return mapping;
}

bool HasFieldIds(const arrow::Schema& schema) {
  return AnyId(schema.fields());
}

std::shared_ptr<arrow::Schema> WithFieldIds(const arrow::Schema& schema,
                                            const NameMapping& mapping) {
  return arrow::schema(Labelled(schema.fields(), mapping));
}

std::shared_ptr<arrow::RecordBatch> Relabel(const arrow::RecordBatch& batch,
                                            const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    columns.push_back(Relabelled(*batch.column_data(i), schema->field(i)->type()));
  }
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
}

}  // namespace firn::datafile
