// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "firn/table/metadata.h"

namespace firn::catalog {

/// Remembers the metadata read last, by location. A metadata file never changes, so nothing is ever
/// stale. Thread-safe.
class MetadataCache {
 public:
  explicit MetadataCache(size_t entries_max = 128) : entries_max_(entries_max) {}

  /// Null where it is not remembered.
  std::shared_ptr<const table::TableMetadata> Find(const std::string& location);
  void Insert(const std::string& location, std::shared_ptr<const table::TableMetadata> metadata);
  /// Drops what a newer file replaced: hardly anybody asks for it again.
  void Forget(const std::string& location);

 private:
  struct Entry {
    std::string location;
    std::shared_ptr<const table::TableMetadata> metadata;
  };

  size_t entries_max_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // Used last first.
  std::map<std::string, std::list<Entry>::iterator, std::less<>> by_location_;
};

}  // namespace firn::catalog
