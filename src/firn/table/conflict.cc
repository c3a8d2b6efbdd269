// SPDX-License-Identifier: Apache-2.0
//
// Each snapshot of the history is asked for the manifests it added, and those for the entries it
// made. Later snapshots would not do: they leave out manifests of deleted entries, and merge the
// others.

#include "firn/table/conflict.h"

#include <algorithm>
#include <string_view>

#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/delete_index.h"
#include "firn/table/evaluator.h"
#include "firn/table/operation.h"
#include "firn/table/projection.h"
#include "firn/table/scan.h"

namespace firn::table {
namespace {

// The snapshots after `from`, newest first.
Result<std::vector<const Snapshot*>> HistorySince(const TableMetadata& metadata,
                                                  const Snapshot* head, SnapshotId from) {
  std::vector<const Snapshot*> since;
  if (head != nullptr) {
    FIRN_ASSIGN(since, Ancestors(metadata, head->id));
  }
  for (size_t at = 0; at < since.size(); ++at) {
    if (since[at]->id != from) continue;
    since.resize(at);
    return since;
  }
  const bool from_the_start = from == kNoSnapshot && (since.empty() || !since.back()->parent_id);
  if (from_the_start) return since;
  return Conflict("the snapshot the change was made from is no longer in the branch's history",
                  from);
}

void Take(ManifestEntry entry, ManifestContent content, FileChanges& changes) {
  const bool data = content == ManifestContent::kData;
  if (entry.is_live()) {
    (data ? changes.added_data : changes.added_deletes).push_back(std::move(entry));
  } else {
    (data ? changes.removed_data : changes.removed_deletes).push_back(std::move(entry));
  }
}

Status Collect(const TableMetadata& metadata, const Snapshot& snapshot, io::FileIO& io,
               FileChanges& changes) {
  FIRN_ASSIGN(const auto manifests, ManifestsOf(metadata, snapshot, io));
  for (const ManifestFile& manifest : manifests) {
    if (manifest.added_snapshot_id != snapshot.id) continue;
    const PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(auto entries, ReadManifest(io, manifest, *spec));
    const Type partition_type = PartitionType(*spec, metadata.schema());
    for (ManifestEntry& entry : entries) {
      if (entry.snapshot_id != snapshot.id || entry.status == EntryStatus::kExisting) continue;
      WidenPartition(partition_type, entry.file.partition);
      Take(std::move(entry), manifest.content, changes);
    }
  }
  return Ok();
}

const ManifestEntry* FindIn(const std::vector<ManifestEntry>& entries, const Scope& scope) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const ManifestEntry& entry) {
    return scope.MayHold(entry.file);
  });
  return found == entries.end() ? nullptr : &*found;
}

// No entry of `entries` is in the scope; else a conflict that says what happened.
Status CheckNone(const std::vector<ManifestEntry>& entries, const Scope& scope,
                 std::string_view happened) {
  const ManifestEntry* found = FindIn(entries, scope);
  return found == nullptr ? Ok() : Status(Conflict(std::string(happened), found->file.file_path));
}

bool IsEquality(const DataFile& file) {
  return file.content == FileContent::kEqualityDeletes;
}

}  // namespace

Result<FileChanges> ChangesOf(const TableMetadata& metadata, const Snapshot& snapshot,
                              io::FileIO& io) {
  FileChanges changes;
  FIRN_TRY(Collect(metadata, snapshot, io, changes));
  return changes;
}

Result<ConcurrentChanges> ChangesSince(const TableMetadata& metadata, const Snapshot* head,
                                       SnapshotId from, io::FileIO& io) {
  FIRN_ASSIGN(const auto history, HistorySince(metadata, head, from));
  ConcurrentChanges since;
  for (const Snapshot* snapshot : history) {
    const bool rewrite = snapshot->operation() == kOperationReplace;
    FIRN_TRY(Collect(metadata, *snapshot, io, rewrite ? since.rewrites : since.rows));
  }
  return since;
}

Result<Scope> Scope::Rows(const Expression& filter, const TableMetadata& metadata) {
  FIRN_ASSIGN(Expression bound, filter.Bind(metadata.schema()));
  return Scope(Filter{std::move(bound), &metadata});
}

Scope Scope::Partitions(PartitionSet partitions) {
  return Scope(std::move(partitions));
}

bool Scope::MayHold(const DataFile& file) const {
  if (const auto* partitions = std::get_if<PartitionSet>(&what_)) return partitions->Contains(file);
  const Filter& filter = std::get<Filter>(what_);
  const Schema& schema = filter.metadata->schema();
  const PartitionSpec* spec = filter.metadata->FindSpec(file.spec_id);
  if (spec == nullptr) return true;
  PartitionData tuple = file.partition;
  WidenPartition(PartitionType(*spec, schema), tuple);
  // Position deletes know nothing of the table's columns, so their partition alone decides.
  return PartitionMatches(tuple, ProjectInclusive(filter.bound, *spec), *spec) &&
         (file.content == FileContent::kPositionDeletes ||
          FileMightMatch(file, filter.bound, schema));
}

Status CheckNoRowsAdded(const ConcurrentChanges& since, const Scope& scope) {
  return CheckNone(since.rows.added_data, scope,
                   "a file that the change should have seen was added meanwhile");
}

Status CheckNoRowsRemoved(const ConcurrentChanges& since, const Scope& scope) {
  return CheckNone(since.rows.removed_data, scope,
                   "a file that the change has seen was removed meanwhile");
}

Status CheckNoFilesRemoved(const ConcurrentChanges& since, const Scope& scope) {
  FIRN_TRY(CheckNoRowsRemoved(since, scope));
  return CheckNone(since.rewrites.removed_data, scope,
                   "a file that the change has seen was rewritten meanwhile");
}

Status CheckNoDeletesAdded(const ConcurrentChanges& since, const Scope& scope) {
  return CheckNone(since.rows.added_deletes, scope,
                   "rows that the change has seen were deleted meanwhile");
}

Status CheckNoDeletesOf(const ConcurrentChanges& since, const std::vector<ManifestEntry>& files,
                        DeleteKinds kinds, const TableMetadata& metadata) {
  DeleteIndex deletes;
  // Rewritten deletes count too: made out of equality deletes, they name what those only matched.
  for (const auto* added : {&since.rows.added_deletes, &since.rewrites.added_deletes}) {
    for (const ManifestEntry& entry : *added) {
      if (kinds == DeleteKinds::kPositional && IsEquality(entry.file)) continue;
      const PartitionSpec* spec = metadata.FindSpec(entry.file.spec_id);
      deletes.Add(entry, spec != nullptr && spec->is_unpartitioned());
    }
  }
  for (const ManifestEntry& file : files) {
    if (deletes.For(file).empty()) continue;
    return Conflict("rows of a file of the change were deleted meanwhile", file.file.file_path);
  }
  return Ok();
}

Status CheckRowIdsKnown(const TableMetadata& metadata, SnapshotId from,
                        const std::vector<ManifestEntry>& removed) {
  const Snapshot* read = metadata.FindSnapshot(from);
  if (read == nullptr || read->first_row_id) return Ok();
  for (const ManifestEntry& entry : removed) {
    if (!entry.file.first_row_id) continue;
    return Conflict("rows to be written again got their row ids meanwhile", entry.file.file_path);
  }
  return Ok();
}

Status CheckFilesStay(const ConcurrentChanges& since, const std::set<std::string>& paths) {
  for (const auto* removed : {&since.rows.removed_data, &since.rewrites.removed_data}) {
    for (const ManifestEntry& entry : *removed) {
      if (!paths.contains(io::NormalizeLocation(entry.file.file_path))) continue;
      return Conflict("a file whose rows the change deletes was removed meanwhile",
                      entry.file.file_path);
    }
  }
  return Ok();
}

Status CheckNoVectorsAdded(const ConcurrentChanges& since, const std::set<std::string>& paths) {
  for (const auto* added : {&since.rows.added_deletes, &since.rewrites.added_deletes}) {
    for (const ManifestEntry& entry : *added) {
      if (!IsDeletionVector(entry.file) || !entry.file.referenced_data_file) continue;
      if (!paths.contains(io::NormalizeLocation(*entry.file.referenced_data_file))) continue;
      return Conflict("a file of the change got another deletion vector meanwhile",
                      *entry.file.referenced_data_file);
    }
  }
  return Ok();
}

}  // namespace firn::table
