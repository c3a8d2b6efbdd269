// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "firn/table/data_file.h"
#include "firn/table/operation.h"

namespace firn::table {

/// Other files for the same rows: what compaction and clustering commit.
struct FileRewrite {
  std::vector<DataFile> removed;  ///< Data files.
  std::vector<DataFile> added;    ///< Their rows, less those deleted when `planned_on` was read.
  std::vector<DataFile> removed_deletes;  ///< Delete files, each whole.
  std::vector<DataFile> added_deletes;    ///< Their rows, by position or as vectors.
  /// The snapshot the files were read from.
  SnapshotId planned_on{};
  /// How old the rows of `added` are. Unset = as old as `planned_on`, so that equality deletes that
  /// came since reach them and no earlier one does.
  std::optional<SequenceNumber> sequence_number;
};

/// Replaces files and changes no row; snapshots of it are "replace", which readers of changes pass
/// over. Deletes of the removed data files leave with them. New deletes are as old as the newest of
/// those removed; equality deletes may be turned into them, not the reverse.
///
/// Errors of `Plan`: `kConflict` when a file to be removed is gone; when rows of a removed data
/// file were deleted by position or vector since `planned_on` (not since the commit began: those
/// rows would come back); or a data file of a new deletion vector got other deletes.
/// `kInvalidArgument` when more rows come in than go.
std::unique_ptr<Operation> RewriteFiles(FileRewrite rewrite, SnapshotOptions options = {});

}  // namespace firn::table
