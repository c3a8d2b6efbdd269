// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "firn/base/result.h"
#include "firn/table/manifest.h"
#include "firn/table/snapshot_workspace.h"

namespace firn::table {

/// Merges small manifests of earlier snapshots once they are many, so that the manifest list does
/// not grow with every commit. Table properties, as in other engines: commit.manifest-merge.enabled
/// (default true), commit.manifest.min-count-to-merge (100) and commit.manifest.target-size-bytes
/// (8 MiB). Manifests of one content and spec merge; those the snapshot being made wrote stay.
Status MergeSmallManifests(SnapshotWorkspace& workspace, std::vector<ManifestFile>& manifests);

/// The size manifests of a table are to have.
Result<int64_t> ManifestTargetBytes(const TableMetadata& metadata);

}  // namespace firn::table
