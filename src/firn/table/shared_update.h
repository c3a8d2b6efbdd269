// SPDX-License-Identifier: Apache-2.0
//
// Updates that tables and views have in common, for `ApplyUpdates` and `ApplyViewUpdates`.
#pragma once

#include <algorithm>
#include <vector>

#include "firn/table/update.h"

namespace firn::table::internal {

/// Adds a schema under the next free id, unless one of the same columns is there. Returns its id.
inline SchemaId AddOrFindSchema(const Schema& added, std::vector<Schema>& schemas) {
  SchemaId next{};
  for (const Schema& schema : schemas) {
    if (schema.SameColumns(added)) return schema.id();
    next = std::max(next, SchemaId(schema.id().value + 1));
  }
  schemas.push_back(added.WithId(next));
  return next;
}

template <typename Metadata>
Status Apply(const SetLocation& update, Metadata& metadata) {
  if (update.location.empty()) return InvalidArgument("location is empty");
  metadata.location = update.location;
  return Ok();
}

template <typename Metadata>
Status Apply(const SetProperties& update, Metadata& metadata) {
  for (const auto& [key, value] : update.updates) {
    metadata.properties.insert_or_assign(key, value);
  }
  return Ok();
}

template <typename Metadata>
Status Apply(const RemoveProperties& update, Metadata& metadata) {
  for (const std::string& key : update.removals) {
    metadata.properties.erase(key);
  }
  return Ok();
}

}  // namespace firn::table::internal
