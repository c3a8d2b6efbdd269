// SPDX-License-Identifier: Apache-2.0
//
// Manifests are merged with those of about their size: otherwise what was merged once would be
// merged again and again, and a commit would cost more the longer the history is. So a file is
// written anew once per power of the count, not once per merge.

#include "firn/table/manifest_merge.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "firn/table/partition_avro.h"

namespace firn::table {
namespace {

constexpr int64_t kMinCountToMerge = 100;
constexpr int64_t kTargetBytes = int64_t{8} << 20;

// Manifests of one content and spec may share a file; the tier is their size.
using GroupKey = std::tuple<ManifestContent, SpecId, int>;

constexpr int kTierMax = 8;

// 0 for fewer files than `min_count`, 1 for fewer than its square, and so on.
int TierOf(const ManifestFile& manifest, int64_t min_count) {
  const int64_t base = std::max<int64_t>(min_count, 2);
  const int64_t files =
      manifest.added_files_count.value_or(0) + manifest.existing_files_count.value_or(0);
  int tier = 0;
  for (int64_t most = base; files >= most && tier < kTierMax; ++tier) {
    most *= base;
  }
  return tier;
}

// Manifests of specs that cannot be written stay as they are.
bool IsMergeable(const SnapshotWorkspace& workspace, const ManifestFile& manifest,
                 int64_t target_bytes) {
  if (manifest.added_snapshot_id == workspace.snapshot_id()) return false;
  const PartitionSpec* spec = workspace.base().FindSpec(manifest.spec_id);
  return manifest.length_bytes < target_bytes / 2 && (spec == nullptr || IsWritable(*spec));
}

bool Lives(const std::vector<ManifestFile>& manifests) {
  for (const ManifestFile& manifest : manifests) {
    if (manifest.has_added_files() || manifest.has_existing_files()) return true;
  }
  return false;
}

Result<std::vector<ManifestFile>> MergeGroup(SnapshotWorkspace& workspace,
                                             const std::vector<ManifestFile>& group,
                                             int64_t target_bytes) {
  std::vector<ManifestFile> merged;
  std::vector<ManifestFile> bin;
  int64_t bin_bytes = 0;
  const auto flush = [&]() -> Status {
    if (bin.size() == 1) {
      merged.push_back(bin.front());
    } else if (Lives(bin)) {
      FIRN_ASSIGN(ManifestFile manifest, workspace.Merge(bin));
      merged.push_back(std::move(manifest));
    }
    bin.clear();
    bin_bytes = 0;
    return Ok();
  };
  for (const ManifestFile& manifest : group) {
    if (!bin.empty() && bin_bytes + manifest.length_bytes > target_bytes) FIRN_TRY(flush());
    bin.push_back(manifest);
    bin_bytes += manifest.length_bytes;
  }
  FIRN_TRY(flush());
  return merged;
}

}  // namespace

Result<int64_t> ManifestTargetBytes(const TableMetadata& metadata) {
  return metadata.IntProperty("commit.manifest.target-size-bytes", kTargetBytes);
}

Status MergeSmallManifests(SnapshotWorkspace& workspace, std::vector<ManifestFile>& manifests) {
  const TableMetadata& base = workspace.base();
  if (base.Property("commit.manifest-merge.enabled", "true") != "true") return Ok();
  FIRN_ASSIGN(const int64_t min_count,
              base.IntProperty("commit.manifest.min-count-to-merge", kMinCountToMerge));
  FIRN_ASSIGN(const int64_t target_bytes, ManifestTargetBytes(base));
  std::map<GroupKey, std::vector<ManifestFile>> small;
  std::vector<ManifestFile> rest;
  for (ManifestFile& manifest : manifests) {
    const GroupKey key(manifest.content, manifest.spec_id, TierOf(manifest, min_count));
    auto& group = IsMergeable(workspace, manifest, target_bytes) ? small[key] : rest;
    group.push_back(std::move(manifest));
  }
  for (auto& [key, group] : small) {
    if (static_cast<int64_t>(group.size()) >= min_count) {
      FIRN_ASSIGN(group, MergeGroup(workspace, group, target_bytes));
    }
    rest.insert(rest.end(), group.begin(), group.end());
  }
  manifests = std::move(rest);
  return Ok();
}

}  // namespace firn::table
