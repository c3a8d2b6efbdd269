// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/manifest.h"
#include "firn/table/partition_set.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {

/// Makes the manifests of a snapshot that removes and adds files. Call in this order: `RemoveData`,
/// `Add`, `RemoveDeletes`, `AddDeletes`, `Finish`; each at most once. Not thread-safe.
class FileChanger {
 public:
  /// Both outlive this object.
  FileChanger(const ParentSnapshot& parent, SnapshotWorkspace& workspace);

  /// Removes the data files for which `remove` is true. Looks only where files of `within` may be,
  /// if given. `reason`: see `SnapshotWorkspace::Filter`.
  Status RemoveData(std::string_view reason, const std::function<bool(const DataFile&)>& remove,
                    const PartitionSet* within = nullptr);
  /// Adds data files; `sequence_number` is set where their rows are as old as a snapshot before.
  Status Add(const std::vector<DataFile>& files,
             std::optional<SequenceNumber> sequence_number = {});

  /// Deletes that go, beyond those that go by themselves.
  struct DeleteRemoval {
    std::vector<DataFile> files;               ///< Each must be there, else `kConflict`.
    std::vector<DataFile> vectors;             ///< New ones, that take the place of all before.
    const PartitionSet* partitions = nullptr;  ///< All of whose data is gone.
  };
  /// Removes delete files: those asked for; what `vectors` absorb (spec, "Deletion Vectors": at
  /// most one per data file); and what has nothing left to delete: the deletes of one data file
  /// that was removed, and those that are older than all data that is left. Errors:
  /// `kInvalidArgument` when a vector has fewer rows than what it is to replace.
  Status RemoveDeletes(const DeleteRemoval& removal);
  Status AddDeletes(const std::vector<DataFile>& files,
                    std::optional<SequenceNumber> sequence_number = {});

  Result<SnapshotContents> Finish(std::string_view operation) &&;

  /// Finds live data files by (normalised) location among those of `within` that stay.
  Result<std::map<std::string, ManifestEntry>> FindData(const std::set<std::string>& paths,
                                                        const PartitionSet& within) const;

  const std::vector<ManifestEntry>& removed_data() const { return removed_data_; }
  const std::vector<ManifestEntry>& removed_deletes() const { return removed_deletes_; }

 private:
  class Obsolete;

  SequenceNumber OldestData() const;

  SnapshotWorkspace& workspace_;
  std::vector<ManifestFile> added_;
  std::vector<ManifestFile> manifests_;  // Of the parent, as far as they stay.
  std::vector<ManifestEntry> removed_data_, removed_deletes_;
  SnapshotSummary summary_;
};

/// The (normalised) locations of files. Errors: `kInvalidArgument` for one given twice.
Result<std::set<std::string>> DistinctPaths(const std::vector<DataFile>& files);

/// Checks that all files are data files, each given once. Errors: `kInvalidArgument`.
Status CheckDataFiles(const std::vector<DataFile>& files);

/// Checks that the removed entries are all that was asked for. Errors: `kConflict`, naming one that
/// is not there (or there twice).
Status CheckAllFound(const std::set<std::string>& wanted, const std::vector<ManifestEntry>& found);

}  // namespace firn::table
