// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/memory/memory_catalog.h"

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "firn/catalog/store_catalog.h"

namespace firn::catalog {
namespace {

// Rows in a map. Holds the same names as the SQL stores do, by the same rules.
class MemoryStore : public CatalogStore {
 public:
  Result<std::optional<std::string>> Find(const TableName& name, EntryKind kind) override {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end() || found->second.kind != kind) return std::optional<std::string>();
    return std::optional(found->second.location);
  }

  Result<std::vector<TableName>> List(const Namespace& name, EntryKind kind) override {
    const std::scoped_lock lock(mutex_);
    std::vector<TableName> found;
    for (const auto& [entry, pointer] : entries_) {
      if (entry.levels == name && pointer.kind == kind) found.push_back(entry);
    }
    return found;
  }

  Status Swap(std::span<const PointerSwap> swaps) override {
    const std::scoped_lock lock(mutex_);
    for (const PointerSwap& swap : swaps)
      FIRN_TRY(CheckSwap(swap));
    for (const PointerSwap& swap : swaps) {
      if (swap.next) {
        entries_[swap.name] = {swap.kind, *swap.next};
      } else {
        entries_.erase(swap.name);
      }
    }
    return Ok();
  }

  Status Rename(const TableName& from, const TableName& to, EntryKind kind) override {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(from);
    if (found == entries_.end() || found->second.kind != kind) {
      return NotFound(std::string(ToString(kind)) + " not found", from);
    }
    if (entries_.contains(to)) return AlreadyExists("table or view exists", to);
    if (!Names().contains(to.levels)) return NoNamespace(to.levels);
    const Entry entry = found->second;
    entries_.erase(found);
    entries_[to] = entry;
    return Ok();
  }

  Result<std::vector<Namespace>> ListNamespaces() override {
    const std::scoped_lock lock(mutex_);
    const std::set<Namespace> names = Names();
    return std::vector<Namespace>(names.begin(), names.end());
  }

  Status CreateNamespace(const Namespace& name, const Properties& properties) override {
    const std::scoped_lock lock(mutex_);
    if (Names().contains(name)) return AlreadyExists("namespace exists", NamespaceText(name));
    namespaces_[name] = properties;
    return Ok();
  }

  Status DropNamespace(const Namespace& name) override {
    const std::scoped_lock lock(mutex_);
    if (!Names().contains(name)) return NoNamespace(name);
    for (const auto& [entry, pointer] : entries_) {
      if (IsWithin(entry.levels, name)) return NotEmpty(name);
    }
    for (const auto& [other, properties] : namespaces_) {
      if (other != name && IsWithin(other, name)) return NotEmpty(name);
    }
    namespaces_.erase(name);
    return Ok();
  }

  Result<Properties> NamespaceProperties(const Namespace& name) override {
    const std::scoped_lock lock(mutex_);
    if (!Names().contains(name)) return NoNamespace(name);
    const auto found = namespaces_.find(name);
    return found == namespaces_.end() ? Properties{} : found->second;
  }

  Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                   const std::vector<std::string>& remove) override {
    const std::scoped_lock lock(mutex_);
    if (!Names().contains(name)) return NoNamespace(name);
    Properties& properties = namespaces_[name];
    for (const std::string& key : remove)
      properties.erase(key);
    for (const auto& [key, value] : set)
      properties[key] = value;
    return Ok();
  }

 private:
  struct Entry {
    EntryKind kind = EntryKind::kTable;
    std::string location;
  };

  static bool IsWithin(const Namespace& inner, const Namespace& outer) {
    return inner.size() >= outer.size() && std::equal(outer.begin(), outer.end(), inner.begin());
  }
  static Error NoNamespace(const Namespace& name) {
    return NotFound("namespace not found", NamespaceText(name));
  }
  static Error NotEmpty(const Namespace& name) {
    return InvalidArgument("namespace is not empty", NamespaceText(name));
  }

  // Every namespace, and every one that another or a table lies in.
  std::set<Namespace> Names() const {
    std::set<Namespace> names;
    const auto add = [&names](Namespace name) {
      for (; !name.empty(); name.pop_back())
        names.insert(name);
    };
    for (const auto& [name, properties] : namespaces_)
      add(name);
    for (const auto& [entry, pointer] : entries_)
      add(entry.levels);
    return names;
  }

  Status CheckSwap(const PointerSwap& swap) const {
    const auto found = entries_.find(swap.name);
    if (!swap.expected) {
      if (found != entries_.end()) return AlreadyExists("table or view exists", swap.name);
      return Names().contains(swap.name.levels) ? Ok() : Status(NoNamespace(swap.name.levels));
    }
    const bool as_expected = found != entries_.end() && found->second.kind == swap.kind &&
                             found->second.location == *swap.expected;
    if (!as_expected) {
      return Conflict(std::string(ToString(swap.kind)) + " was changed by somebody else",
                      swap.name);
    }
    return Ok();
  }

  std::mutex mutex_;
  std::map<TableName, Entry> entries_;
  std::map<Namespace, Properties> namespaces_;
};

}  // namespace

std::unique_ptr<Catalog> MakeMemoryCatalog(std::string warehouse, io::FileIO& files, Env& env) {
  return std::make_unique<StoreCatalog>(std::make_unique<MemoryStore>(), std::move(warehouse),
                                        files, env);
}

}  // namespace firn::catalog
