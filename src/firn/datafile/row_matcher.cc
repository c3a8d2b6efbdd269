// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/row_matcher.h"

namespace firn::datafile {

using table::ChangeType;

void RowMatcher::AddInserted(const Hash128& key, bool updated) {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return;
  ++found->second.inserted;
  found->second.updated |= updated;
}

std::optional<ChangeType> RowMatcher::TypeOfDeleted(const Hash128& key) {
  Sides& sides = rows_[key];
  if (sides.deleted_asked++ >= sides.matched()) return ChangeType::kDelete;
  return sides.updated ? std::optional(ChangeType::kUpdateBefore) : std::nullopt;
}

std::optional<ChangeType> RowMatcher::TypeOfInserted(const Hash128& key) {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return ChangeType::kInsert;
  Sides& sides = found->second;
  if (sides.inserted_asked++ >= sides.matched()) return ChangeType::kInsert;
  return sides.updated ? std::optional(ChangeType::kUpdateAfter) : std::nullopt;
}

}  // namespace firn::datafile
