// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "firn/table/operation.h"

namespace firn::table {

/// Which manifests are written again, and how.
struct ManifestRewrite {
  std::optional<SpecId> spec_id;  ///< Only those of this spec; unset = of every spec.
  /// Unset = table property commit.manifest.target-size-bytes.
  std::optional<int64_t> target_bytes;
  bool deletes = true;  ///< Delete manifests too.
};

/// Writes manifests again with their entries clustered by partition, in files of about the target
/// size, so that scans open few of them. Files, their ages and row ids stay. Manifests that others
/// add meanwhile stay as they are; one that is gone is planned anew. Never conflicts.
/// A group of manifests that is in order already is left alone; a snapshot is made all the same.
std::unique_ptr<Operation> RewriteManifests(ManifestRewrite rewrite = {},
                                            SnapshotOptions options = {});

}  // namespace firn::table
