// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/decimal.h"

namespace firn::table {

// Variant values (Parquet's "Variant Binary Encoding"): a value, and the dictionary of the field
// names in it. A nested value is itself a value under the same dictionary. Views refer to bytes
// that outlive them.

/// How a variant value is laid out: its lowest two bits.
enum class VariantKind : uint8_t { kPrimitive, kShortString, kObject, kArray };

/// The types of primitive variant values, by their ids.
enum class VariantPrimitive : uint8_t {
  kNull,
  kTrue,
  kFalse,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kDouble,
  kDecimal4,
  kDecimal8,
  kDecimal16,
  kDate,
  kTimestampTz,
  kTimestamp,
  kFloat,
  kBinary,
  kString,
  kTime,
  kTimestampTzNs,
  kTimestampNs,
  kUuid,
};

/// How deep values may nest before readers give up.
inline constexpr int kVariantDepthMax = 128;

/// The dictionary of a variant.
class VariantMetadata {
 public:
  /// Errors: `kCorrupt` for a broken dictionary; `kUnsupported` for a later version.
  static Result<VariantMetadata> Parse(std::string_view bytes);

  size_t size() const { return size_; }
  /// The bytes that are the dictionary; what follows them is not looked at.
  std::string_view bytes() const { return bytes_; }
  /// Errors: `kCorrupt` for an id that is not in the dictionary.
  Result<std::string_view> Name(size_t id) const;
  /// The id of a name; unset where it is not in the dictionary.
  std::optional<size_t> Find(std::string_view name) const;

 private:
  size_t Offset(size_t at) const;
  std::string_view NameAt(size_t id) const;

  std::string_view bytes_;
  std::string_view names_;
  size_t size_ = 0;
  int width_ = 1;
  bool sorted_ = false;
};

/// One value. Cheap to copy.
class VariantValue {
 public:
  /// Looks at the value's own layout, not at what it holds. `bytes` may go on behind it.
  /// Errors: `kCorrupt`; `kUnsupported` for a primitive type of a later version.
  static Result<VariantValue> Parse(std::string_view bytes);

  VariantKind kind() const { return kind_; }
  bool is_object() const { return kind_ == VariantKind::kObject; }
  bool is_array() const { return kind_ == VariantKind::kArray; }
  bool is_string() const;
  VariantPrimitive primitive() const { return primitive_; }  ///< A short string is a string.
  /// A primitive without its header (and length); of a decimal, behind its scale.
  std::string_view payload() const { return payload_; }
  int scale() const { return scale_; }               ///< Of a decimal.
  size_t size() const { return size_; }              ///< Elements of an array or object.
  std::string_view bytes() const { return bytes_; }  ///< Exactly this value.

  /// An element of an array, or the value of an object's field. Errors: `kCorrupt`.
  Result<VariantValue> Element(size_t at) const;
  /// The name of an object's field. Errors: `kCorrupt`.
  Result<std::string_view> FieldName(size_t at, const VariantMetadata& metadata) const;

 private:
  static Result<VariantValue> ParsePrimitive(std::string_view bytes);
  static Result<VariantValue> ParseContainer(std::string_view bytes, VariantKind kind);

  VariantKind kind_ = VariantKind::kPrimitive;
  VariantPrimitive primitive_ = VariantPrimitive::kNull;
  std::string_view bytes_, payload_;
  int scale_ = 0;
  size_t size_ = 0;
  std::string_view ids_, offsets_, values_;
  int id_width_ = 0, offset_width_ = 0;
};

/// Checks a value and all it holds: every offset and name, no value twice in one container (so work
/// is bounded by the bytes), depth at most `kVariantDepthMax`.
/// Errors: `kCorrupt`; `kUnsupported` for later types; `kResourceExhausted` over the depth.
Status CheckVariant(std::string_view metadata, std::string_view value);

// Encoders of values.

/// `payload` is what follows the header of the type.
std::string EncodeVariantPrimitive(VariantPrimitive type, std::string_view payload = {});
std::string EncodeVariantString(std::string_view text);
std::string EncodeVariantBinary(std::string_view bytes);
std::string EncodeVariantInteger(int64_t value);  ///< In the smallest type.
/// In the type that `precision` digits take.
std::string EncodeVariantDecimal(Int128 unscaled, int32_t precision, int32_t scale);
std::string EncodeVariantArray(const std::vector<std::string>& elements);
/// Errors: `kCorrupt` for a name that the dictionary lacks.
Result<std::string> EncodeVariantObject(const VariantMetadata& metadata,
                                        const std::map<std::string, std::string>& fields);
/// The dictionary of these names, which are unique and sorted.
std::string EncodeVariantMetadata(const std::vector<std::string>& names);

}  // namespace firn::table
