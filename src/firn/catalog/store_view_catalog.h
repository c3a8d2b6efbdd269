// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/store.h"
#include "firn/catalog/view_catalog.h"
#include "firn/io/file_io.h"

namespace firn::catalog {

/// The views over a store of pointers, by the same three steps as `StoreCatalog` commits tables:
/// stage, write the metadata file durably, move the pointer.
class StoreViewCatalog : public ViewCatalog {
 public:
  /// All three outlive this.
  StoreViewCatalog(CatalogStore& store, std::string warehouse, io::FileIO& files, Env& env);

  Result<std::vector<TableName>> ListViews(const Namespace& name) override;
  Result<bool> ViewExists(const TableName& name) override;
  Result<LoadedView> LoadView(const TableName& name) override;
  Result<LoadedView> CreateView(const TableName& name, table::NewView view) override;
  Result<LoadedView> RegisterView(const TableName& name,
                                  const std::string& metadata_location) override;
  Result<LoadedView> CommitView(const ViewChange& change) override;
  Status DropView(const TableName& name) override;
  Status RenameView(const TableName& from, const TableName& to) override;

 private:
  Result<std::shared_ptr<const table::ViewMetadata>> ReadMetadata(const std::string& location);
  /// Writes `metadata` as file number `version` and points `name` from `replaced` to it.
  Result<LoadedView> Publish(const TableName& name, table::ViewMetadata metadata, int64_t version,
                             std::optional<std::string> replaced);
  Status WriteFile(const std::string& location, const table::ViewMetadata& metadata);
  /// Moves the pointer. After an unknown outcome, looks whether it did move.
  Status Swap(const PointerSwap& swap);

  CatalogStore& store_;
  std::string warehouse_;
  io::FileIO& files_;
  Env& env_;
};

}  // namespace firn::catalog
