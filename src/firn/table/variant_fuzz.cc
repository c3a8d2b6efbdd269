// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a variant: the dictionary, then the value, as the first byte says. What passes the
// check can be rendered, and JSON made of it makes a variant that says the same.

#include "firn/base/json.h"
#include "firn/table/variant.h"
#include "firn/table/variant_json.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  const auto metadata = table::VariantMetadata::Parse(bytes);
  if (!metadata) return;
  const std::string_view value = bytes.substr(metadata->bytes().size());
  const auto text = table::VariantToJson(metadata->bytes(), value);
  FIRN_ASSERT(text.has_value() == table::CheckVariant(metadata->bytes(), value).ok());
  if (!text) return;
  const auto json = Json::Parse(*text, {size_t{2} * table::kVariantDepthMax});
  FIRN_ASSERT(json.has_value());
  const table::VariantBytes again = table::VariantFromJson(*json);
  FIRN_ASSERT(table::CheckVariant(again.metadata, again.value).ok());
}

}  // namespace firn
