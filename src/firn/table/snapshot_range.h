// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/metadata.h"

namespace firn::table {

/// The snapshots after `from` (exclusive; unset = from the first) up to `to`, oldest first.
/// Errors: `kNotFound` for an unknown snapshot, or where history before the first one is asked for
/// and has expired; `kInvalidArgument` when `from` is no ancestor of `to`.
Result<std::vector<const Snapshot*>> SnapshotsBetween(const TableMetadata& metadata,
                                                      std::optional<SnapshotId> from,
                                                      SnapshotId to);

}  // namespace firn::table
