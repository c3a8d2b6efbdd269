// SPDX-License-Identifier: Apache-2.0

#include "firn/table/type.h"

#include <array>
#include <charconv>
#include <optional>

#include "firn/table/format_rules.h"
#include "firn/table/nested_field.h"

namespace firn::table {
namespace {

struct NamedType {
  TypeId id;
  std::string_view name;
};

constexpr std::array kNamedTypes = {
    NamedType{TypeId::kBoolean, "boolean"},
    NamedType{TypeId::kInt, "int"},
    NamedType{TypeId::kLong, "long"},
    NamedType{TypeId::kFloat, "float"},
    NamedType{TypeId::kDouble, "double"},
    NamedType{TypeId::kDate, "date"},
    NamedType{TypeId::kTime, "time"},
    NamedType{TypeId::kTimestamp, "timestamp"},
    NamedType{TypeId::kTimestampTz, "timestamptz"},
    NamedType{TypeId::kTimestampNs, "timestamp_ns"},
    NamedType{TypeId::kTimestampTzNs, "timestamptz_ns"},
    NamedType{TypeId::kString, "string"},
    NamedType{TypeId::kUuid, "uuid"},
    NamedType{TypeId::kBinary, "binary"},
    NamedType{TypeId::kUnknown, "unknown"},
    NamedType{TypeId::kVariant, "variant"},
};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

std::optional<int32_t> ParseCount(std::string_view text) {
  text = Trim(text);
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// The text between `open` and `close` after `name`: ("fixed[16]", "fixed", '[', ']') is "16".
std::optional<std::string_view> Parameters(std::string_view text, std::string_view name, char open,
                                           char close) {
  if (!text.starts_with(name)) return std::nullopt;
  text = Trim(text.substr(name.size()));
  if (text.size() < 2 || text.front() != open || text.back() != close) return std::nullopt;
  return text.substr(1, text.size() - 2);
}

std::optional<Type> ParseDecimalType(std::string_view parameters) {
  const size_t comma = parameters.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto precision = ParseCount(parameters.substr(0, comma));
  const auto scale = ParseCount(parameters.substr(comma + 1));
  if (!precision || !scale || *precision < 1 || *precision > kDecimalPrecisionMax ||
      *scale > *precision) {
    return std::nullopt;
  }
  return Type::Decimal(*precision, *scale);
}

constexpr std::array kEdgeAlgorithms = {std::string_view("spherical"), std::string_view("vincenty"),
                                        std::string_view("thomas"), std::string_view("andoyer"),
                                        std::string_view("karney")};

std::optional<EdgeAlgorithm> ParseEdges(std::string_view text) {
  for (size_t at = 0; at < kEdgeAlgorithms.size(); ++at) {
    if (kEdgeAlgorithms[at] == text) return static_cast<EdgeAlgorithm>(at);
  }
  return std::nullopt;
}

// "geometry", "geometry(C)", "geography(C)", "geography(C, A)".
std::optional<Type> ParseGeoType(std::string_view text) {
  if (text == "geometry") return Type::Geometry();
  if (text == "geography") return Type::Geography();
  if (const auto inside = Parameters(text, "geometry", '(', ')')) {
    if (Trim(*inside).empty()) return std::nullopt;
    return Type::Geometry(Trim(*inside));
  }
  const auto inside = Parameters(text, "geography", '(', ')');
  if (!inside) return std::nullopt;
  const size_t comma = inside->rfind(',');
  const bool has_edges = comma != std::string_view::npos;
  const std::string_view crs = Trim(inside->substr(0, comma));
  const auto edges = has_edges ? ParseEdges(Trim(inside->substr(comma + 1)))
                               : std::optional(EdgeAlgorithm::kSpherical);
  if (crs.empty() || !edges) return std::nullopt;
  return Type::Geography(crs, *edges);
}

std::string FieldsToString(const std::vector<NestedField>& fields) {
  std::string text = "struct<";
  for (const NestedField& field : fields) {
    if (&field != &fields.front()) text += ", ";
    text += field.id.ToString() + ": " + field.name + ": " +
            (field.required ? "required " : "optional ") + field.type.ToString();
  }
  return text + ">";
}

}  // namespace

std::string_view ToString(EdgeAlgorithm algorithm) {
  return kEdgeAlgorithms[static_cast<size_t>(algorithm)];
}

Type Type::Decimal(int32_t precision, int32_t scale) {
  FIRN_ASSERT(precision >= 1 && precision <= kDecimalPrecisionMax && scale >= 0 &&
              scale <= precision);
  Type type(TypeId::kDecimal);
  type.first_ = precision;
  type.second_ = scale;
  return type;
}

Type Type::Fixed(int32_t length_bytes) {
  FIRN_ASSERT(length_bytes >= 0);
  Type type(TypeId::kFixed);
  type.first_ = length_bytes;
  return type;
}

Type Type::Geometry(std::string_view crs) {
  Type type(TypeId::kGeometry);
  if (crs != kDefaultCrs) type.crs_ = crs;
  return type;
}

Type Type::Geography(std::string_view crs, EdgeAlgorithm edges) {
  Type type(TypeId::kGeography);
  if (crs != kDefaultCrs) type.crs_ = crs;
  type.first_ = static_cast<int32_t>(edges);
  return type;
}

std::string_view Type::crs() const {
  return crs_.empty() ? kDefaultCrs : std::string_view(crs_);
}

Type Type::Struct(std::vector<NestedField> fields) {
  Type type(TypeId::kStruct);
  type.fields_ = std::make_shared<const std::vector<NestedField>>(std::move(fields));
  return type;
}

Type Type::List(NestedField element) {
  element.name = "element";
  Type type(TypeId::kList);
  type.fields_ = std::make_shared<const std::vector<NestedField>>(1, std::move(element));
  return type;
}

Type Type::Map(NestedField key, NestedField value) {
  key.name = "key";
  key.required = true;
  value.name = "value";
  std::vector<NestedField> fields;
  fields.push_back(std::move(key));
  fields.push_back(std::move(value));
  Type type(TypeId::kMap);
  type.fields_ = std::make_shared<const std::vector<NestedField>>(std::move(fields));
  return type;
}

const std::vector<NestedField>& Type::fields() const {
  static const std::vector<NestedField> kNone;
  return fields_ ? *fields_ : kNone;
}

const NestedField& Type::element() const {
  FIRN_ASSERT(id_ == TypeId::kList);
  return fields().front();
}

const NestedField& Type::key() const {
  FIRN_ASSERT(id_ == TypeId::kMap);
  return fields().front();
}

const NestedField& Type::value() const {
  FIRN_ASSERT(id_ == TypeId::kMap);
  return fields().back();
}

Result<Type> Type::ParsePrimitive(std::string_view text) {
  for (const NamedType& named : kNamedTypes) {
    if (named.name == text) return Type(named.id);
  }
  if (const auto inside = Parameters(text, "decimal", '(', ')')) {
    if (const auto type = ParseDecimalType(*inside)) return *type;
  }
  if (const auto inside = Parameters(text, "fixed", '[', ']')) {
    if (const auto length = ParseCount(*inside)) return Type::Fixed(*length);
  }
  if (const auto geo = ParseGeoType(text)) return *geo;
  return InvalidArgument("not a type", text);
}

std::string Type::ToString() const {
  for (const NamedType& named : kNamedTypes) {
    if (named.id == id_) return std::string(named.name);
  }
  switch (id_) {
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(first_) + ", " + std::to_string(second_) + ")";
    case TypeId::kFixed:
      return "fixed[" + std::to_string(first_) + "]";
    case TypeId::kGeometry:
      return crs_.empty() ? "geometry" : "geometry(" + crs_ + ")";
    case TypeId::kGeography:
      if (edges() != EdgeAlgorithm::kSpherical) {
        return "geography(" + std::string(crs()) + ", " +
               std::string(firn::table::ToString(edges())) + ")";
      }
      return crs_.empty() ? "geography" : "geography(" + crs_ + ")";
    case TypeId::kList:
      return "list<" + element().type.ToString() + ">";
    case TypeId::kMap:
      return "map<" + key().type.ToString() + ", " + value().type.ToString() + ">";
    default:
      return FieldsToString(fields());
  }
}

bool operator==(const Type& left, const Type& right) {
  if (left.id_ != right.id_ || left.first_ != right.first_ || left.second_ != right.second_ ||
      left.crs_ != right.crs_) {
    return false;
  }
  return left.fields_ == right.fields_ || left.fields() == right.fields();
}

int FormatVersionOf(TypeId id) {
  switch (id) {
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
    case TypeId::kUnknown:
    case TypeId::kVariant:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return 3;
    default:
      return 1;
  }
}

bool IsPromotionAllowed(const Type& from, const Type& to, int format_version) {
  if (from == to) return true;
  const bool wide = RulesOf(format_version).wide_promotions;
  switch (from.id()) {
    case TypeId::kInt:
      return to.id() == TypeId::kLong;
    case TypeId::kFloat:
      return to.id() == TypeId::kDouble;
    case TypeId::kDecimal:
      return to.id() == TypeId::kDecimal && to.scale() == from.scale() &&
             to.precision() >= from.precision();
    case TypeId::kDate:
      return wide && (to.id() == TypeId::kTimestamp || to.id() == TypeId::kTimestampNs);
    case TypeId::kUnknown:
      return wide;
    default:
      return false;
  }
}

}  // namespace firn::table
