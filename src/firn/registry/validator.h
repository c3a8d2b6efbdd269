// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/registry/pattern.h"

namespace firn::registry {

/// A rule that a value breaks.
struct Violation {
  std::string path;     ///< "tokens.prompt", "files[3]"; empty: the value itself.
  std::string keyword;  ///< Of the schema: "required", "type", "pattern".
  std::string message;  ///< For people; names the value.
};

/// Holds values against a JSON Schema (draft-07). Not thread-safe.
///
/// All keywords of the draft are known; `$ref` only within the document. Formats held: date, time,
/// date-time, uuid, email, ipv4, uri; others are words for people. `x-iceberg-type` is not held: a
/// table's writer does that.
class Validator {
 public:
  /// Errors: `kInvalidArgument` for what is no schema, naming the place in it; those of `Pattern`.
  static Result<Validator> Compile(Json schema);

  /// What a value breaks, the first of each place; empty where it is right.
  /// Errors: `kResourceExhausted` where schemas refer to each other without an end.
  Result<std::vector<Violation>> Validate(const Json& value) const;

 private:
  explicit Validator(Json schema) : schema_(std::move(schema)) {}

  Json schema_;
  std::map<std::string, Pattern, std::less<>> patterns_;
};

}  // namespace firn::registry
