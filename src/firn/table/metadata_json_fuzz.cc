// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as table metadata. What is read must be written and read again as the same.

#include "firn/table/metadata_json.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  const auto metadata = table::ParseMetadata(bytes, {1 << 20, 100});
  if (!metadata) return;
  const auto again = table::ParseMetadata(table::WriteMetadata(*metadata));
  FIRN_ASSERT(again.has_value());
  FIRN_ASSERT(table::WriteMetadata(*again) == table::WriteMetadata(*metadata));
}

}  // namespace firn
