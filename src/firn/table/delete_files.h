// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/file_changer.h"
#include "firn/table/partition_set.h"

namespace firn::table {

/// Checks that delete files are complete and of the format version: deletion vectors from 3 on,
/// position delete files before (spec, "Row-level Deletes"). Errors: `kInvalidArgument`.
Status CheckDeleteFiles(const std::vector<DataFile>& deletes, int format_version);

/// Tells whether there are only equality deletes.
bool AllByEquality(const std::vector<DataFile>& deletes);

/// The data files that new deletes name.
class DeleteTargets {
 public:
  /// Finds what `deletes` name; `added` are data files of the same commit. `base` outlives the
  /// result. Errors: `kInvalidArgument` for two deletion vectors of one data file.
  static Result<DeleteTargets> Of(const std::vector<DataFile>& deletes,
                                  const std::vector<DataFile>& added, const TableMetadata& base);

  /// The targets in the table, once each was found live, under the spec and in the partition of its
  /// deletes (spec, "Manifests": a manifest's files are all of one spec). Those of the same commit
  /// are checked alike. Errors: `kInvalidArgument`, naming the file.
  Result<std::vector<ManifestEntry>> Find(const FileChanger& changer) const;

  const std::vector<DataFile>& vectors() const { return vectors_; }  ///< The deletion vectors.
  /// Normalised locations of the targets that are in the table already.
  const std::set<std::string>& paths() const { return paths_; }
  /// Those that get a deletion vector.
  const std::set<std::string>& with_vectors() const { return with_vectors_; }

 private:
  explicit DeleteTargets(const TableMetadata& base) : within_(base) {}

  std::vector<DataFile> vectors_;
  std::set<std::string> paths_, with_vectors_;
  std::map<std::string, std::vector<DataFile>> deletes_of_;  // By target.
  PartitionSet within_;
};

}  // namespace firn::table
