// SPDX-License-Identifier: Apache-2.0

#include "firn/table/manifest_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace firn::table {
namespace {

bool Has(const ManifestColumns& manifest, const NestedField& column) {
  const FactsColumn* found = manifest.FindColumn(column.id);
  return found != nullptr && found->type() == column.type;
}

// The columns asked for, and those that were kept before under other ids.
std::vector<NestedField> Union(const std::vector<NestedField>& wanted,
                               const ManifestColumns* known) {
  std::vector<NestedField> all = wanted;
  if (known == nullptr) return all;
  for (const FactsColumn& column : known->columns()) {
    const bool asked = std::any_of(wanted.begin(), wanted.end(), [&](const NestedField& field) {
      return field.id == column.field();
    });
    if (!asked) all.push_back(NestedField::Optional(column.field().value, "", column.type()));
  }
  return all;
}

}  // namespace

Result<std::shared_ptr<const ManifestColumns>> ManifestCache::Get(
    io::FileIO& io, const ManifestFile& manifest, const PartitionSpec& spec,
    const std::vector<NestedField>& columns) {
  const auto known = Find(manifest);
  const bool complete =
      known != nullptr && std::all_of(columns.begin(), columns.end(),
                                      [&](const auto& column) { return Has(*known, column); });
  if (complete) return known;
  FIRN_ASSIGN(auto read, ManifestColumns::Read(io, manifest, spec, Union(columns, known.get())));
  Insert(manifest.path, read);
  return read;
}

size_t ManifestCache::memory_bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

std::shared_ptr<const ManifestColumns> ManifestCache::Find(const ManifestFile& manifest) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_path_.find(manifest.path);
  if (found == by_path_.end() || !found->second->columns->IsOf(manifest)) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->columns;
}

void ManifestCache::Insert(const std::string& path,
                           std::shared_ptr<const ManifestColumns> columns) {
  const std::scoped_lock lock(mutex_);
  if (const auto old = by_path_.find(path); old != by_path_.end()) Forget(old->second);
  bytes_ += columns->memory_bytes();
  entries_.push_front({path, std::move(columns)});
  by_path_[path] = entries_.begin();
  while (bytes_ > bytes_max_) {
    Forget(std::prev(entries_.end()));
  }
}

void ManifestCache::Forget(std::list<Entry>::iterator entry) {
  bytes_ -= entry->columns->memory_bytes();
  by_path_.erase(entry->path);
  entries_.erase(entry);
}

}  // namespace firn::table
