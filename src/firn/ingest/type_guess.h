// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::ingest {

/// What type would hold all values seen so far. A value; grows by what it is shown.
///
/// Whole numbers are long; with fractions double; text that always reads as a date, a timestamp
/// (with zone, or without) or a boolean is that; numbers with leading zeros or beyond 64 bits, and
/// whatever does not go together, is text. No value is no evidence.
class TypeGuess {
 public:
  void SeeNull() { has_null_ = true; }
  /// Text that may stand for anything (CSV).
  void SeeText(std::string_view text);
  /// A JSON string: a date or timestamp, or text.
  void SeeString(std::string_view text);
  void SeeBoolean() { Restrict(kBoolean); }
  void SeeWhole() { Restrict(kLong | kDouble); }
  void SeeFraction() { Restrict(kDouble); }
  /// A JSON object; the guess for one of its members follows from `Member`.
  void SeeObject();
  /// A JSON array; the guess for its items.
  TypeGuess& SeeArray();
  /// What no type but text holds.
  void SeeOther() { Restrict(0); }

  /// The guess for the member `name` of the objects seen.
  TypeGuess& Member(std::string_view name);
  const TypeGuess* FindMember(std::string_view name) const;
  size_t member_count() const { return order_.size(); }
  const std::vector<std::string>& member_names() const { return order_; }

  bool has_null() const { return has_null_; }
  bool has_value() const { return has_value_; }
  /// The guess as a type; `next_id` counts the ids of nested fields.
  table::Type ToType(int32_t& next_id) const;

 private:
  enum : uint16_t {
    kBoolean = 1,
    kLong = 2,
    kDouble = 4,
    kDate = 8,
    kTimestamp = 16,
    kTimestampTz = 32,
    kStruct = 64,
    kList = 128,
    kAll = 255
  };

  void Restrict(uint16_t possible);

  uint16_t possible_ = kAll;
  bool has_value_ = false;
  bool has_null_ = false;
  std::map<std::string, TypeGuess, std::less<>> members_;
  std::vector<std::string> order_;  // Members by first appearance.
  std::shared_ptr<TypeGuess> item_;
};

/// Builds the schema of a table whose rows are the objects that `row` has seen; every column is
/// optional. Errors: `kInvalidArgument` where no member was seen, or one has an empty name.
Result<table::Schema> SchemaOf(const TypeGuess& row);

}  // namespace firn::ingest
