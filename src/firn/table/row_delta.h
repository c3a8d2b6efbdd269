// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firn/table/data_file.h"
#include "firn/table/operation.h"
#include "firn/table/validation.h"

namespace firn::table {

/// Rows that come, and rows that go without their files being written again.
struct RowDeltaChange {
  std::vector<DataFile> added;
  /// Deletion vectors (v3), position deletes (v2) and equality deletes. Each is under the spec and
  /// in the partition of the data it is about. A deletion vector names its data file, offset and
  /// size, and holds all rows of that file deleted before: earlier vectors and position deletes of
  /// that file alone leave the table in the same commit.
  std::vector<DataFile> added_deletes;
  std::vector<DataFile> removed;  ///< Data files that go whole, with the deletes of theirs.
  /// Earlier delete files all of whose rows are in `added_deletes`: each about one data file, as a
  /// `datafile::DeleteWriter` names them. Those that a deletion vector replaces need not be given.
  std::vector<DataFile> removed_deletes;
  /// Locations of further data files that position deletes of several files are about.
  std::vector<std::string> referenced;
  /// `from` must be set, unless the deletes are all by equality and nothing is removed.
  Validation validation;
};

/// Adds data files and deletes in one snapshot: how rows are deleted, updated and merged
/// ("merge-on-read").
///
/// Errors of `Plan`: `kConflict` when a data file it deletes from is gone, or rows of one were
/// deleted since `validation.from`, whoever was first and whatever the isolation (an update and a
/// delete of one row cannot both win; deletion vectors are rejected, not merged: read again and
/// retry); with added rows, when rows of `validation.filter` were deleted; serializable: when files
/// matching it were added or removed. `kInvalidArgument` for deletes that the format version does
/// not have, that name a file which is not in the table, or lie under another spec or partition.
std::unique_ptr<Operation> RowDelta(RowDeltaChange change, SnapshotOptions options = {});

}  // namespace firn::table
