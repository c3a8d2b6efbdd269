// SPDX-License-Identifier: Apache-2.0

#include "firn/table/unknown_fields.h"

#include <algorithm>

namespace firn::table {

Json UnknownFields(const Json& object, std::initializer_list<std::string_view> known) {
  Json::Object left;
  if (object.as_object() != nullptr) {
    for (const auto& [key, value] : *object.as_object()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) left.emplace_back(key, value);
    }
  }
  return left.empty() ? Json() : Json(std::move(left));
}

void PutUnknown(Json& object, const Json& unknown) {
  if (unknown.as_object() == nullptr) return;
  for (const auto& [key, value] : *unknown.as_object()) {
    object.Set(key, value);
  }
}

}  // namespace firn::table
