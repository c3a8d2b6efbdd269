// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/view_catalog.h"

namespace firn::catalog {

Result<LoadedView> ViewCatalog::CreateOrReplaceView(const TableName& name, table::NewView view,
                                                    TimeMs now) {
  FIRN_ASSIGN(const bool exists, ViewExists(name));
  if (!exists) return CreateView(name, std::move(view));
  ViewChange change{name, {}, table::ReplaceViewVersion(view.definition, now)};
  if (!view.properties.empty()) {
    // Before the version, which they may say something about.
    change.updates.insert(change.updates.begin(), table::SetProperties{std::move(view.properties)});
  }
  return CommitView(change);
}

}  // namespace firn::catalog
