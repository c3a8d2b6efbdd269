// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/catalog/table_name.h"
#include "firn/catalog/view_catalog.h"
#include "firn/table/metadata.h"
#include "firn/table/requirement.h"
#include "firn/table/update.h"

namespace firn::catalog {

using Properties = std::map<std::string, std::string>;

/// A table as it was when it was read; later commits do not change it.
struct LoadedTable {
  TableName name;
  std::string metadata_location;
  std::shared_ptr<const table::TableMetadata> metadata;  ///< Never null.
};

/// What a commit does to one table, and what must hold for that.
struct TableChange {
  TableName name;
  std::vector<table::Requirement> requirements;
  std::vector<table::TableUpdate> updates;
};

/// Names tables and decides which metadata file is theirs. Thread-safe; other processes may use the
/// same catalog.
///
/// A change ends in one of three ways: committed (ok), rejected (any error but one: nothing
/// happened), or unknown (`kOutcomeUnknown`: it may have landed; delete nothing it refers to).
class Catalog {
 public:
  virtual ~Catalog() = default;

  /// Errors: `kAlreadyExists`; `kInvalidArgument` for a name the store cannot hold.
  virtual Status CreateNamespace(const Namespace& name, const Properties& properties) = 0;
  Status CreateNamespace(const Namespace& name) { return CreateNamespace(name, {}); }
  /// Lists all namespaces of every depth, sorted.
  virtual Result<std::vector<Namespace>> ListNamespaces() = 0;
  /// Errors: `kNotFound`; `kInvalidArgument` while it holds tables, views or namespaces.
  virtual Status DropNamespace(const Namespace& name) = 0;
  virtual Result<bool> NamespaceExists(const Namespace& name) = 0;
  /// Errors: `kNotFound`.
  virtual Result<Properties> NamespaceProperties(const Namespace& name) = 0;
  /// Errors: `kNotFound`; `kInvalidArgument` for the key "exists", which the store uses itself.
  virtual Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                           const std::vector<std::string>& remove) = 0;

  /// Lists the tables of one namespace (not of those within), sorted. Errors: `kNotFound`.
  virtual Result<std::vector<TableName>> ListTables(const Namespace& name) = 0;
  virtual Result<bool> TableExists(const TableName& name) = 0;
  /// Errors: `kNotFound`; `kCorrupt` or `kIo` where its metadata cannot be read.
  virtual Result<LoadedTable> LoadTable(const TableName& name) = 0;

  /// Makes an empty table. Where `table.location` is empty, the folder is
  /// `<warehouse>/<namespace>/<table>-<8 hex of its UUID>` for the life of the table.
  /// Errors: `kAlreadyExists` (a table or view); `kNotFound` for the namespace.
  virtual Result<LoadedTable> CreateTable(const TableName& name, table::NewTable table) = 0;
  /// Brings a table into the catalog by its newest metadata file.
  virtual Result<LoadedTable> RegisterTable(const TableName& name,
                                            const std::string& metadata_location) = 0;
  /// Takes the table out of the catalog. Its files stay. Errors: `kNotFound`.
  virtual Status DropTable(const TableName& name) = 0;
  /// Gives a table another name; nothing of it moves. Errors: `kNotFound`, `kAlreadyExists`.
  virtual Status RenameTable(const TableName& from, const TableName& to) = 0;

  /// Commits changes of several tables, each named once: all become visible at one instant or none.
  /// A change with `table::AssertCreate` makes its table.
  /// Errors: `kConflict` when a requirement does not hold or somebody else committed meanwhile;
  /// `kOutcomeUnknown`; others mean rejected.
  virtual Result<std::vector<LoadedTable>> Commit(std::span<const TableChange> changes) = 0;

  /// The views, which live as long as this.
  virtual ViewCatalog& views() = 0;
};

}  // namespace firn::catalog
