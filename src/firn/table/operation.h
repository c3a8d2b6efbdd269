// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/table/expression.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"
#include "firn/table/partition_spec_update.h"
#include "firn/table/requirement.h"
#include "firn/table/schema_update.h"
#include "firn/table/update.h"

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

/// Adds data files. Never conflicts with other writers. When the branch has many small manifests
/// (property commit.manifest.min-count-to-merge, default 100), they are merged on the way.
std::unique_ptr<Operation> FastAppend(std::vector<DataFile> files, SnapshotOptions options = {});

/// What an overwrite takes out, puts in and insists on.
struct Overwrite {
  std::vector<DataFile> added;
  std::vector<std::string> deleted_paths;  ///< Locations of data files; each must be live.
  /// If set, files that others added after `validate_from` and that may hold rows for which this is
  /// true are a conflict.
  std::optional<Expression> conflict_filter;
  std::optional<SnapshotId> validate_from;  ///< The snapshot the change was computed from.
  bool replace = false;  ///< The rows are the same as before (compaction): operation "replace".
};

/// Replaces whole data files by others in one snapshot.
/// Errors of `Plan`: `kConflict` when a file to delete is gone, got new deletes since
/// `validate_from`, or when a file matching `conflict_filter` was added since.
std::unique_ptr<Operation> OverwriteFiles(Overwrite overwrite, SnapshotOptions options = {});

/// Removes whole data files by location. `kConflict` when one is not live.
std::unique_ptr<Operation> DeleteFiles(std::vector<std::string> paths,
                                       SnapshotOptions options = {});

/// Sets and removes table properties. With `expected`, a key must still hold the value given
/// (unset = be absent), else `kConflict`: how a watermark moves exactly once.
std::unique_ptr<Operation> UpdateProperties(
    std::map<std::string, std::string> set, std::vector<std::string> remove = {},
    std::map<std::string, std::optional<std::string>> expected = {});

/// Changes the schema by what `edit` does; called again on each plan. Makes the result current.
std::unique_ptr<Operation> UpdateSchema(std::function<void(SchemaUpdate&)> edit);

/// Changes how rows are partitioned from now on, as `EvolvePartitionSpec` does.
std::unique_ptr<Operation> UpdateSpec(SpecChange change);

/// A sort field to be: named by column.
struct SortFieldRequest {
  std::string column;
  Transform transform;
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = NullOrder::kNullsFirst;
};
/// Replaces the default sort order; no fields = unsorted.
std::unique_ptr<Operation> ReplaceSortOrder(std::vector<SortFieldRequest> fields);

/// Makes a branch or tag at `ref.snapshot_id`. Errors of `Plan`: `kAlreadyExists`; `kNotFound`
/// for an unknown snapshot.
std::unique_ptr<Operation> CreateRef(std::string name, Ref ref);
/// Makes a ref or moves it wherever it is, keeping the limits `ref` has.
std::unique_ptr<Operation> ReplaceRef(std::string name, Ref ref);
/// Removes a branch or tag; with `missing_ok`, also one that is not there. Never main.
std::unique_ptr<Operation> RemoveRef(std::string name, bool missing_ok = false);
/// Moves `branch` back to one of its ancestors.
std::unique_ptr<Operation> RollbackTo(SnapshotId snapshot, std::string branch = "main");
/// Moves `branch` to where `to` (a ref) is, which must descend from it.
std::unique_ptr<Operation> FastForward(std::string branch, std::string to);
/// Makes a staged snapshot visible on `options.branch`: moves the branch where the snapshot was
/// staged on its head, else repeats its changes on top. `kConflict` when files it removed are gone.
std::unique_ptr<Operation> CherryPick(SnapshotId staged, SnapshotOptions options = {});

}  // namespace firn::table
