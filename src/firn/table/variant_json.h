// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/json.h"
#include "firn/base/result.h"

namespace firn::table {

/// Renders a variant as JSON text for people: numbers in exact digits, times as ISO 8601, uuids as
/// text, binary in base64, numbers that JSON has no word for (NaN) as text.
/// Errors: those of `CheckVariant`.
Result<std::string> VariantToJson(std::string_view metadata, std::string_view value);

/// The bytes of a variant.
struct VariantBytes {
  std::string metadata;
  std::string value;
};

/// Makes a variant of JSON: whole numbers in the smallest type (above 64 bits signed a decimal),
/// others as double, text as string.
VariantBytes VariantFromJson(const Json& json);

}  // namespace firn::table
