// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/manifest_columns.h"

namespace firn::table {

/// Remembers the manifests read last, decoded, by path, within a bound of bytes. A manifest never
/// changes, so nothing is ever stale. Thread-safe.
class ManifestCache {
 public:
  explicit ManifestCache(size_t bytes_max = size_t{256} << 20) : bytes_max_(bytes_max) {}

  /// The live entries of `manifest` with at least the facts of `columns`. Reads it where it is not
  /// remembered, or was without one of these columns; then those it had are read again with it.
  /// Errors: those of `ManifestColumns::Read`.
  Result<std::shared_ptr<const ManifestColumns>> Get(io::FileIO& io, const ManifestFile& manifest,
                                                     const PartitionSpec& spec,
                                                     const std::vector<NestedField>& columns);

  /// How much memory what is remembered takes.
  size_t memory_bytes() const;

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<const ManifestColumns> columns;
  };

  std::shared_ptr<const ManifestColumns> Find(const ManifestFile& manifest);
  void Insert(const std::string& path, std::shared_ptr<const ManifestColumns> columns);
  void Forget(std::list<Entry>::iterator entry);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;
  std::list<Entry> entries_;  // Used last first.
  std::map<std::string, std::list<Entry>::iterator, std::less<>> by_path_;
};

}  // namespace firn::table
