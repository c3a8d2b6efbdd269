// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"

namespace firn::table {

/// What to read. At most one of `snapshot`, `as_of` and `ref` is set; none = the current snapshot.
struct ScanRequest {
  std::optional<SnapshotId> snapshot;
  std::optional<TimeMs> as_of;
  std::string ref;  ///< Branch or tag.
  Expression filter;
  std::vector<std::string> columns;  ///< Empty = all.
  bool case_sensitive = true;
  /// Whether the files of the plan come with their column metrics. A reader needs none, and for
  /// many files they are most of what a plan takes.
  bool file_metrics = true;
};

class ManifestCache;

/// What planning may use beside the table's files.
struct PlanResources {
  ManifestCache* manifests = nullptr;  ///< Where decoded manifests are kept; null = nowhere.
  size_t threads = 2;                  ///< Manifests read at once.
};

/// A file to read, and how.
struct FileScanTask {
  DataFile file;
  SequenceNumber sequence_number{};  ///< Of the data.
  Expression residual;               ///< Still to be tested on each row; bound.
  std::vector<DataFile> deletes;     ///< Delete files whose rows may be in `file`.
};

/// What a scan reads and what it left out. A value: print it, test it, run it.
struct ScanPlan {
  std::optional<SnapshotId> snapshot;  ///< Unset for an empty table.
  SchemaId schema_id{};
  Schema schema;      ///< Of the snapshot, all columns.
  Schema projection;  ///< The columns asked for; those only the filter needs are not in it.
  Expression filter;  ///< Bound.
  std::vector<FileScanTask> tasks;
  int64_t manifests_total = 0, manifests_kept = 0;
  int64_t files_total = 0;  ///< Files of the manifests kept, plus those the others count.
  int64_t files_kept = 0;
  int64_t records_kept = 0;
  int64_t bytes_kept = 0;
  int64_t bytes_pruned =
      0;  ///< Of files seen and left out; those of manifests left out are unknown.

  /// Renders a few lines for EXPLAIN.
  std::string ToString() const;
};

/// The snapshot a request reads; null for an empty table.
/// Errors: `kNotFound` for an id, ref or time the table does not have.
Result<const Snapshot*> ResolveSnapshot(const TableMetadata& metadata, const ScanRequest& request);

/// Plans a read of one snapshot: prunes manifests by partition summaries, files by partition and
/// column metrics, and finds the deletes of each file left (spec, "Scan Planning").
Result<ScanPlan> PlanScan(const TableMetadata& metadata, const ScanRequest& request, io::FileIO& io,
                          const PlanResources& resources = {});

/// Plans a read of the files that snapshots after `from` (exclusive; unset = from the first) up
/// to `to` appended. Replace snapshots (compaction) are passed over.
/// Errors: `kNotFound` for an unknown snapshot; `kInvalidArgument` when `from` is no ancestor of
/// `to`; `kUnsupported` when an overwrite or delete is in the range (`PlanChanges` takes those).
Result<ScanPlan> PlanAppends(const TableMetadata& metadata, std::optional<SnapshotId> from,
                             SnapshotId to, io::FileIO& io);

/// The difference of two snapshots in files.
struct ChangePlan {
  std::vector<ManifestEntry> added;    ///< In `to`, not in `from`.
  std::vector<ManifestEntry> removed;  ///< In `from`, not in `to`.
};

/// Finds the data files that are in `to` and not in `from` (unset = nothing), and the reverse.
/// Reads only manifests the two do not share. Replace snapshots show as removed and added files.
Result<ChangePlan> PlanChanges(const TableMetadata& metadata, std::optional<SnapshotId> from,
                               SnapshotId to, io::FileIO& io);

/// The columns of `schema` that `names` asks for, structs cut to the fields named ("a.b"); in the
/// order of the schema. Empty = all. Errors: `kNotFound`.
Result<Schema> SelectColumns(const Schema& schema, const std::vector<std::string>& names,
                             bool case_sensitive = true);

/// The manifests of a snapshot of `metadata` (v1 snapshots without a list included).
/// Errors: those of `ReadManifestList` and, where the list is encrypted, of `ManifestListFiles`.
Result<std::vector<ManifestFile>> ManifestsOf(const TableMetadata& metadata,
                                              const Snapshot& snapshot, io::FileIO& io);

/// All live data files of a snapshot, unfiltered.
Result<std::vector<ManifestEntry>> LiveFiles(const TableMetadata& metadata,
                                             const Snapshot& snapshot, io::FileIO& io);

}  // namespace firn::table
