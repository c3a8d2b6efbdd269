// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "firn/base/result.h"

namespace firn {

/// Bounds on text that somebody else wrote.
struct JsonLimits {
  size_t depth_max = 128;
  size_t size_bytes_max = size_t{1} << 30;
  size_t values_max = size_t{1} << 26;  ///< Some 70 bytes each, however short the text.
};

/// A JSON value (RFC 8259) for configuration and metadata; bulk data goes through simdjson instead.
/// Objects keep the order of their members, so what was read is written in the same order.
/// Whole numbers stay exact: they are `int64_t`, or `uint64_t` above its range.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}                                       // NOLINT
  Json(bool value) : value_(value) {}                           // NOLINT
  Json(int value) : value_(static_cast<int64_t>(value)) {}      // NOLINT
  Json(int64_t value) : value_(value) {}                        // NOLINT
  Json(uint64_t value) : value_(value) {}                       // NOLINT
  Json(double value) : value_(value) {}                         // NOLINT
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT
  Json(std::string value) : value_(std::move(value)) {}         // NOLINT
  Json(Array value) : value_(std::move(value)) {}               // NOLINT
  Json(Object value) : value_(std::move(value)) {}              // NOLINT

  /// Reads one value. Errors: `kInvalidArgument` with the byte where it went wrong;
  /// `kResourceExhausted` over a limit. Of equal keys in one object the last counts.
  static Result<Json> Parse(std::string_view text, JsonLimits limits = {});

  /// Writes the value; `indent` < 0 is one line. Ill-formed UTF-8 is replaced by U+FFFD.
  std::string Dump(int indent = -1) const;

  bool is_null() const { return value_.index() == 0; }
  const bool* as_bool() const { return std::get_if<bool>(&value_); }
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  Array* as_array() { return std::get_if<Array>(&value_); }
  Object* as_object() { return std::get_if<Object>(&value_); }
  bool is_number() const;
  /// The whole number this is, if it is one that fits.
  Result<int64_t> ToInt64() const;
  /// The number this is, as near as a double comes.
  Result<double> ToDouble() const;

  /// Finds a member of an object; null where this is no object or has none of that name.
  const Json* Find(std::string_view key) const;
  Json* Find(std::string_view key);
  /// Sets a member, making this an object first if it is null.
  Json& Set(std::string_view key, Json value);
  /// Removes a member and returns it; null where there is none.
  Json Take(std::string_view key);

  /// Members that must be there, with the type named. Errors: `kCorrupt` naming the key.
  Result<std::string> GetString(std::string_view key) const;
  Result<int64_t> GetInt64(std::string_view key) const;
  Result<bool> GetBool(std::string_view key) const;
  Result<const Array*> GetArray(std::string_view key) const;
  Result<const Object*> GetObject(std::string_view key) const;

  /// The text of a number, exact where it is whole.
  std::string NumberTextOf() const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

}  // namespace firn
