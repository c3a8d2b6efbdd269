// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/update.h"
#include "firn/table/view.h"

namespace firn::table {

// The changes of a view's metadata, by the names of the REST specification's update actions; those
// it shares with tables are theirs. An id of -1 names the one added last in the same list.

struct AddViewVersion {
  ViewVersion version;  ///< Its id is assigned; a schema id of -1 is the schema added last.
};
struct SetCurrentViewVersion {
  ViewVersionId version_id{-1};
};

using ViewUpdate =
    std::variant<AssignUuid, UpgradeFormatVersion, AddSchema, SetLocation, SetProperties,
                 RemoveProperties, AddViewVersion, SetCurrentViewVersion>;

/// The action's name in the REST specification: "add-view-version".
std::string_view ActionName(const ViewUpdate& update);

/// Applies `updates` in order and returns the metadata after the last.
///
/// Pure. Adding a schema or version that is there already reuses it. Of the versions, the current
/// one and the newest are kept, version.history.num-entries (default 10) in all; the log loses what
/// lies before an entry whose version went, and schemas go with the last version that has them.
/// Errors: `kInvalidArgument` for an update that cannot be applied, such as a new version without a
/// dialect the current one has (unless replace.drop-dialect.allowed is "true"); `kNotFound` for
/// unknown ids.
Result<ViewMetadata> ApplyViewUpdates(ViewMetadata base, std::span<const ViewUpdate> updates,
                                      TimeMs now);

/// The updates that make `definition` the view's current version.
std::vector<ViewUpdate> ReplaceViewVersion(const ViewDefinition& definition, TimeMs now);

}  // namespace firn::table
