// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::table {

struct NestedField;

/// The types of Iceberg, format versions 1 to 3 (spec, "Schemas and Data Types").
enum class TypeId : uint8_t {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,         ///< Days since 1970-01-01.
  kTime,         ///< Microseconds since midnight.
  kTimestamp,    ///< Microseconds, without zone.
  kTimestampTz,  ///< Microseconds since the epoch in UTC.
  kTimestampNs,
  kTimestampTzNs,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kUnknown,
  kVariant,
  kGeometry,
  kGeography,
  kStruct,
  kList,
  kMap,
};

/// How edges between the points of a geography run (spec, "Edge-Interpolation Algorithm").
enum class EdgeAlgorithm : uint8_t { kSpherical, kVincenty, kThomas, kAndoyer, kKarney };

/// The name of an algorithm: "spherical".
std::string_view ToString(EdgeAlgorithm algorithm);

/// The coordinate reference system of geo types that name none.
inline constexpr std::string_view kDefaultCrs = "OGC:CRS84";

/// A type as a value: cheap to copy, immutable, compared by structure.
///
/// Nested types own their fields. The recursion passes through `NestedField` (nested_field.h),
/// which must be included to look inside.
class Type {
 public:
  Type() = default;  ///< boolean
  /// Makes a type that takes no parameters. Not for decimal, fixed and nested types.
  explicit Type(TypeId id) : id_(id) {}

  static Type Boolean() { return Type(TypeId::kBoolean); }
  static Type Int() { return Type(TypeId::kInt); }
  static Type Long() { return Type(TypeId::kLong); }
  static Type Float() { return Type(TypeId::kFloat); }
  static Type Double() { return Type(TypeId::kDouble); }
  static Type Date() { return Type(TypeId::kDate); }
  static Type Time() { return Type(TypeId::kTime); }
  static Type Timestamp() { return Type(TypeId::kTimestamp); }
  static Type TimestampTz() { return Type(TypeId::kTimestampTz); }
  static Type TimestampNs() { return Type(TypeId::kTimestampNs); }
  static Type TimestampTzNs() { return Type(TypeId::kTimestampTzNs); }
  static Type String() { return Type(TypeId::kString); }
  static Type Uuid() { return Type(TypeId::kUuid); }
  static Type Binary() { return Type(TypeId::kBinary); }
  static Type Decimal(int32_t precision, int32_t scale);
  static Type Fixed(int32_t length_bytes);
  static Type Unknown() { return Type(TypeId::kUnknown); }
  static Type Variant() { return Type(TypeId::kVariant); }
  static Type Geometry(std::string_view crs = kDefaultCrs);
  static Type Geography(std::string_view crs = kDefaultCrs,
                        EdgeAlgorithm edges = EdgeAlgorithm::kSpherical);
  static Type Struct(std::vector<NestedField> fields);
  /// Makes a list; `element` is renamed "element".
  static Type List(NestedField element);
  /// Makes a map; the fields are renamed "key" and "value", the key made required.
  static Type Map(NestedField key, NestedField value);

  TypeId id() const { return id_; }
  bool is_primitive() const { return id_ < TypeId::kStruct; }
  bool is_nested() const { return !is_primitive(); }
  bool is_geo() const { return id_ == TypeId::kGeometry || id_ == TypeId::kGeography; }
  /// Values of unknown, variant and geo types have no literals: no defaults, no partitions.
  bool has_literals() const { return is_primitive() && id_ < TypeId::kUnknown; }
  int32_t precision() const { return first_; }     ///< Of a decimal.
  int32_t scale() const { return second_; }        ///< Of a decimal.
  int32_t length_bytes() const { return first_; }  ///< Of a fixed.
  std::string_view crs() const;                    ///< Of a geo type, as written or the default.
  EdgeAlgorithm edges() const { return static_cast<EdgeAlgorithm>(first_); }  ///< Of a geography.

  /// The fields of a struct, [element] of a list, [key, value] of a map; empty for primitives.
  const std::vector<NestedField>& fields() const;
  const NestedField& element() const;  ///< Of a list.
  const NestedField& key() const;      ///< Of a map.
  const NestedField& value() const;    ///< Of a map.

  /// Reads the name of a primitive type: "decimal(9, 2)", "fixed[16]", "timestamptz",
  /// "geography(srid:4326, karney)".
  /// Errors: `kInvalidArgument` for anything else.
  static Result<Type> ParsePrimitive(std::string_view text);

  /// Names primitives as the spec does ("decimal(9, 2)"); nested types read
  /// "struct<1: a: required int, ...>", "list<string>", "map<string, int>".
  std::string ToString() const;

  friend bool operator==(const Type& left, const Type& right);

 private:
  TypeId id_ = TypeId::kBoolean;
  int32_t first_ = 0;
  int32_t second_ = 0;
  std::string crs_;  // Of geometry and geography; empty for the default.
  std::shared_ptr<const std::vector<NestedField>> fields_;
};

/// The lowest format version that knows the type: 3 for nanoseconds, variant, unknown and geo.
int FormatVersionOf(TypeId id);

/// Tells whether a column of a table of `format_version` may change from `from` to `to` (spec,
/// "Schema Evolution"); equal types may.
bool IsPromotionAllowed(const Type& from, const Type& to, int format_version);

}  // namespace firn::table
