// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "firn/table/operation.h"
#include "firn/table/snapshot_workspace.h"
#include "firn/table/summary.h"

namespace firn::table {

/// The snapshot a new one follows.
struct ParentSnapshot {
  const Snapshot* snapshot = nullptr;  ///< Null while the branch is empty.
  std::vector<ManifestFile> manifests;
};

/// The manifests of a new snapshot and what they say.
struct SnapshotContents {
  std::string operation;
  std::vector<ManifestFile> manifests;
  SnapshotSummary summary;
  std::map<std::string, std::string> properties;  ///< More of the snapshot's summary.
  bool merge_small = true;  ///< Manifests of earlier snapshots may be merged on the way.
};

/// An operation that makes a snapshot: what all of them share. A kind of operation says which
/// manifests the snapshot has; this class merges small ones, writes the manifest list and plans
/// the updates.
class SnapshotOperation : public Operation {
 public:
  explicit SnapshotOperation(SnapshotOptions options) : options_(std::move(options)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext context) const final;

 protected:
  /// Makes the contents of the snapshot after `parent`. Called again on each plan.
  virtual Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                        SnapshotWorkspace& workspace) const = 0;

  const SnapshotOptions& options() const { return options_; }

 private:
  Result<CommitPlan> PlanLocked(const TableMetadata& base, OperationContext context,
                                std::vector<std::string>& written) const;

  SnapshotOptions options_;
  mutable std::mutex mutex_;
  mutable SnapshotFiles kept_;
};

}  // namespace firn::table
