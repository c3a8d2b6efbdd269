// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/base/uuid.h"
#include "firn/table/decimal.h"
#include "firn/table/type.h"

namespace firn::table {

/// The value of a struct whose fields all have their own defaults: "{}".
struct FieldDefaults {
  friend auto operator<=>(const FieldDefaults&, const FieldDefaults&) = default;
};

/// A value of a primitive type, never null; or, as the default of a struct, `FieldDefaults`.
/// Immutable, thread-safe.
class Literal {
 public:
  /// What holds which type: bool; int32_t: int, date; int64_t: long, time, timestamps; float;
  /// double; Int128: decimal (unscaled); std::string: string, fixed, binary; Uuid.
  using Value = std::variant<bool, int32_t, int64_t, float, double, Int128, std::string, firn::Uuid,
                             FieldDefaults>;

  static Literal Boolean(bool value) { return {Type::Boolean(), value}; }
  static Literal Int(int32_t value) { return {Type::Int(), value}; }
  static Literal Long(int64_t value) { return {Type::Long(), value}; }
  static Literal Float(float value) { return {Type::Float(), value}; }
  static Literal Double(double value) { return {Type::Double(), value}; }
  static Literal Date(int32_t days) { return {Type::Date(), days}; }
  static Literal Time(int64_t micros) { return {Type::Time(), micros}; }
  static Literal Timestamp(int64_t micros) { return {Type::Timestamp(), micros}; }
  static Literal TimestampTz(int64_t micros) { return {Type::TimestampTz(), micros}; }
  static Literal TimestampNs(int64_t nanos) { return {Type::TimestampNs(), nanos}; }
  static Literal TimestampTzNs(int64_t nanos) { return {Type::TimestampTzNs(), nanos}; }
  static Literal String(std::string value) { return {Type::String(), std::move(value)}; }
  static Literal Uuid(const firn::Uuid& value) { return {Type::Uuid(), value}; }
  static Literal Binary(std::string bytes) { return {Type::Binary(), std::move(bytes)}; }
  static Literal Fixed(std::string bytes);
  /// The default "{}" of a struct (spec, "Default values").
  static Literal StructOfDefaults();
  static Literal Decimal(Int128 unscaled, int32_t precision, int32_t scale);

  const Type& type() const { return type_; }
  const Value& value() const { return value_; }
  bool boolean() const { return std::get<bool>(value_); }
  int32_t int32() const { return std::get<int32_t>(value_); }
  int64_t int64() const { return std::get<int64_t>(value_); }
  float float32() const { return std::get<float>(value_); }
  double float64() const { return std::get<double>(value_); }
  Int128 decimal() const { return std::get<Int128>(value_); }
  const std::string& bytes() const { return std::get<std::string>(value_); }
  const firn::Uuid& uuid() const { return std::get<firn::Uuid>(value_); }

  bool is_nan() const;
  bool is_field_defaults() const { return std::holds_alternative<FieldDefaults>(value_); }

  /// Renders the value as manifests store bounds (spec, Appendix D, binary).
  std::string ToBytes() const;
  /// Reads what `ToBytes` wrote. Takes the shorter bounds of a column that was promoted since:
  /// 4 bytes under long (an int) and double (a float), and under timestamps (a date).
  /// Errors: `kCorrupt` when the length fits no such type; `kUnsupported` for types without bounds.
  static Result<Literal> FromBytes(const Type& type, std::string_view bytes);

  /// Renders the value as metadata stores defaults (spec, Appendix D, JSON).
  Json ToJson() const;
  /// Reads what `ToJson` wrote. Errors: `kCorrupt`.
  static Result<Literal> FromJson(const Type& type, const Json& json);

  /// Renders the value for people: 2025-11-05, 12.34, plain text; binary in hexadecimal.
  std::string ToString() const;

  /// Converts to `type` where no information is lost: widening, int to decimal, text to date,
  /// timestamp or uuid.
  /// Errors: `kInvalidArgument` where there is no such conversion; `kResourceExhausted` where the
  /// value is out of range of `type` (the message tells on which side).
  Result<Literal> CastTo(const Type& type) const;

  friend bool operator==(const Literal& left, const Literal& right);

 private:
  Literal(Type type, Value value) : type_(std::move(type)), value_(std::move(value)) {}

  Type type_;
  Value value_;
};

/// Orders two values of one type: text by bytes (which is code point order), uuid and binary
/// unsigned, -0.0 equal to 0.0. NaN compares with nothing.
std::partial_ordering Compare(const Literal& left, const Literal& right);

}  // namespace firn::table
