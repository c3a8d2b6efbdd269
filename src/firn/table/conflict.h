// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/expression.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"
#include "firn/table/partition_set.h"

namespace firn::table {

// What makes a commit conflict. The format leaves that to the writer ("Commit Conflict Resolution
// and Retry"); these are the rules, one function each, and each operation names those it needs.
// Tested as a table of operation x concurrent change x isolation: docs/explanation/conflicts.md.

/// What snapshots did to the files of a table. A file that came and went again is in both lists.
struct FileChanges {
  std::vector<ManifestEntry> added_data, removed_data;
  std::vector<ManifestEntry> added_deletes, removed_deletes;
};

/// What one snapshot did. Reads the manifests it added, and no others.
Result<FileChanges> ChangesOf(const TableMetadata& metadata, const Snapshot& snapshot,
                              io::FileIO& io);

/// What happened on a branch since the snapshot that a change was computed from.
struct ConcurrentChanges {
  FileChanges rows;      ///< By snapshots that changed rows.
  FileChanges rewrites;  ///< By "replace" snapshots: other files, the same rows.
};

/// Collects what the snapshots after `from` up to `head` (null = the branch is empty) did; `from`
/// may be `kNoSnapshot`. Reads the manifests those snapshots added, and no others.
/// Errors: `kConflict` when `from` is not in the history of `head`: then nothing can be told.
Result<ConcurrentChanges> ChangesSince(const TableMetadata& metadata, const Snapshot* head,
                                       SnapshotId from, io::FileIO& io);

/// The part of a table that a change depends on.
class Scope {
 public:
  /// All that may hold a row for which the filter is true. `metadata` outlives the scope.
  static Result<Scope> Rows(const Expression& filter, const TableMetadata& metadata);
  /// Whole partitions.
  static Scope Partitions(PartitionSet partitions);

  /// Tells whether a file may hold rows (or deletes of rows) of the scope.
  bool MayHold(const DataFile& file) const;

 private:
  struct Filter {
    Expression bound;
    const TableMetadata* metadata;
  };
  explicit Scope(std::variant<Filter, PartitionSet> what) : what_(std::move(what)) {}

  std::variant<Filter, PartitionSet> what_;
};

/// Serializable: no rows came in that the change would have looked at. Rewritten rows are not new.
Status CheckNoRowsAdded(const ConcurrentChanges& since, const Scope& scope);

/// Serializable: no rows went, by whole files, that the change has looked at.
Status CheckNoRowsRemoved(const ConcurrentChanges& since, const Scope& scope);

/// No file of the scope went at all, not even because it was rewritten.
Status CheckNoFilesRemoved(const ConcurrentChanges& since, const Scope& scope);

/// No deletes came in that may be of rows of the scope.
Status CheckNoDeletesAdded(const ConcurrentChanges& since, const Scope& scope);

/// Which deletes of a file are a conflict for one that replaces it.
enum class DeleteKinds : uint8_t {
  kAll,
  kPositional,  ///< The new file is as old as the plan, so newer equality deletes reach it too.
};

/// Both isolations: no rows of `files` were deleted meanwhile (spec, "Scan Planning", says which
/// deletes reach a file). Else rows deleted by others would come back, or be updated though gone.
Status CheckNoDeletesOf(const ConcurrentChanges& since, const std::vector<ManifestEntry>& files,
                        DeleteKinds kinds, const TableMetadata& metadata);

/// Both isolations: rows that the change read without ids, from a snapshot of before version 3,
/// have none by now either. Their files would be written again without the ids that others gave
/// them (spec, "Row Lineage"). `removed` are the files that are written again.
Status CheckRowIdsKnown(const TableMetadata& metadata, SnapshotId from,
                        const std::vector<ManifestEntry>& removed);

/// Both isolations: the data files at these (normalised) locations were not removed or rewritten
/// meanwhile: deletes of their rows would go nowhere.
Status CheckFilesStay(const ConcurrentChanges& since, const std::set<std::string>& paths);

/// Both isolations: nobody gave these (normalised) data files a deletion vector meanwhile, not even
/// by a rewrite of deletes: there is at most one per file (spec, "Deletion Vectors").
Status CheckNoVectorsAdded(const ConcurrentChanges& since, const std::set<std::string>& paths);

}  // namespace firn::table
