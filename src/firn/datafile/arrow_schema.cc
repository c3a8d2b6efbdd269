// SPDX-License-Identifier: Apache-2.0
//
// Iceberg types <-> Arrow types, as the spec's Appendix A maps them to Parquet.

#include "firn/datafile/arrow_schema.h"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <arrow/extension/uuid.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "firn/datafile/geo_type.h"
#include "firn/datafile/variant_column.h"

namespace firn::datafile {
namespace {

using arrow::DataType;
using table::NestedField;
using table::Type;
using table::TypeId;

std::shared_ptr<const arrow::KeyValueMetadata> IdMetadata(table::FieldId id) {
  return arrow::key_value_metadata({std::string(kFieldIdKey)}, {std::to_string(id.value)});
}

Result<arrow::FieldVector> ToArrowFields(const std::vector<NestedField>& fields) {
  arrow::FieldVector out;
  for (const NestedField& field : fields) {
    FIRN_ASSIGN(auto converted, ToArrow(field));
    out.push_back(std::move(converted));
  }
  return out;
}

Result<std::shared_ptr<DataType>> NestedToArrow(const Type& type) {
  FIRN_ASSIGN(arrow::FieldVector fields, ToArrowFields(type.fields()));
  if (type.id() == TypeId::kStruct) return arrow::struct_(std::move(fields));
  if (type.id() == TypeId::kList) return arrow::list(fields[0]);
  return std::shared_ptr<DataType>(std::make_shared<arrow::MapType>(fields[0], fields[1]));
}

// Reads an Arrow schema into Iceberg fields, ids as found or counted.
class SchemaReader {
 public:
  explicit SchemaReader(bool keep_ids) : keep_ids_(keep_ids) {}

  Result<NestedField> Field(const arrow::Field& field) {
    NestedField out;
    const auto id = FieldIdOf(field);
    out.id = keep_ids_ && id ? *id : table::FieldId(++last_id_);
    out.name = field.name();
    out.required = !field.nullable();
    auto type = TypeOf(*field.type());
    if (!type) return std::move(type).error().Within(field.name());
    out.type = *std::move(type);
    return out;
  }

  Result<std::vector<NestedField>> Fields(const arrow::FieldVector& fields) {
    std::vector<NestedField> out;
    for (const auto& field : fields) {
      FIRN_ASSIGN(NestedField converted, Field(*field));
      out.push_back(std::move(converted));
    }
    return out;
  }

 private:
  Result<Type> TypeOf(const DataType& type);
  Result<Type> NestedTypeOf(const DataType& type);

  bool keep_ids_;
  int32_t last_id_ = 0;
};

Type TimestampTypeOf(const DataType& type) {
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  return timestamp.timezone().empty() ? Type::Timestamp() : Type::TimestampTz();
}

Result<Type> DecimalTypeOf(const DataType& type) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  if (decimal.precision() > 38 || decimal.scale() < 0 || decimal.scale() > decimal.precision()) {
    return Unsupported("a decimal has at most 38 digits", type.ToString());
  }
  return Type::Decimal(decimal.precision(), decimal.scale());
}

Result<Type> ExtensionTypeOf(const DataType& type) {
  const auto& extension = static_cast<const arrow::ExtensionType&>(type);
  if (extension.extension_name() == "arrow.uuid") return Type::Uuid();
  if (extension.extension_name() == "arrow.json") return Type::String();
  if (IsVariant(type)) return Type::Variant();
  if (extension.extension_name() == kWkbExtension) {
    if (const auto geo = GeoTypeOf(extension.Serialize())) return *geo;
  }
  return Unsupported("no column type for Arrow's", type.ToString());
}

Result<Type> SchemaReader::NestedTypeOf(const DataType& type) {
  FIRN_ASSIGN(auto fields, Fields(type.id() == arrow::Type::MAP ? type.field(0)->type()->fields()
                                                                : type.fields()));
  if (type.id() == arrow::Type::STRUCT) return Type::Struct(std::move(fields));
  if (type.id() == arrow::Type::MAP) return Type::Map(fields[0], fields[1]);
  return Type::List(fields[0]);
}

Result<Type> SchemaReader::TypeOf(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return Type::Boolean();
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
      return Type::Int();
    case arrow::Type::INT64:
    case arrow::Type::UINT32:
      return Type::Long();
    case arrow::Type::UINT64:
      return Type::Decimal(20, 0);
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return Type::Float();
    case arrow::Type::DOUBLE:
      return Type::Double();
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return DecimalTypeOf(type);
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return Type::Date();
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return Type::Time();
    case arrow::Type::TIMESTAMP:
      return TimestampTypeOf(type);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return Type::String();
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return Type::Binary();
    case arrow::Type::FIXED_SIZE_BINARY:
      return Type::Fixed(static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width());
    case arrow::Type::DICTIONARY:
      return TypeOf(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::EXTENSION:
      return ExtensionTypeOf(type);
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP:
      return NestedTypeOf(type);
    default:
      return Unsupported("no column type for Arrow's", type.ToString());
  }
}

Result<Type> StoredType(const Type& type);

Result<std::vector<NestedField>> StoredFields(const std::vector<NestedField>& fields) {
  std::vector<NestedField> stored;
  for (NestedField field : fields) {
    if (field.type.id() == TypeId::kUnknown) continue;
    auto type = StoredType(field.type);
    if (!type) return std::move(type).error().Within(field.name);
    field.type = *std::move(type);
    stored.push_back(std::move(field));
  }
  return stored;
}

Result<Type> StoredType(const Type& type) {
  if (!type.is_nested()) return type;
  FIRN_ASSIGN(std::vector<NestedField> fields, StoredFields(type.fields()));
  const bool whole = fields.size() == type.fields().size();
  if (type.id() == TypeId::kStruct && (whole || !fields.empty())) return Type::Struct(fields);
  if (!whole) return Unsupported("a column of unknown values alone is not stored", type);
  if (type.id() == TypeId::kList) return Type::List(fields[0]);
  return Type::Map(fields[0], fields[1]);
}

bool AllHaveIds(const arrow::FieldVector& fields) {
  for (const auto& field : fields) {
    const bool is_map = field->type()->id() == arrow::Type::MAP;
    const auto& below =
        is_map ? field->type()->field(0)->type()->fields() : field->type()->fields();
    if (!FieldIdOf(*field) || !AllHaveIds(below)) return false;
  }
  return true;
}

}  // namespace

Result<std::shared_ptr<DataType>> ToArrow(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kInt:
      return arrow::int32();
    case TypeId::kLong:
      return arrow::int64();
    case TypeId::kFloat:
      return arrow::float32();
    case TypeId::kDouble:
      return arrow::float64();
    case TypeId::kDecimal:
      return arrow::decimal128(type.precision(), type.scale());
    case TypeId::kDate:
      return arrow::date32();
    case TypeId::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case TypeId::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeId::kTimestampTz:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeId::kTimestampNs:
      return arrow::timestamp(arrow::TimeUnit::NANO);
    case TypeId::kTimestampTzNs:
      return arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
    case TypeId::kString:
      return arrow::utf8();
    case TypeId::kUuid:
      return arrow::extension::uuid();
    case TypeId::kFixed:
      return arrow::fixed_size_binary(type.length_bytes());
    case TypeId::kBinary:
      return arrow::binary();
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      return NestedToArrow(type);
    case TypeId::kVariant:
      return VariantType();
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return WkbType(type);
    case TypeId::kUnknown:
      return arrow::null();
  }
  return Internal("no such type", static_cast<int>(type.id()));
}

Result<std::shared_ptr<arrow::Field>> ToArrow(const NestedField& field) {
  auto type = ToArrow(field.type);
  if (!type) return std::move(type).error().Within(field.name);
  return arrow::field(field.name, *std::move(type), !field.required, IdMetadata(field.id));
}

Result<std::shared_ptr<arrow::Schema>> ToArrow(const table::Schema& schema) {
  FIRN_ASSIGN(arrow::FieldVector fields, ToArrowFields(schema.fields()));
  return arrow::schema(std::move(fields));
}

Result<table::Schema> StoredSchema(const table::Schema& schema) {
  FIRN_ASSIGN(std::vector<NestedField> fields, StoredFields(schema.fields()));
  return table::Schema::Make(schema.id(), std::move(fields));
}

Result<table::Schema> FromArrow(const arrow::Schema& schema) {
  SchemaReader reader(AllHaveIds(schema.fields()));
  FIRN_ASSIGN(auto fields, reader.Fields(schema.fields()));
  return table::Schema::Make(table::SchemaId(0), std::move(fields));
}

std::optional<table::FieldId> FieldIdOf(const arrow::Field& field) {
  if (!field.HasMetadata()) return std::nullopt;
  const auto found = field.metadata()->Get(std::string(kFieldIdKey));
  if (!found.ok()) return std::nullopt;
  const std::string& text = found.ValueUnsafe();
  int32_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failure != std::errc() || end != text.data() + text.size() || id < 0) return std::nullopt;
  return table::FieldId(id);
}

}  // namespace firn::datafile
