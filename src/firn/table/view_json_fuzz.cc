// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as view metadata. What is read must be written and read again as the same.

#include "firn/table/view_json.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  const auto view = table::ParseViewMetadata(bytes, {size_t{1} << 20, 100, 100'000});
  if (!view) return;
  const auto again = table::ParseViewMetadata(table::ViewMetadataToJson(*view).Dump());
  FIRN_ASSERT(again.has_value());
  FIRN_ASSERT(table::ViewMetadataToJson(*again) == table::ViewMetadataToJson(*view));
}

}  // namespace firn
