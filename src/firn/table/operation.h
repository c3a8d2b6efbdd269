// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/table/metadata.h"
#include "firn/table/requirement.h"
#include "firn/table/update.h"

namespace firn::io {
class FileIO;
}

namespace firn::table {

/// What planning an operation needs from outside.
struct OperationContext {
  io::FileIO& io;
  Env& env;
};

/// What a commit is to do to the metadata it was planned on.
struct CommitPlan {
  std::vector<Requirement> requirements;
  std::vector<TableUpdate> updates;
  std::optional<SnapshotId> snapshot_id;  ///< Made by this plan; how to find it after "unknown".
  /// Manifest lists written for this plan: to be deleted when it is rejected and planned again.
  std::vector<std::string> files_of_attempt;
  /// Manifests written for this and later plans: to be deleted when the operation is given up.
  /// Neither is ever deleted after `kOutcomeUnknown`.
  std::vector<std::string> files_of_operation;
  /// Those of `files_of_operation` that this plan does not use: to be deleted once it has landed.
  std::vector<std::string> files_unused;
};

/// A change of a table that can be planned again on newer metadata. A value in spirit: planning
/// twice on the same metadata gives the same change (snapshot ids apart). Manifests are written
/// once and reused by later plans. Thread-safe.
class Operation {
 public:
  virtual ~Operation() = default;

  /// Plans the change on `base`. Writes what the metadata will point to, durable on return.
  /// Errors: `kConflict` when `base` no longer allows the change (retrying cannot help);
  /// `kInvalidArgument`, `kNotFound` when it never did.
  virtual Result<CommitPlan> Plan(const TableMetadata& base, OperationContext context) const = 0;
  /// Tells whether it can be planned on a table that is not there: on empty metadata.
  virtual bool makes_table() const { return false; }
};

/// How a snapshot is made visible.
struct SnapshotOptions {
  std::string branch{kMainBranch};
  bool stage_only = false;  ///< Adds the snapshot, moves no ref; publish it with `CherryPick`.
  std::map<std::string, std::string> summary;  ///< More properties of the snapshot's summary.
  /// The branch must still be at this snapshot, else `kConflict`. Unset = anywhere;
  /// `kNoSnapshot` = it must be empty.
  std::optional<SnapshotId> expected_snapshot;
  /// The id the snapshot gets; unset = a random one, the same for all plans of the operation.
  std::optional<SnapshotId> snapshot_id;
};

/// In `SnapshotOptions::expected_snapshot`: the branch has no snapshot yet.
inline constexpr SnapshotId kNoSnapshot{-1};

/// Makes a positive random snapshot id.
SnapshotId NewSnapshotId(Env& env);

}  // namespace firn::table
