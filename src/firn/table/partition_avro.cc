// SPDX-License-Identifier: Apache-2.0

#include "firn/table/partition_avro.h"

#include <algorithm>

#include "firn/avro/encoder.h"

namespace firn::table {
namespace {

Json Logical(std::string_view type, std::string_view logical_type) {
  Json json;
  json.Set("type", type);
  json.Set("logicalType", logical_type);
  return json;
}

Json TimestampType(std::string_view logical_type, bool adjust_to_utc) {
  Json json = Logical("long", logical_type);
  json.Set("adjust-to-utc", adjust_to_utc);
  return json;
}

// Fixed types have names, which must differ within a schema: the field's id is in it.
Json FixedType(FieldId field, int32_t size_bytes) {
  Json json;
  json.Set("type", "fixed");
  json.Set("name", "fixed_" + field.ToString());
  json.Set("size", size_bytes);
  return json;
}

Json AvroType(const NestedField& field) {
  const Type& type = field.type;
  switch (type.id()) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "long";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kString:
      return "string";
    case TypeId::kDate:
      return Logical("int", "date");
    case TypeId::kTime:
      return Logical("long", "time-micros");
    case TypeId::kTimestamp:
      return TimestampType("timestamp-micros", false);
    case TypeId::kTimestampTz:
      return TimestampType("timestamp-micros", true);
    case TypeId::kTimestampNs:
      return TimestampType("timestamp-nanos", false);
    case TypeId::kTimestampTzNs:
      return TimestampType("timestamp-nanos", true);
    case TypeId::kFixed:
      return FixedType(field.id, type.length_bytes());
    case TypeId::kUuid: {
      Json json = FixedType(field.id, 16);
      json.Set("logicalType", "uuid");
      return json;
    }
    case TypeId::kDecimal: {
      Json json = FixedType(field.id, DecimalBytesRequired(type.precision()));
      json.Set("logicalType", "decimal");
      json.Set("precision", type.precision());
      json.Set("scale", type.scale());
      return json;
    }
    default:
      return "bytes";
  }
}

void EncodeValue(const Literal& value, std::string& out) {
  switch (value.type().id()) {
    case TypeId::kString:
    case TypeId::kBinary:
      return avro::AppendBytes(out, value.bytes());
    case TypeId::kDecimal: {
      const std::string bytes = DecimalToBytes(value.decimal());
      const auto size = static_cast<size_t>(DecimalBytesRequired(value.type().precision()));
      out.append(size - bytes.size(), value.decimal() < 0 ? '\xFF' : '\0');
      out.append(bytes);
      return;
    }
    case TypeId::kBoolean:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kUuid:
    case TypeId::kFixed:
      out.append(value.ToBytes());
      return;
    case TypeId::kInt:
    case TypeId::kDate:
      return avro::AppendLong(out, value.int32());
    default:
      return avro::AppendLong(out, value.int64());
  }
}

Type TypeOfLong(const avro::Schema& type) {
  if (type.logical_type == "time-micros") return Type::Time();
  if (type.logical_type.starts_with("timestamp-micros")) {
    return type.adjust_to_utc ? Type::TimestampTz() : Type::Timestamp();
  }
  if (type.logical_type.starts_with("timestamp-nanos")) {
    return type.adjust_to_utc ? Type::TimestampTzNs() : Type::TimestampNs();
  }
  return Type::Long();
}

Result<Literal> LiteralOfBytes(const avro::Schema& type, std::string_view bytes) {
  if (type.logical_type == "decimal") {
    if (type.precision < 1 || type.precision > kDecimalPrecisionMax || type.scale < 0 ||
        type.scale > type.precision) {
      return Corrupt("Avro decimal of impossible precision", type.precision, type.scale);
    }
    return Literal::FromBytes(Type::Decimal(type.precision, type.scale), bytes);
  }
  if (type.logical_type == "uuid") return Literal::FromBytes(Type::Uuid(), bytes);
  if (type.kind == avro::Kind::kFixed) return Literal::Fixed(std::string(bytes));
  return Literal::Binary(std::string(bytes));
}

Result<Literal> DecodeValue(const avro::Schema& type, avro::Decoder& in) {
  switch (type.kind) {
    case avro::Kind::kBoolean: {
      FIRN_ASSIGN(const bool value, in.ReadBoolean());
      return Literal::Boolean(value);
    }
    case avro::Kind::kInt: {
      FIRN_ASSIGN(const int32_t value, in.ReadInt());
      return type.logical_type == "date" ? Literal::Date(value) : Literal::Int(value);
    }
    case avro::Kind::kLong: {
      FIRN_ASSIGN(const int64_t value, in.ReadLong());
      return Literal::FromBytes(TypeOfLong(type), Literal::Long(value).ToBytes());
    }
    case avro::Kind::kFloat: {
      FIRN_ASSIGN(const float value, in.ReadFloat());
      return Literal::Float(value);
    }
    case avro::Kind::kDouble: {
      FIRN_ASSIGN(const double value, in.ReadDouble());
      return Literal::Double(value);
    }
    case avro::Kind::kString: {
      FIRN_ASSIGN(const std::string_view value, in.ReadBytes());
      return Literal::String(std::string(value));
    }
    case avro::Kind::kBytes: {
      FIRN_ASSIGN(const std::string_view value, in.ReadBytes());
      return LiteralOfBytes(type, value);
    }
    case avro::Kind::kFixed: {
      FIRN_ASSIGN(const std::string_view value, in.ReadFixed(static_cast<size_t>(type.size_bytes)));
      return LiteralOfBytes(type, value);
    }
    default:
      return Corrupt("partition value of a nested type");
  }
}

// The place of a file's partition field in the tuple of `spec`; unset = not of this spec.
std::optional<size_t> PlaceOf(const PartitionSpec& spec, const avro::Field& field) {
  for (size_t at = 0; at < spec.fields.size(); ++at) {
    const PartitionField& wanted = spec.fields[at];
    const bool same = field.id == avro::kNoId ? field.name == avro::SanitizeName(wanted.name)
                                              : field.id == wanted.field_id.value;
    if (same) return at;
  }
  return std::nullopt;
}

}  // namespace

bool IsWritable(const PartitionSpec& spec) {
  return std::all_of(spec.fields.begin(), spec.fields.end(), [](const PartitionField& field) {
    return field.transform.kind() != Transform::Kind::kUnknown;
  });
}

Json PartitionAvroSchema(const Type& partition_type) {
  Json::Array fields;
  for (const NestedField& field : partition_type.fields()) {
    Json json;
    json.Set("name", avro::SanitizeName(field.name));
    json.Set("type", Json::Array{Json("null"), AvroType(field)});
    json.Set("default", Json());
    json.Set("field-id", field.id.value);
    fields.push_back(std::move(json));
  }
  Json schema;
  schema.Set("type", "record");
  schema.Set("name", "r102");
  schema.Set("fields", std::move(fields));
  return schema;
}

void EncodePartition(const Type& partition_type, const PartitionData& data, std::string& out) {
  FIRN_ASSERT(data.size() == partition_type.fields().size());
  for (const std::optional<Literal>& value : data) {
    avro::AppendLong(out, value ? 1 : 0);
    if (value) EncodeValue(*value, out);
  }
}

Result<PartitionData> DecodePartition(const PartitionSpec& spec, const avro::Schema& record,
                                      avro::Decoder& in) {
  if (record.kind != avro::Kind::kRecord) return Corrupt("partition is not a record");
  PartitionData data(spec.fields.size());
  for (const avro::Field& field : record.fields) {
    FIRN_ASSIGN(const avro::Schema* type, in.ReadBranch(*field.schema));
    if (type->kind == avro::Kind::kNull) continue;
    const auto place = PlaceOf(spec, field);
    if (!place) {
      FIRN_TRY(in.Skip(*type));
      continue;
    }
    FIRN_ASSIGN(Literal value, DecodeValue(*type, in));
    // Some writers store days as plain ints (spec, "Partition Transforms", note on day).
    const bool plain_day = spec.fields[*place].transform.kind() == Transform::Kind::kDay &&
                           value.type().id() == TypeId::kInt;
    data[*place] = plain_day ? Literal::Date(value.int32()) : std::move(value);
  }
  return data;
}

}  // namespace firn::table
