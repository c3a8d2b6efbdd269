// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/schema_elements.h"

#include <cstddef>

#include <parquet/types.h>

namespace firn::datafile {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::Node;
using parquet::schema::PrimitiveNode;

const GroupNode& GroupOf(const Node& node) {
  return static_cast<const GroupNode&>(node);
}

size_t CountNodes(const Node& node) {
  size_t count = 1;
  if (node.is_primitive()) return count;
  for (int i = 0; i < GroupOf(node).field_count(); ++i)
    count += CountNodes(*GroupOf(node).field(i));
  return count;
}

constexpr int16_t kVariant = 16;

// The fields of the LogicalType union.
int16_t UnionField(const parquet::LogicalType& type) {
  using Type = parquet::LogicalType::Type;
  switch (type.type()) {
    case Type::STRING:
      return 1;
    case Type::MAP:
      return 2;
    case Type::LIST:
      return 3;
    case Type::ENUM:
      return 4;
    case Type::DECIMAL:
      return 5;
    case Type::DATE:
      return 6;
    case Type::TIME:
      return 7;
    case Type::TIMESTAMP:
      return 8;
    case Type::INT:
      return 10;
    case Type::NIL:
      return 11;
    case Type::JSON:
      return 12;
    case Type::BSON:
      return 13;
    case Type::UUID:
      return 14;
    case Type::FLOAT16:
      return 15;
    case Type::VARIANT:
      return kVariant;
    case Type::GEOMETRY:
      return 17;
    case Type::GEOGRAPHY:
      return 18;
    default:
      return 0;
  }
}

template <typename TimeType>
void WriteTime(const TimeType& type, ThriftWriter& thrift) {
  thrift.Bool(1, type.is_adjusted_to_utc());
  thrift.Struct(2);
  thrift.Struct(static_cast<int16_t>(type.time_unit()));  // The numbers are those of the union.
  thrift.End();
  thrift.End();
}

void WriteGeography(const parquet::GeographyLogicalType& type, ThriftWriter& thrift) {
  if (!type.crs().empty()) thrift.Binary(1, type.crs());
  thrift.I32(2, static_cast<int32_t>(type.algorithm()) - 1);
}

void WriteParameters(const parquet::LogicalType& type, ThriftWriter& thrift) {
  if (type.is_decimal()) {
    const auto& decimal = static_cast<const parquet::DecimalLogicalType&>(type);
    thrift.I32(1, decimal.scale());
    thrift.I32(2, decimal.precision());
  } else if (type.is_time()) {
    WriteTime(static_cast<const parquet::TimeLogicalType&>(type), thrift);
  } else if (type.is_timestamp()) {
    WriteTime(static_cast<const parquet::TimestampLogicalType&>(type), thrift);
  } else if (type.is_int()) {
    const auto& whole = static_cast<const parquet::IntLogicalType&>(type);
    thrift.I8(1, static_cast<int8_t>(whole.bit_width()));
    thrift.Bool(2, whole.is_signed());
  } else if (type.is_variant()) {
    thrift.I8(1, static_cast<const parquet::VariantLogicalType&>(type).spec_version());
  } else if (type.is_geometry()) {
    const auto& crs = static_cast<const parquet::GeometryLogicalType&>(type).crs();
    if (!crs.empty()) thrift.Binary(1, crs);
  } else if (type.is_geography()) {
    WriteGeography(static_cast<const parquet::GeographyLogicalType&>(type), thrift);
  }
}

void WriteLogicalType(const parquet::LogicalType& type, ThriftWriter& thrift) {
  const int16_t field = UnionField(type);
  if (field == 0) return;
  thrift.Struct(10);
  thrift.Struct(field);
  WriteParameters(type, thrift);
  thrift.End();
  thrift.End();
}

// What readers older than logical types go by.
void WriteConvertedType(const Node& node, ThriftWriter& thrift) {
  const auto type = node.converted_type();
  if (type == parquet::ConvertedType::NONE || type >= parquet::ConvertedType::NA) return;
  thrift.I32(6, static_cast<int32_t>(type) - 1);
  if (type != parquet::ConvertedType::DECIMAL) return;
  const auto& decimal = static_cast<const PrimitiveNode&>(node).decimal_metadata();
  thrift.I32(7, decimal.scale);
  thrift.I32(8, decimal.precision);
}

// Arrow has no word for shredded variants: to it they are structs.
void WriteVariant(ThriftWriter& thrift) {
  thrift.Struct(10);
  thrift.Struct(kVariant);
  thrift.I8(1, 1);
  thrift.End();
  thrift.End();
}

void WriteNode(const Node& node, const std::set<int32_t>& variants, bool is_root,
               ThriftWriter& thrift) {
  thrift.Element();
  if (node.is_primitive()) {
    const auto& leaf = static_cast<const PrimitiveNode&>(node);
    thrift.I32(1, static_cast<int32_t>(leaf.physical_type()));
    if (leaf.type_length() > 0) thrift.I32(2, leaf.type_length());
  }
  if (!is_root) thrift.I32(3, static_cast<int32_t>(node.repetition()));
  thrift.Binary(4, node.name());
  if (!node.is_primitive()) thrift.I32(5, GroupOf(node).field_count());
  WriteConvertedType(node, thrift);
  if (node.field_id() >= 0) thrift.I32(9, node.field_id());
  if (variants.contains(node.field_id())) {
    WriteVariant(thrift);
  } else if (node.logical_type() != nullptr) {
    WriteLogicalType(*node.logical_type(), thrift);
  }
  thrift.End();
  if (node.is_primitive()) return;
  for (int i = 0; i < GroupOf(node).field_count(); ++i)
    WriteNode(*GroupOf(node).field(i), variants, false, thrift);
}

}  // namespace

void WriteSchema(const parquet::SchemaDescriptor& schema, const std::set<int32_t>& variants,
                 int16_t field, ThriftWriter& thrift) {
  thrift.List(field, ThriftElement::kStruct, CountNodes(*schema.schema_root()));
  WriteNode(*schema.schema_root(), variants, true, thrift);
}

}  // namespace firn::datafile
