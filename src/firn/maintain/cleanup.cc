// SPDX-License-Identifier: Apache-2.0
//
// Both strategies begin alike: manifest lists of expired snapshots go, and so do the manifests that
// no list of a remaining snapshot names. They differ in how they find the content files:
//
//   reachable    candidates = every file that is live in a manifest which goes;
//                those stay that are live in a manifest which stays.
//   incremental  walk the line of snapshots from old to new, through the manifests each of them
//                wrote: "deleted" makes a file a candidate (once the oldest remaining snapshot no
//                longer has it), being live in a later one takes it back. A file of several
//                deletion vectors outlives each of them: it stays while a manifest which stays has
//                one.
//
// Either way a candidate was live in a snapshot that expired, and has to be live in none that
// stays. Having been added by an expired snapshot says nothing: an append that expired is as live
// as one that did not.

#include "firn/maintain/cleanup.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "firn/io/location.h"
#include "firn/maintain/file_set.h"
#include "firn/table/delete_index.h"
#include "firn/table/manifest.h"
#include "firn/table/scan.h"

namespace firn::maintain {
namespace {

using table::ManifestEntry;
using table::ManifestFile;
using table::Snapshot;
using table::SnapshotId;

using ManifestMap = std::map<std::string, ManifestFile>;  // By path.

std::vector<const Snapshot*> ExpiredOf(const table::TableMetadata& before,
                                       const table::TableMetadata& after) {
  std::vector<const Snapshot*> expired;
  for (const Snapshot& snapshot : before.snapshots) {
    if (after.FindSnapshot(snapshot.id) == nullptr) expired.push_back(&snapshot);
  }
  return expired;
}

const table::PartitionSpec* SpecOf(const ManifestFile& manifest, const table::TableMetadata& before,
                                   const table::TableMetadata& after) {
  const table::PartitionSpec* spec = after.FindSpec(manifest.spec_id);
  return spec != nullptr ? spec : before.FindSpec(manifest.spec_id);
}

// The ancestors of the current snapshot from the oldest on, as far as either metadata knows them;
// none where parents form a loop.
std::vector<const Snapshot*> LineOf(const table::TableMetadata& before,
                                    const table::TableMetadata& after) {
  std::vector<const Snapshot*> line;
  std::set<SnapshotId> seen;
  const Snapshot* at = after.current_snapshot();
  while (at != nullptr) {
    if (!seen.insert(at->id).second) return {};
    line.push_back(at);
    if (!at->parent_id) break;
    const SnapshotId parent = *at->parent_id;
    at = after.FindSnapshot(parent);
    if (at == nullptr) at = before.FindSnapshot(parent);
  }
  std::reverse(line.begin(), line.end());
  return line;
}

// The whole way from snapshots to what goes.
class Cleaner {
 public:
  Cleaner(const table::TableMetadata& before, const table::TableMetadata& after, io::FileIO& io)
      : before_(before), after_(after), io_(io), expired_(ExpiredOf(before, after)) {}

  Result<std::vector<UnneededFile>> Run(CleanupStrategy strategy) {
    if (expired_.empty()) return std::vector<UnneededFile>();
    FIRN_TRY(ReadLists());
    FIRN_TRY(strategy == CleanupStrategy::kReachable ? FindUnreachable() : FollowLine());
    TakeStatistics();
    return Finish();
  }

 private:
  // Finds the manifests that stay and those that go.
  Status ReadLists() {
    for (const Snapshot& snapshot : after_.snapshots) {
      FIRN_ASSIGN(const auto manifests, table::ManifestsOf(after_, snapshot, io_));
      kept_lists_.Insert(snapshot.manifest_list);
      for (const ManifestFile& manifest : manifests) {
        kept_manifests_.Insert(manifest.path);
        kept_.emplace(manifest.path, manifest);
      }
    }
    for (const Snapshot* snapshot : expired_) {
      auto manifests = table::ManifestsOf(before_, *snapshot, io_);
      if (!manifests && manifests.error().kind == ErrorKind::kNotFound) continue;
      if (!manifests) return std::move(manifests).error();
      TakeList(*snapshot);
      for (const ManifestFile& manifest : *manifests) {
        if (!kept_manifests_.Contains(manifest.path)) gone_.emplace(manifest.path, manifest);
      }
    }
    for (const auto& [path, manifest] : gone_) {
      result_.push_back({path, FileKind::kManifest, manifest.length_bytes});
    }
    return Ok();
  }

  void TakeList(const Snapshot& snapshot) {
    if (snapshot.manifest_list.empty() || kept_lists_.Contains(snapshot.manifest_list)) return;
    result_.push_back({snapshot.manifest_list, FileKind::kManifestList, 0});
  }

  // Calls `visit` for each entry; a manifest that went already has none.
  template <typename Visit>
  Status ForEachEntry(const ManifestFile& manifest, bool must_exist, Visit visit) {
    const table::PartitionSpec* spec = SpecOf(manifest, before_, after_);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.path);
    auto reader = table::ManifestReader::Open(io_, manifest, *spec);
    if (!reader && !must_exist && reader.error().kind == ErrorKind::kNotFound) return Ok();
    if (!reader) return std::move(reader).error();
    while (true) {
      FIRN_ASSIGN(const auto entry, reader->Next());
      if (!entry) return Ok();
      visit(*entry);
    }
  }

  void AddCandidate(const ManifestEntry& entry) {
    if (table::IsDeletionVector(entry.file)) may_be_shared_ = true;
    candidates_.emplace(
        io::LooseLocationKey(entry.file.file_path),
        UnneededFile{entry.file.file_path, FileKind::kContent, entry.file.file_size_bytes});
  }

  void DropCandidate(const ManifestEntry& entry) {
    candidates_.erase(io::LooseLocationKey(entry.file.file_path));
  }

  Status FindUnreachable() {
    for (const auto& [path, manifest] : gone_) {
      FIRN_TRY(ForEachEntry(manifest, false, [this](const ManifestEntry& entry) {
        if (entry.is_live()) AddCandidate(entry);
      }));
    }
    for (const auto& [path, manifest] : kept_) {
      if (candidates_.empty()) return Ok();
      if (!manifest.has_added_files() && !manifest.has_existing_files()) continue;
      FIRN_TRY(ForEachEntry(manifest, true, [this](const ManifestEntry& entry) {
        if (entry.is_live()) DropCandidate(entry);
      }));
    }
    return Ok();
  }

  Status FollowLine() {
    std::unordered_map<SnapshotId, std::vector<const ManifestFile*>> written;
    for (const ManifestMap* manifests : {&gone_, &kept_}) {
      for (const auto& [path, manifest] : *manifests) {
        written[manifest.added_snapshot_id].push_back(&manifest);
      }
    }
    // What the first one deleted went with the snapshots before it; what a remaining one still has
    // stays.
    bool deletes_count = false;
    for (const Snapshot* snapshot : LineOf(before_, after_)) {
      if (deletes_count) FIRN_TRY(TakeDeleted(*snapshot, written[snapshot->id]));
      if (!candidates_.empty()) FIRN_TRY(KeepLive(written[snapshot->id]));
      deletes_count = after_.FindSnapshot(snapshot->id) == nullptr;
    }
    return KeepSharedFiles();
  }

  // Looks through all deletes that stay, whoever wrote them, where a vector's file is a candidate.
  Status KeepSharedFiles() {
    for (const auto& [path, manifest] : kept_) {
      if (!may_be_shared_) return Ok();
      if (manifest.content == table::ManifestContent::kDeletes) FIRN_TRY(KeepLive({&manifest}));
    }
    return Ok();
  }

  Status TakeDeleted(const Snapshot& snapshot, const std::vector<const ManifestFile*>& manifests) {
    for (const ManifestFile* manifest : manifests) {
      if (!manifest->has_deleted_files()) continue;
      FIRN_TRY(ForEachEntry(*manifest, kept_.contains(manifest->path), [&](const auto& entry) {
        if (!entry.is_live() && entry.snapshot_id == snapshot.id) AddCandidate(entry);
      }));
    }
    return Ok();
  }

  Status KeepLive(const std::vector<const ManifestFile*>& manifests) {
    for (const ManifestFile* manifest : manifests) {
      if (!manifest->has_added_files() && !manifest->has_existing_files()) continue;
      FIRN_TRY(ForEachEntry(*manifest, kept_.contains(manifest->path), [&](const auto& entry) {
        if (entry.is_live()) DropCandidate(entry);
      }));
    }
    return Ok();
  }

  void TakeStatistics() {
    FileSet kept;
    for (const auto* files : {&after_.statistics, &after_.partition_statistics}) {
      for (const table::StatisticsFile& file : *files)
        kept.Insert(PathOf(file));
    }
    for (const auto* files : {&before_.statistics, &before_.partition_statistics}) {
      for (const table::StatisticsFile& file : *files) {
        const std::string path = PathOf(file);
        if (path.empty() || kept.Contains(path)) continue;
        result_.push_back({path, FileKind::kStatistics, SizeOf(file)});
      }
    }
  }

  static std::string PathOf(const table::StatisticsFile& file) {
    const Json* path = file.json.Find("statistics-path");
    return path != nullptr && path->as_string() != nullptr ? *path->as_string() : std::string();
  }
  static int64_t SizeOf(const table::StatisticsFile& file) {
    const Json* size = file.json.Find("file-size-in-bytes");
    return size != nullptr ? size->ToInt64().value_or(0) : 0;
  }

  std::vector<UnneededFile> Finish() {
    for (auto& [key, file] : candidates_)
      result_.push_back(std::move(file));
    std::sort(result_.begin(), result_.end(), [](const UnneededFile& a, const UnneededFile& b) {
      return std::tie(a.kind, a.location) < std::tie(b.kind, b.location);
    });
    result_.erase(std::unique(result_.begin(), result_.end(),
                              [](const UnneededFile& a, const UnneededFile& b) {
                                return a.location == b.location;
                              }),
                  result_.end());
    return std::move(result_);
  }

  const table::TableMetadata& before_;
  const table::TableMetadata& after_;
  io::FileIO& io_;
  std::vector<const Snapshot*> expired_;
  FileSet kept_lists_, kept_manifests_;
  ManifestMap kept_, gone_;
  std::map<std::string, UnneededFile> candidates_;  // By loose key.
  bool may_be_shared_ = false;                      // A candidate holds deletion vectors.
  std::vector<UnneededFile> result_;
};

}  // namespace

std::string_view KindName(FileKind kind) {
  static constexpr std::string_view kNames[] = {"data or delete file", "statistics", "manifest",
                                                "manifest list",       "metadata",   "other"};
  return kNames[static_cast<size_t>(kind)];
}

bool IsOneLine(const table::TableMetadata& before, const table::TableMetadata& after) {
  const std::vector<const Snapshot*> line = LineOf(before, after);
  const auto remains = [&after](const Snapshot* snapshot) {
    return after.FindSnapshot(snapshot->id) != nullptr;
  };
  const auto first = std::find_if(line.begin(), line.end(), remains);
  const auto remaining = static_cast<size_t>(line.end() - first);
  const size_t expired = ExpiredOf(before, after).size();
  // Only a manifest list says for certain which snapshot wrote a manifest.
  const auto has_list = [](const Snapshot* snapshot) { return !snapshot->manifest_list.empty(); };
  if (!std::all_of(line.begin(), line.end(), has_list)) return false;
  return std::all_of(first, line.end(), remains) && remaining == after.snapshots.size() &&
         line.size() - remaining == expired;
}

Result<CleanupPlan> PlanCleanup(const table::TableMetadata& before,
                                const table::TableMetadata& after, const TableFolders& folders,
                                io::FileIO& io) {
  const CleanupStrategy strategy =
      IsOneLine(before, after) ? CleanupStrategy::kIncremental : CleanupStrategy::kReachable;
  return PlanCleanupBy(strategy, before, after, folders, io);
}

Result<CleanupPlan> PlanCleanupBy(CleanupStrategy strategy, const table::TableMetadata& before,
                                  const table::TableMetadata& after, const TableFolders& folders,
                                  io::FileIO& io) {
  if (strategy == CleanupStrategy::kIncremental && !IsOneLine(before, after)) {
    return InvalidArgument("the snapshots are not one line");
  }
  FIRN_ASSIGN(std::vector<UnneededFile> files, Cleaner(before, after, io).Run(strategy));
  CleanupPlan plan;
  plan.strategy = strategy;
  for (UnneededFile& file : files) {
    if (folders.Owns(file.location)) {
      plan.files.push_back(std::move(file));
    } else {
      plan.not_ours.push_back(std::move(file.location));
    }
  }
  return plan;
}

}  // namespace firn::maintain
