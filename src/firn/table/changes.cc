// SPDX-License-Identifier: Apache-2.0
//
// What changed between two snapshots. A file that a range of appends added is still live at its end
// and lies in a manifest that the range made, so one manifest list tells all. Once a replace is in
// the range, files may be gone again, and each snapshot is asked for what it added.

#include <algorithm>
#include <set>

#include "firn/base/saturate.h"
#include "firn/io/file_io.h"
#include "firn/table/scan.h"
#include "firn/table/snapshot_range.h"

namespace firn::table {
namespace {

class AppendPlanner {
 public:
  AppendPlanner(const TableMetadata& metadata, ScanPlan& plan, io::FileIO& io)
      : metadata_(metadata), plan_(plan), io_(io) {}

  Status Run(const std::vector<const Snapshot*>& range) {
    bool replaced = false;
    for (const Snapshot* snapshot : range) {
      if (snapshot->operation() == kOperationReplace) {
        replaced = true;
      } else if (snapshot->operation() == kOperationAppend) {
        appends_.insert(snapshot->id);
      } else {
        return Unsupported("snapshot in the range is not an append but '" +
                               std::string(snapshot->operation()) + "'",
                           snapshot->id);
      }
    }
    if (range.empty()) return Ok();
    if (!replaced) return TakeFrom(*range.back(), appends_);
    for (const Snapshot* snapshot : range) {
      if (appends_.contains(snapshot->id)) FIRN_TRY(TakeFrom(*snapshot, {snapshot->id}));
    }
    return Ok();
  }

 private:
  // Takes the files that the snapshots `wanted` added, out of the manifests of `snapshot`.
  Status TakeFrom(const Snapshot& snapshot, const std::set<SnapshotId>& wanted) {
    FIRN_ASSIGN(const auto manifests, ManifestsOf(metadata_, snapshot, io_));
    for (const ManifestFile& manifest : manifests) {
      if (manifest.content != ManifestContent::kData) continue;
      ++plan_.manifests_total;
      if (!wanted.contains(manifest.added_snapshot_id)) continue;
      ++plan_.manifests_kept;
      const PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
      if (spec == nullptr)
        return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
      FIRN_ASSIGN(auto entries, ReadManifest(io_, manifest, *spec));
      for (ManifestEntry& entry : entries) {
        if (entry.is_live() && wanted.contains(*entry.snapshot_id)) Take(std::move(entry));
      }
    }
    return Ok();
  }

  void Take(ManifestEntry entry) {
    ++plan_.files_total;
    ++plan_.files_kept;
    plan_.records_kept = AddSaturated(plan_.records_kept, entry.file.record_count);
    plan_.bytes_kept = AddSaturated(plan_.bytes_kept, entry.file.file_size_bytes);
    plan_.tasks.push_back({std::move(entry.file), *entry.sequence_number, Expression::True(), {}});
  }

  const TableMetadata& metadata_;
  ScanPlan& plan_;
  io::FileIO& io_;
  std::set<SnapshotId> appends_;
};

Result<std::vector<ManifestEntry>> LiveEntriesOf(const TableMetadata& metadata,
                                                 const std::vector<ManifestFile>& manifests,
                                                 const std::set<std::string>& except,
                                                 io::FileIO& io) {
  std::vector<ManifestEntry> live;
  for (const ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kData || except.contains(manifest.path)) continue;
    const PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(auto entries, ReadManifest(io, manifest, *spec));
    for (ManifestEntry& entry : entries) {
      if (entry.is_live()) live.push_back(std::move(entry));
    }
  }
  return live;
}

std::set<std::string> PathsOf(const std::vector<ManifestFile>& manifests) {
  std::set<std::string> paths;
  for (const ManifestFile& manifest : manifests) {
    paths.insert(manifest.path);
  }
  return paths;
}

// The entries whose file is not among `others`.
std::vector<ManifestEntry> Without(const std::vector<ManifestEntry>& entries,
                                   const std::vector<ManifestEntry>& others) {
  std::set<std::string_view> paths;
  for (const ManifestEntry& entry : others) {
    paths.insert(entry.file.file_path);
  }
  std::vector<ManifestEntry> rest;
  for (const ManifestEntry& entry : entries) {
    if (!paths.contains(entry.file.file_path)) rest.push_back(entry);
  }
  return rest;
}

}  // namespace

Result<std::vector<const Snapshot*>> SnapshotsBetween(const TableMetadata& metadata,
                                                      std::optional<SnapshotId> from,
                                                      SnapshotId to) {
  if (metadata.FindSnapshot(to) == nullptr) return NotFound("no such snapshot", to);
  FIRN_ASSIGN(auto range, Ancestors(metadata, to));
  if (from) {
    const auto at = std::find_if(range.begin(), range.end(),
                                 [&](const Snapshot* snapshot) { return snapshot->id == *from; });
    if (at == range.end()) {
      return InvalidArgument("snapshot is no ancestor of the other", *from, to)
          .WithHint("it may have expired, or the branch was rolled back");
    }
    range.erase(at, range.end());
  } else if (!range.empty() && range.back()->parent_id) {
    return NotFound("the history before a snapshot has expired", range.back()->id);
  }
  std::reverse(range.begin(), range.end());
  return range;
}

Result<ScanPlan> PlanAppends(const TableMetadata& metadata, std::optional<SnapshotId> from,
                             SnapshotId to, io::FileIO& io) {
  FIRN_ASSIGN(const auto range, SnapshotsBetween(metadata, from, to));
  ScanPlan plan;
  plan.snapshot = to;
  plan.schema = plan.projection = metadata.schema();
  plan.schema_id = plan.schema.id();
  FIRN_TRY(AppendPlanner(metadata, plan, io).Run(range));
  return plan;
}

Result<ChangePlan> PlanChanges(const TableMetadata& metadata, std::optional<SnapshotId> from,
                               SnapshotId to, io::FileIO& io) {
  const Snapshot* after = metadata.FindSnapshot(to);
  if (after == nullptr) return NotFound("no such snapshot", to);
  FIRN_ASSIGN(const auto manifests_after, ManifestsOf(metadata, *after, io));
  std::vector<ManifestFile> manifests_before;
  if (from) {
    const Snapshot* before = metadata.FindSnapshot(*from);
    if (before == nullptr) return NotFound("no such snapshot", *from);
    FIRN_ASSIGN(manifests_before, ManifestsOf(metadata, *before, io));
  }
  FIRN_ASSIGN(const auto files_after,
              LiveEntriesOf(metadata, manifests_after, PathsOf(manifests_before), io));
  FIRN_ASSIGN(const auto files_before,
              LiveEntriesOf(metadata, manifests_before, PathsOf(manifests_after), io));
  return ChangePlan{Without(files_after, files_before), Without(files_before, files_after)};
}

}  // namespace firn::table
