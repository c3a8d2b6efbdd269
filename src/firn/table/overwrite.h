// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/operation.h"
#include "firn/table/scan.h"
#include "firn/table/validation.h"

namespace firn::table {

/// Whole data files out, others in: how rows are changed by writing their files again
/// ("copy-on-write").
struct Overwrite {
  std::vector<DataFile> added;
  std::vector<std::string> deleted_paths;  ///< Locations of data files; each must be live.
  Validation validation;
};

/// Replaces data files by others in one snapshot; their deletes leave with them.
/// Errors of `Plan`: `kConflict` when a file to delete is gone; with `validation.from`, when rows
/// of one were deleted since; serializable: also when files or deletes that match the filter came,
/// or files that match it went.
std::unique_ptr<Operation> OverwriteFiles(Overwrite overwrite, SnapshotOptions options = {});

/// Removes whole data files by location. `kConflict` when one is not live.
std::unique_ptr<Operation> DeleteFiles(std::vector<std::string> paths,
                                       SnapshotOptions options = {});

/// Removes the files all of whose rows match `filter` and adds others. Reads no data: files of
/// which some rows may match, by their partition and metrics, are refused (`kUnsupported`); find
/// them with `SplitForDelete` and give them to `RowDelta` or `OverwriteFiles`. Judged anew on each
/// plan, so it needs no validation to be right alone. With `validation.from`: `kConflict` when
/// files that match went or deletes of them came since; serializable: also when files that match
/// came.
std::unique_ptr<Operation> OverwriteWhere(Expression filter, std::vector<DataFile> added,
                                          Validation validation = {}, SnapshotOptions options = {});

/// Removes the files all of whose rows match `filter`; refuses as `OverwriteWhere` does.
std::unique_ptr<Operation> DeleteWhere(Expression filter, SnapshotOptions options = {});

/// What deleting the rows that match a filter comes to.
struct DeleteSplit {
  std::vector<DataFile> whole;       ///< All rows match: they leave without being read.
  std::vector<FileScanTask> partly;  ///< Rows may match: to be read, with their residual filter.
};
/// Splits the files of a scan of `request.filter`. Errors: those of `PlanScan`.
Result<DeleteSplit> SplitForDelete(const TableMetadata& metadata, const ScanRequest& request,
                                   io::FileIO& io);

/// Partitions that are replaced as a whole by what is in `added` (dynamic partition overwrite).
struct PartitionOverwrite {
  std::vector<DataFile> added;
  bool append_only = false;  ///< The partitions must be empty, else `kConflict`.
  Validation validation;     ///< Its filter is not used: the partitions are what it depends on.
};

/// Replaces every partition a new file is in: all files and deletes of that tuple under that spec
/// go; under an unpartitioned spec the whole table. Files of other specs stay. Errors of `Plan`,
/// with `validation.from`: `kConflict` when files of the partitions went or deletes came since;
/// serializable: also when files came.
std::unique_ptr<Operation> ReplacePartitions(PartitionOverwrite overwrite,
                                             SnapshotOptions options = {});

}  // namespace firn::table
