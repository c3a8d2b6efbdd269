// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/batch_commit.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/cut_over.h"
#include "firn/catalog/metadata_cache.h"
#include "firn/catalog/store.h"
#include "firn/catalog/store_view_catalog.h"
#include "firn/io/file_io.h"

namespace firn::catalog {

/// The catalog over a store of pointers: reads and writes metadata files, checks requirements, and
/// lets the store move the pointers.
class StoreCatalog : public Catalog, public BatchCommitter, public TableReplacer {
 public:
  StoreCatalog(std::unique_ptr<CatalogStore> store, std::string warehouse, io::FileIO& files,
               Env& env);
  ~StoreCatalog() override;

  using Catalog::CreateNamespace;
  Status CreateNamespace(const Namespace& name, const Properties& properties) override;
  Result<std::vector<Namespace>> ListNamespaces() override;
  Status DropNamespace(const Namespace& name) override;
  Result<bool> NamespaceExists(const Namespace& name) override;
  Result<Properties> NamespaceProperties(const Namespace& name) override;
  Status UpdateNamespaceProperties(const Namespace& name, const Properties& set,
                                   const std::vector<std::string>& remove) override;

  Result<std::vector<TableName>> ListTables(const Namespace& name) override;
  Result<bool> TableExists(const TableName& name) override;
  Result<LoadedTable> LoadTable(const TableName& name) override;
  Result<LoadedTable> CreateTable(const TableName& name, table::NewTable table) override;
  Result<LoadedTable> RegisterTable(const TableName& name,
                                    const std::string& metadata_location) override;
  Status DropTable(const TableName& name) override;
  Status RenameTable(const TableName& from, const TableName& to) override;
  Result<std::vector<LoadedTable>> Commit(std::span<const TableChange> changes) override;
  Result<std::vector<LoadedTable>> CommitWithFiles(std::span<const TableChange> changes,
                                                   io::WriteBatch& files) override;
  Status Replace(const CutOver& change) override;
  ViewCatalog& views() override { return views_; }

 private:
  struct StagedChange;

  Status CheckNamespaceExists(const Namespace& name);
  Result<table::TableMetadata> MakeMetadata(const TableName& name, table::NewTable table);
  /// Reads the metadata file at `location`, which never changes.
  Result<std::shared_ptr<const table::TableMetadata>> ReadMetadata(const std::string& location);
  /// The table as it is; unset where there is none.
  Result<std::optional<LoadedTable>> FindTable(const TableName& name);
  Result<StagedChange> Stage(const TableChange& change);
  /// Writes the metadata files of all changes; they and all else in `files` are durable on return.
  Status WriteMetadataFiles(std::span<StagedChange> staged, io::WriteBatch& files);
  /// Moves the pointers. After an unknown outcome, looks whether they did move.
  Status SwapPointers(std::span<const StagedChange> staged);
  Result<bool> HasLanded(const StagedChange& staged);
  void DeleteMetadataFiles(std::span<const StagedChange> staged);
  void TrimMetadataFiles(const StagedChange& staged);

  std::unique_ptr<CatalogStore> store_;
  std::string warehouse_;
  io::FileIO& files_;
  Env& env_;
  MetadataCache cache_;
  StoreViewCatalog views_;
};

/// The folder of a new table, fixed for its life: `<warehouse>/<namespace>/<table>-<8 hex of its
/// UUID>`. Names are reduced to `[a-z0-9_-]`, for people who look into the folder; the UUID keeps
/// tables apart, so no name can reach into another's folder.
std::string NewTableLocation(std::string_view warehouse, const TableName& name, const Uuid& uuid);

}  // namespace firn::catalog
