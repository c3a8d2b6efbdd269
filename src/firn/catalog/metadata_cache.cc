// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/metadata_cache.h"

#include <utility>

namespace firn::catalog {

std::shared_ptr<const table::TableMetadata> MetadataCache::Find(const std::string& location) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_location_.find(location);
  if (found == by_location_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->metadata;
}

void MetadataCache::Insert(const std::string& location,
                           std::shared_ptr<const table::TableMetadata> metadata) {
  const std::scoped_lock lock(mutex_);
  if (by_location_.contains(location)) return;
  entries_.push_front({location, std::move(metadata)});
  by_location_[location] = entries_.begin();
  if (entries_.size() <= entries_max_) return;
  by_location_.erase(entries_.back().location);
  entries_.pop_back();
}

void MetadataCache::Forget(const std::string& location) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_location_.find(location);
  if (found == by_location_.end()) return;
  entries_.erase(found->second);
  by_location_.erase(found);
}

}  // namespace firn::catalog
