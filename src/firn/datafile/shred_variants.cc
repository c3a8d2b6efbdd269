// SPDX-License-Identifier: Apache-2.0
//
// First the values of a sample are counted by path and type; what most values of a path agree on
// becomes its shape. Then every value is taken apart along the shape: what fits goes into typed
// columns, what does not stays encoded beside them. variant_column.cc puts them together again.

#include "firn/datafile/shred_variants.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/extension/uuid.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include "firn/base/bytes.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/variant_column.h"
#include "firn/table/variant.h"

namespace firn::datafile {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using table::VariantMetadata;
using table::VariantPrimitive;
using table::VariantValue;

/// What the values of a path are stored as: a column of `type`, else fields, else elements.
struct VariantShape {
  std::shared_ptr<arrow::DataType> type;  ///< Of a primitive; null for objects and arrays.
  std::map<std::string, VariantShape> fields;
  std::unique_ptr<VariantShape> element;
};

namespace {

constexpr char kShredVariants[] = "write.parquet.shred-variants";
constexpr char kSampleRows[] = "write.parquet.variant-inference-buffer-size";
constexpr int kDepthMax = 8;        // Deeper values stay encoded.
constexpr size_t kFieldsMax = 300;  // Of one object.
constexpr int64_t kRareField = 10;  // A field that fewer than a tenth of the objects have.
constexpr int kColumnsMax = 300;    // Of one variant column.

// What a primitive is counted as: widths of integers are one, and so are both booleans.
struct PrimitiveClass {
  VariantPrimitive primitive = VariantPrimitive::kNull;
  int scale = 0;  // Of a decimal.

  friend auto operator<=>(const PrimitiveClass&, const PrimitiveClass&) = default;
};

bool IsInteger(VariantPrimitive type) {
  return type >= VariantPrimitive::kInt8 && type <= VariantPrimitive::kInt64;
}
bool IsDecimal(VariantPrimitive type) {
  return type >= VariantPrimitive::kDecimal4 && type <= VariantPrimitive::kDecimal16;
}

PrimitiveClass ClassOf(const VariantValue& value) {
  const VariantPrimitive type = value.is_string() ? VariantPrimitive::kString : value.primitive();
  if (IsInteger(type)) return {VariantPrimitive::kInt64, 0};
  if (IsDecimal(type)) return {VariantPrimitive::kDecimal16, value.scale()};
  if (type == VariantPrimitive::kFalse) return {VariantPrimitive::kTrue, 0};
  return {type, 0};
}

// The values of one path in the sample.
struct Seen {
  struct Primitive {
    int64_t count = 0;
    VariantPrimitive widest = VariantPrimitive::kNull;
  };
  int64_t values = 0;  // Nulls are left out: they are encoded whatever the shape.
  std::map<PrimitiveClass, Primitive> primitives;
  int64_t objects = 0, arrays = 0;
  std::map<std::string, Seen> fields;
  std::unique_ptr<Seen> element;

  Status Add(const VariantValue& value, const VariantMetadata& metadata, int depth) {
    const bool is_null = !value.is_object() && !value.is_array() && !value.is_string() &&
                         value.primitive() == VariantPrimitive::kNull;
    if (is_null) return Ok();
    ++values;
    if (depth >= kDepthMax) return Ok();
    if (value.is_object()) return AddObject(value, metadata, depth);
    if (value.is_array()) return AddArray(value, metadata, depth);
    const PrimitiveClass type = ClassOf(value);
    Primitive& seen = primitives[type];
    ++seen.count;
    if (!value.is_string()) seen.widest = std::max(seen.widest, value.primitive());
    return Ok();
  }

  Status AddObject(const VariantValue& value, const VariantMetadata& metadata, int depth) {
    ++objects;
    for (size_t at = 0; at < value.size(); ++at) {
      FIRN_ASSIGN(const auto name, value.FieldName(at, metadata));
      auto field = fields.find(std::string(name));
      if (field == fields.end() && fields.size() == kFieldsMax) continue;
      if (field == fields.end()) field = fields.emplace(std::string(name), Seen()).first;
      FIRN_ASSIGN(const VariantValue child, value.Element(at));
      FIRN_TRY(field->second.Add(child, metadata, depth + 1));
    }
    return Ok();
  }

  Status AddArray(const VariantValue& value, const VariantMetadata& metadata, int depth) {
    ++arrays;
    if (element == nullptr) element = std::make_unique<Seen>();
    for (size_t at = 0; at < value.size(); ++at) {
      FIRN_ASSIGN(const VariantValue child, value.Element(at));
      FIRN_TRY(element->Add(child, metadata, depth + 1));
    }
    return Ok();
  }
};

std::shared_ptr<arrow::DataType> DecimalType(VariantPrimitive widest, int scale) {
  const int precision = widest == VariantPrimitive::kDecimal4   ? 9
                        : widest == VariantPrimitive::kDecimal8 ? 18
                                                                : 38;
  return scale > precision ? nullptr : arrow::decimal128(precision, scale);
}

// The type of a "typed_value" ("Shredded Value Types"); null for what is not shredded.
std::shared_ptr<arrow::DataType> TypeOf(const PrimitiveClass& type, VariantPrimitive widest) {
  switch (type.primitive) {
    case VariantPrimitive::kTrue:
      return arrow::boolean();
    case VariantPrimitive::kInt64:
      return widest == VariantPrimitive::kInt64 ? arrow::int64() : arrow::int32();
    case VariantPrimitive::kFloat:
      return arrow::float32();
    case VariantPrimitive::kDouble:
      return arrow::float64();
    case VariantPrimitive::kDecimal16:
      return DecimalType(widest, type.scale);
    case VariantPrimitive::kDate:
      return arrow::date32();
    case VariantPrimitive::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case VariantPrimitive::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case VariantPrimitive::kTimestampTz:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case VariantPrimitive::kTimestampNs:
      return arrow::timestamp(arrow::TimeUnit::NANO);
    case VariantPrimitive::kTimestampTzNs:
      return arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
    case VariantPrimitive::kString:
      return arrow::utf8();
    case VariantPrimitive::kBinary:
      return arrow::binary();
    case VariantPrimitive::kUuid:
      return arrow::extension::uuid();
    default:
      return nullptr;
  }
}

// What more than half of the values are; unset where they do not agree, or once no column is
// `left`.
std::optional<VariantShape> ShapeOf(const Seen& seen, int& left) {
  const auto most = [&](int64_t count) { return 2 * count > seen.values; };
  VariantShape shape;
  if (most(seen.objects)) {
    for (const auto& [name, field] : seen.fields) {
      auto child = field.values * kRareField < seen.objects ? std::nullopt : ShapeOf(field, left);
      if (child) shape.fields.emplace(name, *std::move(child));
    }
    return shape.fields.empty() ? std::nullopt : std::optional(std::move(shape));
  }
  if (most(seen.arrays)) {
    auto element = ShapeOf(*seen.element, left);
    if (!element) return std::nullopt;
    shape.element = std::make_unique<VariantShape>(*std::move(element));
    return shape;
  }
  for (const auto& [type, primitive] : seen.primitives) {
    if (most(primitive.count)) shape.type = TypeOf(type, primitive.widest);
  }
  if (shape.type == nullptr || left == 0) return std::nullopt;
  --left;
  return shape;
}

std::shared_ptr<arrow::DataType> TypedType(const VariantShape& shape);

arrow::FieldVector PartsOf(const VariantShape& shape) {
  return {arrow::field("value", arrow::binary()), arrow::field("typed_value", TypedType(shape))};
}

std::shared_ptr<arrow::DataType> TypedType(const VariantShape& shape) {
  if (shape.type != nullptr) return shape.type;
  if (shape.element != nullptr) {
    return arrow::list(arrow::field("element", arrow::struct_(PartsOf(*shape.element)), false));
  }
  arrow::FieldVector fields;
  for (const auto& [name, field] : shape.fields)
    fields.push_back(arrow::field(name, arrow::struct_(PartsOf(field)), false));
  return arrow::struct_(std::move(fields));
}

// Takes values of one path apart.
class TypedBuilder {
 public:
  virtual ~TypedBuilder() = default;
  /// Takes `value` in, or answers false and appends nothing. Of an object, `rest` gets the bytes of
  /// the fields that have no column.
  virtual Result<bool> Append(const VariantValue& value, const VariantMetadata& metadata,
                              std::optional<std::string>& rest) = 0;
  virtual Status AppendNull() = 0;
  virtual Result<ArrayPtr> Finish() = 0;

  static Result<std::unique_ptr<TypedBuilder>> Make(const VariantShape& shape);
};

// The group of value and typed_value.
class GroupBuilder {
 public:
  static Result<GroupBuilder> Make(const VariantShape& shape) {
    GroupBuilder builder;
    builder.type_ = arrow::struct_(PartsOf(shape));
    FIRN_ASSIGN(builder.typed_, TypedBuilder::Make(shape));
    return builder;
  }

  Status Append(const VariantValue& value, const VariantMetadata& metadata) {
    std::optional<std::string> rest;
    FIRN_ASSIGN(const bool taken, typed_->Append(value, metadata, rest));
    ++rows_;
    if (!taken) {
      FIRN_TRY(typed_->AppendNull());
      return FromArrow(value_->Append(value.bytes()));
    }
    return FromArrow(rest ? value_->Append(*rest) : value_->AppendNull());
  }

  // Neither of the two: there is no value.
  Status AppendAbsent() {
    ++rows_;
    FIRN_TRY(typed_->AppendNull());
    return FromArrow(value_->AppendNull());
  }

  Result<arrow::ArrayVector> FinishParts() {
    FIRN_ASSIGN(auto value, FromArrow(value_->Finish()));
    FIRN_ASSIGN(auto typed, typed_->Finish());
    return arrow::ArrayVector{std::move(value), std::move(typed)};
  }

  Result<ArrayPtr> Finish() {
    FIRN_ASSIGN(auto parts, FinishParts());
    return std::make_shared<arrow::StructArray>(type_, rows_, std::move(parts));
  }

 private:
  std::shared_ptr<arrow::DataType> type_;
  std::unique_ptr<arrow::BinaryBuilder> value_ = std::make_unique<arrow::BinaryBuilder>();
  std::unique_ptr<TypedBuilder> typed_;
  int64_t rows_ = 0;
};

template <typename Number>
Number NumberOf(const VariantValue& value) {
  return ReadLittleEndian<Number>(value.payload());
}

// An integer of any width.
int64_t IntegerOf(const VariantValue& value) {
  switch (value.primitive()) {
    case VariantPrimitive::kInt8:
      return NumberOf<int8_t>(value);
    case VariantPrimitive::kInt16:
      return NumberOf<int16_t>(value);
    case VariantPrimitive::kInt32:
      return NumberOf<int32_t>(value);
    default:
      return NumberOf<int64_t>(value);
  }
}

arrow::Decimal128 UnscaledOf(const VariantValue& value) {
  switch (value.primitive()) {
    case VariantPrimitive::kDecimal4:
      return {NumberOf<int32_t>(value)};
    case VariantPrimitive::kDecimal8:
      return {NumberOf<int64_t>(value)};
    default:
      return {ReadLittleEndian<int64_t>(value.payload().substr(sizeof(int64_t))),
              ReadLittleEndian<uint64_t>(value.payload())};
  }
}

class PrimitiveBuilder : public TypedBuilder {
 public:
  static Result<std::unique_ptr<TypedBuilder>> Make(std::shared_ptr<arrow::DataType> type) {
    auto builder = std::make_unique<PrimitiveBuilder>();
    builder->type_ = std::move(type);
    const bool is_uuid = builder->type_->id() == arrow::Type::EXTENSION;
    const auto storage = is_uuid ? arrow::fixed_size_binary(16) : builder->type_;
    FIRN_ASSIGN(builder->values_, FromArrow(arrow::MakeBuilder(storage)));
    return std::unique_ptr<TypedBuilder>(std::move(builder));
  }

  Result<bool> Append(const VariantValue& value, const VariantMetadata&,
                      std::optional<std::string>&) override {
    if (value.is_object() || value.is_array() || !Fits(value)) return false;
    FIRN_TRY(FromArrow(AppendValue(value)));
    return true;
  }

  Status AppendNull() override { return FromArrow(values_->AppendNull()); }

  Result<ArrayPtr> Finish() override {
    FIRN_ASSIGN(auto values, FromArrow(values_->Finish()));
    if (type_->id() != arrow::Type::EXTENSION) return values;
    return arrow::ExtensionType::WrapArray(type_, values);
  }

 private:
  bool Fits(const VariantValue& value) const {
    const VariantPrimitive given = value.primitive();
    if (type_->id() == arrow::Type::INT32) {
      return IsInteger(given) && given <= VariantPrimitive::kInt32;
    }
    if (type_->id() == arrow::Type::DECIMAL128) {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type_);
      return IsDecimal(given) && value.scale() == decimal.scale() &&
             UnscaledOf(value).FitsInPrecision(decimal.precision());
    }
    const auto type = TypeOf(ClassOf(value), VariantPrimitive::kInt64);
    return type != nullptr && type->Equals(*type_);
  }

  template <typename Builder, typename Value>
  arrow::Status Add(const Value& value) {
    return static_cast<Builder&>(*values_).Append(value);
  }

  arrow::Status AppendValue(const VariantValue& value) {
    switch (type_->id()) {
      case arrow::Type::BOOL:
        return Add<arrow::BooleanBuilder>(value.primitive() == VariantPrimitive::kTrue);
      case arrow::Type::INT32:
        return Add<arrow::Int32Builder>(static_cast<int32_t>(IntegerOf(value)));
      case arrow::Type::INT64:
        return Add<arrow::Int64Builder>(IntegerOf(value));
      case arrow::Type::FLOAT:
        return Add<arrow::FloatBuilder>(NumberOf<float>(value));
      case arrow::Type::DOUBLE:
        return Add<arrow::DoubleBuilder>(NumberOf<double>(value));
      case arrow::Type::DATE32:
        return Add<arrow::Date32Builder>(NumberOf<int32_t>(value));
      case arrow::Type::TIME64:
        return Add<arrow::Time64Builder>(NumberOf<int64_t>(value));
      case arrow::Type::TIMESTAMP:
        return Add<arrow::TimestampBuilder>(NumberOf<int64_t>(value));
      case arrow::Type::DECIMAL128:
        return Add<arrow::Decimal128Builder>(UnscaledOf(value));
      case arrow::Type::STRING:
        return Add<arrow::StringBuilder>(value.payload());
      case arrow::Type::BINARY:
        return Add<arrow::BinaryBuilder>(value.payload());
      default:
        return Add<arrow::FixedSizeBinaryBuilder>(value.payload());
    }
  }

  std::shared_ptr<arrow::DataType> type_;
  std::unique_ptr<arrow::ArrayBuilder> values_;
};

class ObjectBuilder : public TypedBuilder {
 public:
  static Result<std::unique_ptr<TypedBuilder>> Make(const VariantShape& shape) {
    auto builder = std::make_unique<ObjectBuilder>();
    builder->type_ = TypedType(shape);
    for (const auto& [name, field] : shape.fields) {
      FIRN_ASSIGN(auto group, GroupBuilder::Make(field));
      builder->fields_.emplace(name, std::move(group));
    }
    return std::unique_ptr<TypedBuilder>(std::move(builder));
  }

  Result<bool> Append(const VariantValue& value, const VariantMetadata& metadata,
                      std::optional<std::string>& rest) override {
    if (!value.is_object()) return false;
    std::map<std::string, VariantValue> given;
    std::map<std::string, std::string> others;
    for (size_t at = 0; at < value.size(); ++at) {
      FIRN_ASSIGN(const auto name, value.FieldName(at, metadata));
      FIRN_ASSIGN(const VariantValue child, value.Element(at));
      if (fields_.contains(std::string(name))) {
        given.emplace(name, child);
      } else {
        others.emplace(name, child.bytes());
      }
    }
    for (auto& [name, group] : fields_) {
      const auto found = given.find(name);
      FIRN_TRY(found == given.end() ? group.AppendAbsent() : group.Append(found->second, metadata));
    }
    if (!others.empty()) {
      FIRN_ASSIGN(rest, table::EncodeVariantObject(metadata, others));
    }
    FIRN_TRY(FromArrow(valid_.Append(true)));
    return true;
  }

  Status AppendNull() override {
    for (auto& [name, group] : fields_)
      FIRN_TRY(group.AppendAbsent());
    return FromArrow(valid_.Append(false));
  }

  Result<ArrayPtr> Finish() override {
    const int64_t rows = valid_.length();
    arrow::ArrayVector children;
    for (auto& [name, group] : fields_) {
      FIRN_ASSIGN(children.emplace_back(), group.Finish());
    }
    FIRN_ASSIGN(auto valid, FromArrow(valid_.Finish()));
    return std::make_shared<arrow::StructArray>(type_, rows, std::move(children), std::move(valid));
  }

 private:
  std::shared_ptr<arrow::DataType> type_;
  std::map<std::string, GroupBuilder> fields_;  // In the order of the type's fields.
  arrow::TypedBufferBuilder<bool> valid_;
};

class ListBuilder : public TypedBuilder {
 public:
  static Result<std::unique_ptr<TypedBuilder>> Make(const VariantShape& shape) {
    FIRN_ASSIGN(auto element, GroupBuilder::Make(*shape.element));
    auto builder = std::make_unique<ListBuilder>(std::move(element));
    builder->type_ = TypedType(shape);
    return std::unique_ptr<TypedBuilder>(std::move(builder));
  }
  explicit ListBuilder(GroupBuilder element) : element_(std::move(element)) {}

  Result<bool> Append(const VariantValue& value, const VariantMetadata& metadata,
                      std::optional<std::string>&) override {
    if (!value.is_array()) return false;
    FIRN_TRY(Begin(true));
    for (size_t at = 0; at < value.size(); ++at) {
      FIRN_ASSIGN(const VariantValue child, value.Element(at));
      FIRN_TRY(element_.Append(child, metadata));
    }
    elements_ += static_cast<int32_t>(value.size());
    return true;
  }

  Status AppendNull() override { return Begin(false); }

  Result<ArrayPtr> Finish() override {
    const int64_t rows = valid_.length();
    FIRN_TRY(FromArrow(offsets_.Append(elements_)));
    FIRN_ASSIGN(auto offsets, FromArrow(offsets_.Finish()));
    FIRN_ASSIGN(auto valid, FromArrow(valid_.Finish()));
    FIRN_ASSIGN(auto elements, element_.Finish());
    return std::make_shared<arrow::ListArray>(type_, rows, std::move(offsets), std::move(elements),
                                              std::move(valid));
  }

 private:
  Status Begin(bool valid) {
    FIRN_TRY(FromArrow(offsets_.Append(elements_)));
    return FromArrow(valid_.Append(valid));
  }

  std::shared_ptr<arrow::DataType> type_;
  GroupBuilder element_;
  arrow::TypedBufferBuilder<int32_t> offsets_;
  arrow::TypedBufferBuilder<bool> valid_;
  int32_t elements_ = 0;
};

Result<std::unique_ptr<TypedBuilder>> TypedBuilder::Make(const VariantShape& shape) {
  if (shape.type != nullptr) return PrimitiveBuilder::Make(shape.type);
  return shape.element != nullptr ? ListBuilder::Make(shape) : ObjectBuilder::Make(shape);
}

// The parts of a column in `VariantType()`.
struct Variants {
  const arrow::StructArray& group;
  const arrow::BinaryArray& metadata;
  const arrow::BinaryArray& value;

  static Variants Of(const arrow::Array& column) {
    const auto& storage = *static_cast<const arrow::ExtensionArray&>(column).storage();
    const auto& group = static_cast<const arrow::StructArray&>(storage);
    return {group, static_cast<const arrow::BinaryArray&>(*group.field(0)),
            static_cast<const arrow::BinaryArray&>(*group.field(1))};
  }
};

}  // namespace

Result<int64_t> VariantSampleRows(const std::map<std::string, std::string>& properties) {
  const auto value_of = [&](const char* key, const char* otherwise) {
    const auto found = properties.find(key);
    return found == properties.end() ? std::string(otherwise) : found->second;
  };
  const std::string rows_text = value_of(kSampleRows, "100");
  int64_t rows = 0;
  const char* const end = rows_text.data() + rows_text.size();
  const auto parsed = std::from_chars(rows_text.data(), end, rows);
  if (parsed.ec != std::errc() || parsed.ptr != end || rows < 1) {
    return InvalidArgument(std::string(kSampleRows) + " is no positive number", rows_text);
  }
  const std::string wanted = value_of(kShredVariants, "false");
  if (wanted == "true") return rows;
  if (wanted == "false") return 0;
  return InvalidArgument(std::string(kShredVariants) + " is neither true nor false", wanted);
}

VariantShredder::VariantShredder(std::unique_ptr<VariantShape> shape) : shape_(std::move(shape)) {
  arrow::FieldVector parts = PartsOf(*shape_);
  parts.insert(parts.begin(), arrow::field("metadata", arrow::binary(), false));
  type_ = arrow::struct_(std::move(parts));
}

VariantShredder::~VariantShredder() = default;

Result<std::unique_ptr<VariantShredder>> VariantShredder::Learn(const arrow::ChunkedArray& sample,
                                                                int64_t rows_max) {
  Seen seen;
  int64_t left = rows_max;
  for (const auto& chunk : sample.chunks()) {
    const Variants variants = Variants::Of(*chunk);
    for (int64_t row = 0; row < chunk->length() && left > 0; ++row, --left) {
      if (variants.group.IsNull(row)) continue;
      const auto metadata = variants.metadata.GetView(row), value = variants.value.GetView(row);
      FIRN_TRY(table::CheckVariant(metadata, value));
      FIRN_ASSIGN(const auto names, VariantMetadata::Parse(metadata));
      FIRN_ASSIGN(const auto root, VariantValue::Parse(value));
      FIRN_TRY(seen.Add(root, names, 0));
    }
  }
  int columns_left = kColumnsMax;
  auto shape = ShapeOf(seen, columns_left);
  if (!shape) return std::unique_ptr<VariantShredder>();
  return std::unique_ptr<VariantShredder>(
      new VariantShredder(std::make_unique<VariantShape>(*std::move(shape))));
}

Result<ArrayPtr> VariantShredder::Shred(const arrow::Array& column) const {
  const Variants variants = Variants::Of(column);
  FIRN_ASSIGN(GroupBuilder builder, GroupBuilder::Make(*shape_));
  arrow::TypedBufferBuilder<bool> valid_rows;
  for (int64_t row = 0; row < column.length(); ++row) {
    FIRN_TRY(FromArrow(valid_rows.Append(variants.group.IsValid(row))));
    if (variants.group.IsNull(row)) {
      FIRN_TRY(builder.AppendAbsent());
      continue;
    }
    const auto metadata = variants.metadata.GetView(row), value = variants.value.GetView(row);
    FIRN_TRY(table::CheckVariant(metadata, value));
    FIRN_ASSIGN(const auto names, VariantMetadata::Parse(metadata));
    FIRN_ASSIGN(const auto root, VariantValue::Parse(value));
    FIRN_TRY(builder.Append(root, names));
  }
  FIRN_ASSIGN(arrow::ArrayVector parts, builder.FinishParts());
  parts.insert(parts.begin(), variants.group.field(0));
  FIRN_ASSIGN(auto valid, FromArrow(valid_rows.Finish()));
  return std::make_shared<arrow::StructArray>(type_, column.length(), std::move(parts),
                                              std::move(valid));
}

Result<ColumnShredding> ColumnShredding::Learn(const arrow::Table& rows, int64_t rows_max) {
  ColumnShredding shredding;
  for (int at = 0; rows_max > 0 && at < rows.num_columns(); ++at) {
    if (!IsVariant(*rows.field(at)->type())) continue;
    FIRN_ASSIGN(auto shredder, VariantShredder::Learn(*rows.column(at), rows_max));
    if (shredder != nullptr) shredding.columns_.push_back({at, std::move(shredder)});
  }
  return shredding;
}

std::shared_ptr<arrow::Schema> ColumnShredding::Apply(const arrow::Schema& layout) const {
  arrow::FieldVector fields = layout.fields();
  for (const Column& column : columns_) {
    auto& field = fields[static_cast<size_t>(column.at)];
    field = field->WithType(column.shredder->type());
  }
  return arrow::schema(std::move(fields), layout.metadata());
}

Result<std::shared_ptr<arrow::RecordBatch>> ColumnShredding::Apply(
    const std::shared_ptr<arrow::RecordBatch>& rows) const {
  if (columns_.empty()) return rows;
  arrow::ArrayVector arrays = rows->columns();
  for (const Column& column : columns_) {
    auto& array = arrays[static_cast<size_t>(column.at)];
    FIRN_ASSIGN(array, column.shredder->Shred(*array));
  }
  return arrow::RecordBatch::Make(Apply(*rows->schema()), rows->num_rows(), std::move(arrays));
}

}  // namespace firn::datafile
