// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/table_name.h"

namespace firn::catalog {

/// What a name stands for. Tables and views share their names: each names one thing.
enum class EntryKind : uint8_t { kTable, kView };

/// "table" or "view".
constexpr std::string_view ToString(EntryKind kind) {
  return kind == EntryKind::kTable ? "table" : "view";
}

/// Moves the pointer of one table or view.
struct PointerSwap {
  TableName name;
  std::optional<std::string> expected;  ///< What it must be; unset = the name must be free.
  std::optional<std::string> next;      ///< What it becomes; unset = the table goes.
  EntryKind kind = EntryKind::kTable;
};

/// The rows behind a catalog: which metadata file each table and view has, and the namespaces. What
/// the metadata says is `StoreCatalog`'s business. Thread-safe.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;

  /// The metadata location of a table or view; unset where there is none of that kind.
  virtual Result<std::optional<std::string>> Find(const TableName& name, EntryKind kind) = 0;
  /// The tables or views of one namespace, sorted.
  virtual Result<std::vector<TableName>> List(const Namespace& name, EntryKind kind) = 0;
  /// Makes all swaps or none, durable on return.
  /// Errors: `kConflict` where a pointer is not as expected; `kAlreadyExists` for a taken name;
  /// `kNotFound` for a new name's namespace; `kOutcomeUnknown`; others mean nothing was done.
  virtual Status Swap(std::span<const PointerSwap> swaps) = 0;
  /// Errors: `kNotFound` for the table or the new namespace; `kAlreadyExists`.
  virtual Status Rename(const TableName& from, const TableName& to, EntryKind kind) = 0;

  /// All namespaces, sorted; those that exist only by what they hold included.
  virtual Result<std::vector<Namespace>> ListNamespaces() = 0;
  /// Errors: `kAlreadyExists`.
  virtual Status CreateNamespace(const Namespace& name, const Properties& properties) = 0;
  /// Errors: `kNotFound`; `kInvalidArgument` where it holds something.
  virtual Status DropNamespace(const Namespace& name) = 0;
  /// Errors: `kNotFound`.
  virtual Result<Properties> NamespaceProperties(const Namespace& name) = 0;
  virtual Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                           const std::vector<std::string>& remove) = 0;
};

}  // namespace firn::catalog
