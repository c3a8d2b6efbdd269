// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/uuid.h"
#include "firn/catalog/table_name.h"
#include "firn/table/view.h"
#include "firn/table/view_update.h"

namespace firn::catalog {

/// A view as it was when it was read; later changes do not change it.
struct LoadedView {
  TableName name;
  std::string metadata_location;
  std::shared_ptr<const table::ViewMetadata> metadata;  ///< Never null.
};

/// What a commit does to one view.
struct ViewChange {
  TableName name;
  std::optional<Uuid> expected_uuid;  ///< The view must still be this one.
  std::vector<table::ViewUpdate> updates;
};

/// The views of a catalog. They share their names with its tables. Thread-safe; a change ends in
/// one of the three ways that `Catalog` describes.
class ViewCatalog {
 public:
  virtual ~ViewCatalog() = default;

  /// Lists the views of one namespace (not of those within), sorted. Errors: `kNotFound`.
  virtual Result<std::vector<TableName>> ListViews(const Namespace& name) = 0;
  virtual Result<bool> ViewExists(const TableName& name) = 0;
  /// Errors: `kNotFound`; `kCorrupt` or `kIo` where its metadata cannot be read.
  virtual Result<LoadedView> LoadView(const TableName& name) = 0;

  /// Makes a view. Where `view.location` is empty, its folder is named as a table's is.
  /// Errors: `kAlreadyExists` (a table or view); `kNotFound` for the namespace; `kInvalidArgument`.
  virtual Result<LoadedView> CreateView(const TableName& name, table::NewView view) = 0;
  /// Brings a view into the catalog by its newest metadata file.
  virtual Result<LoadedView> RegisterView(const TableName& name,
                                          const std::string& metadata_location) = 0;
  /// Changes a view: its versions (also back to an older one), properties, location.
  /// Errors: `kNotFound`; `kConflict` when it is another view than expected or somebody else
  /// changed it meanwhile; `kOutcomeUnknown`.
  virtual Result<LoadedView> CommitView(const ViewChange& change) = 0;
  /// Makes `definition` the view's next version, or makes the view.
  Result<LoadedView> CreateOrReplaceView(const TableName& name, table::NewView view, TimeMs now);
  /// Takes the view out of the catalog. Its files stay. Errors: `kNotFound`.
  virtual Status DropView(const TableName& name) = 0;
  /// Gives a view another name. Errors: `kNotFound`, `kAlreadyExists`.
  virtual Status RenameView(const TableName& from, const TableName& to) = 0;
};

}  // namespace firn::catalog
