// SPDX-License-Identifier: Apache-2.0
//
// A shredded variant is a group of "value" (what fits no type, encoded) and "typed_value" (a column
// of some type, a list of groups, or a struct of groups by field name). Which of the two is null
// says what the value is ("Value Shredding", the table):
//   neither set      there is no value: only a field of an object may be so
//   value            any value
//   typed_value      a value of that type
//   both             an object, whose other fields are in value

#include "firn/datafile/variant_column.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/extension/parquet_variant.h>
#include <arrow/extension/uuid.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "firn/base/bytes.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/leaf_cast.h"
#include "firn/datafile/literal_array.h"
#include "firn/table/variant.h"

namespace firn::datafile {
namespace {

using arrow::Array;
using ArrayPtr = std::shared_ptr<Array>;
using table::VariantMetadata;
using table::VariantPrimitive;
using table::VariantValue;
using Bytes = std::optional<std::string>;

const Array& StorageOf(const Array& array) {
  if (array.type_id() != arrow::Type::EXTENSION) return array;
  return *static_cast<const arrow::ExtensionArray&>(array).storage();
}

// A child of a struct by its name, unaffected by the struct's own nulls; null where there is none.
ArrayPtr ChildOf(const arrow::StructArray& group, const std::string& name) {
  const int at = group.struct_type()->GetFieldIndex(name);
  return at < 0 ? nullptr : group.field(at);
}

std::string_view BytesAt(const Array& array, int64_t row) {
  return static_cast<const arrow::BinaryArray&>(array).GetView(row);
}

template <typename ArrowArray>
std::string Number(VariantPrimitive type, const Array& array, int64_t row) {
  std::string payload;
  AppendLittleEndian(payload, static_cast<const ArrowArray&>(array).Value(row));
  return EncodeVariantPrimitive(type, payload);
}

Result<std::string> Timestamp(const Array& array, int64_t row) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const bool zoned = !type.timezone().empty();
  if (type.unit() == arrow::TimeUnit::NANO) {
    return Number<arrow::TimestampArray>(
        zoned ? VariantPrimitive::kTimestampTzNs : VariantPrimitive::kTimestampNs, array, row);
  }
  if (type.unit() != arrow::TimeUnit::MICRO) {
    return Unsupported("type of a shredded variant", type.ToString());
  }
  return Number<arrow::TimestampArray>(
      zoned ? VariantPrimitive::kTimestampTz : VariantPrimitive::kTimestamp, array, row);
}

Result<std::string> Extension(const Array& array, int64_t row) {
  const auto& extension = static_cast<const arrow::ExtensionArray&>(array);
  if (!extension.type()->Equals(*arrow::extension::uuid())) {
    return Unsupported("type of a shredded variant", array.type()->ToString());
  }
  const auto& storage = static_cast<const arrow::FixedSizeBinaryArray&>(*extension.storage());
  return EncodeVariantPrimitive(VariantPrimitive::kUuid, storage.GetView(row));
}

Result<std::string> Time(const Array& array, int64_t row) {
  if (static_cast<const arrow::Time64Type&>(*array.type()).unit() != arrow::TimeUnit::MICRO) {
    return Unsupported("type of a shredded variant", array.type()->ToString());
  }
  return Number<arrow::Time64Array>(VariantPrimitive::kTime, array, row);
}

// One typed value that is no list and no struct ("Shredded Value Types").
Result<std::string> Primitive(const Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return EncodeVariantPrimitive(static_cast<const arrow::BooleanArray&>(array).Value(row)
                                        ? VariantPrimitive::kTrue
                                        : VariantPrimitive::kFalse);
    case arrow::Type::INT8:
      return Number<arrow::Int8Array>(VariantPrimitive::kInt8, array, row);
    case arrow::Type::INT16:
      return Number<arrow::Int16Array>(VariantPrimitive::kInt16, array, row);
    case arrow::Type::INT32:
      return Number<arrow::Int32Array>(VariantPrimitive::kInt32, array, row);
    case arrow::Type::INT64:
      return Number<arrow::Int64Array>(VariantPrimitive::kInt64, array, row);
    case arrow::Type::FLOAT:
      return Number<arrow::FloatArray>(VariantPrimitive::kFloat, array, row);
    case arrow::Type::DOUBLE:
      return Number<arrow::DoubleArray>(VariantPrimitive::kDouble, array, row);
    case arrow::Type::DATE32:
      return Number<arrow::Date32Array>(VariantPrimitive::kDate, array, row);
    case arrow::Type::TIME64:
      return Time(array, row);
    case arrow::Type::TIMESTAMP:
      return Timestamp(array, row);
    case arrow::Type::DECIMAL128: {
      const auto& type = static_cast<const arrow::Decimal128Type&>(*array.type());
      return table::EncodeVariantDecimal(DecimalAt(array, row), type.precision(), type.scale());
    }
    case arrow::Type::STRING:
      return table::EncodeVariantString(BytesAt(array, row));
    case arrow::Type::BINARY:
      return table::EncodeVariantBinary(BytesAt(array, row));
    case arrow::Type::EXTENSION:
      return Extension(array, row);
    default:
      return Unsupported("type of a shredded variant", array.type()->ToString());
  }
}

bool IsShreddable(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DATE32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DECIMAL128:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return true;
    default:
      return type.Equals(*arrow::extension::uuid());
  }
}

Status CheckGroup(const arrow::Field& group);

// Checks the type of a "typed_value", whatever its rows hold.
Status CheckTyped(const arrow::DataType& type) {
  if (type.id() != arrow::Type::STRUCT && type.id() != arrow::Type::LIST) {
    if (IsShreddable(type)) return Ok();
    return Unsupported("type of a shredded variant", type.ToString());
  }
  for (const auto& field : type.fields()) {
    FIRN_TRY(CheckGroup(*field));
  }
  return Ok();
}

Status CheckGroup(const arrow::Field& group) {
  if (group.type()->id() != arrow::Type::STRUCT || group.nullable()) {
    return Corrupt("part of a shredded variant is not a required group", group.name());
  }
  const auto& parts = static_cast<const arrow::StructType&>(*group.type());
  const auto value = parts.GetFieldByName("value"), typed = parts.GetFieldByName("typed_value");
  if (value != nullptr && value->type()->id() != arrow::Type::BINARY) {
    return Corrupt("value of a shredded variant is not binary", value->type()->ToString());
  }
  return typed == nullptr ? Ok() : CheckTyped(*typed->type());
}

// Puts the values of one column together, all under the dictionary of their row. The column's type
// passed CheckGroup.
class Assembler {
 public:
  explicit Assembler(const VariantMetadata& metadata) : metadata_(metadata) {}

  // The value of a group; unset where neither of its columns has one.
  Result<Bytes> ValueOf(const arrow::StructArray& group, int64_t row, int depth) const {
    if (depth > table::kVariantDepthMax) {
      return ResourceExhausted("variant nested too deeply", table::kVariantDepthMax);
    }
    if (group.IsNull(row)) return Bytes();
    const ArrayPtr value = ChildOf(group, "value"), typed = ChildOf(group, "typed_value");
    Bytes encoded;
    if (value != nullptr && value->IsValid(row)) {
      encoded = std::string(BytesAt(*value, row));
      FIRN_TRY(table::CheckVariant(metadata_.bytes(), *encoded));
    }
    if (typed == nullptr || typed->IsNull(row)) return encoded;
    if (typed->type_id() == arrow::Type::STRUCT) return Object(*typed, row, encoded, depth);
    if (encoded) return Corrupt("a shredded variant has a value and a typed value");
    if (typed->type_id() == arrow::Type::LIST) return List(*typed, row, depth);
    FIRN_ASSIGN(std::string primitive, Primitive(*typed, row));
    return Bytes(std::move(primitive));
  }

 private:
  Result<Bytes> Object(const Array& typed, int64_t row, const Bytes& rest, int depth) const {
    const auto& fields = static_cast<const arrow::StructArray&>(typed);
    std::map<std::string, std::string> values;
    if (rest) FIRN_TRY(AddFields(*rest, values));
    for (int at = 0; at < fields.num_fields(); ++at) {
      const std::string& name = fields.type()->field(at)->name();
      if (values.contains(name)) {
        return Corrupt("a field of a shredded variant has two values", name);
      }
      const ArrayPtr child = fields.field(at);
      FIRN_ASSIGN(Bytes value,
                  ValueOf(static_cast<const arrow::StructArray&>(*child), row, depth + 1));
      if (value) values.emplace(name, *std::move(value));
    }
    FIRN_ASSIGN(std::string object, EncodeVariantObject(metadata_, values));
    return Bytes(std::move(object));
  }

  Status AddFields(const std::string& bytes, std::map<std::string, std::string>& values) const {
    FIRN_ASSIGN(const VariantValue object, VariantValue::Parse(bytes));
    if (!object.is_object()) return Corrupt("a shredded variant has fields but is no object");
    for (size_t at = 0; at < object.size(); ++at) {
      FIRN_ASSIGN(const std::string_view name, object.FieldName(at, metadata_));
      FIRN_ASSIGN(const VariantValue value, object.Element(at));
      values.insert_or_assign(std::string(name), std::string(value.bytes()));
    }
    return Ok();
  }

  // An element without a value is null, as nothing else can stand in its place.
  Result<Bytes> List(const Array& typed, int64_t row, int depth) const {
    const auto& list = static_cast<const arrow::ListArray&>(typed);
    const auto& elements = static_cast<const arrow::StructArray&>(*list.values());
    std::vector<std::string> values;
    for (int64_t at = list.value_offset(row); at < list.value_offset(row + 1); ++at) {
      FIRN_ASSIGN(Bytes value, ValueOf(elements, at, depth + 1));
      values.push_back(value ? *std::move(value)
                             : table::EncodeVariantPrimitive(VariantPrimitive::kNull));
    }
    return Bytes(table::EncodeVariantArray(values));
  }

  const VariantMetadata& metadata_;
};

class VariantBuilder {
 public:
  Status AppendNull() {
    FIRN_TRY(Append("", ""));
    return FromArrow(valid_.Append(false));
  }

  Status AppendRow(const arrow::StructArray& group, const Array& metadata, int64_t row) {
    if (metadata.IsNull(row)) return Corrupt("a variant has no metadata");
    FIRN_ASSIGN(const VariantMetadata names, VariantMetadata::Parse(BytesAt(metadata, row)));
    FIRN_ASSIGN(const Bytes value, Assembler(names).ValueOf(group, row, 0));
    FIRN_TRY(Append(names.bytes(),
                    value ? *value : table::EncodeVariantPrimitive(VariantPrimitive::kNull)));
    return FromArrow(valid_.Append(true));
  }

  Result<ArrayPtr> Finish() {
    FIRN_ASSIGN(ArrayPtr metadata, FromArrow(metadata_.Finish()));
    FIRN_ASSIGN(ArrayPtr value, FromArrow(value_.Finish()));
    const int64_t rows = metadata->length();
    FIRN_ASSIGN(const auto valid, FromArrow(valid_.Finish()));
    const auto storage = static_cast<const arrow::ExtensionType&>(*VariantType()).storage_type();
    auto group = std::make_shared<arrow::StructArray>(storage, rows,
                                                      arrow::ArrayVector{metadata, value}, valid);
    return arrow::ExtensionType::WrapArray(VariantType(), group);
  }

 private:
  Status Append(std::string_view metadata, std::string_view value) {
    FIRN_TRY(FromArrow(metadata_.Append(metadata)));
    return FromArrow(value_.Append(value));
  }

  arrow::BinaryBuilder metadata_, value_;
  arrow::TypedBufferBuilder<bool> valid_;
};

// `parts` holds the values of `group`, whose nulls count.
Result<ArrayPtr> Assemble(const arrow::StructArray& group, const arrow::StructArray& parts,
                          const Array& metadata) {
  FIRN_TRY(CheckGroup(*arrow::field("variant", parts.type(), false)));
  VariantBuilder builder;
  for (int64_t row = 0; row < group.length(); ++row) {
    if (group.IsNull(row)) {
      FIRN_TRY(builder.AppendNull());
    } else {
      FIRN_TRY(builder.AppendRow(parts, metadata, row));
    }
  }
  return builder.Finish();
}

Result<ArrayPtr> PlainBinary(const arrow::StructArray& group, const std::string& name) {
  const ArrayPtr child = ChildOf(group, name);
  if (child == nullptr) return InvalidArgument("a variant column has no part", name);
  return CastLeaf(child, arrow::binary());
}

}  // namespace

std::shared_ptr<arrow::DataType> VariantType() {
  return arrow::extension::variant(arrow::struct_({arrow::field("metadata", arrow::binary(), false),
                                                   arrow::field("value", arrow::binary(), false)}));
}

bool IsVariant(const arrow::DataType& type) {
  return type.id() == arrow::Type::EXTENSION &&
         static_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.parquet.variant";
}

Result<ArrayPtr> ReadVariants(const ArrayPtr& given) {
  if (given->type_id() == arrow::Type::NA) {
    return FromArrow(arrow::MakeArrayOfNull(VariantType(), given->length()));
  }
  if (given->type()->Equals(*VariantType())) return given;
  const Array& storage = StorageOf(*given);
  if (storage.type_id() != arrow::Type::STRUCT) {
    return InvalidArgument("the column holds no variants", given->type()->ToString());
  }
  const auto& group = static_cast<const arrow::StructArray&>(storage);
  FIRN_ASSIGN(const ArrayPtr metadata, PlainBinary(group, "metadata"));
  if (ChildOf(group, "typed_value") != nullptr) return Assemble(group, group, *metadata);
  FIRN_ASSIGN(const ArrayPtr value, PlainBinary(group, "value"));
  const auto type = arrow::struct_({arrow::field("value", arrow::binary())});
  const arrow::StructArray parts(type, group.length(), {value});
  return Assemble(group, parts, *metadata);
}

}  // namespace firn::datafile
