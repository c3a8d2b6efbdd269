// SPDX-License-Identifier: Apache-2.0

#include "firn/table/rewrite_manifests.h"

#include <algorithm>
#include <map>
#include <utility>

#include "firn/table/delete_index.h"
#include "firn/table/manifest_merge.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

using Portions = std::vector<std::vector<ManifestEntry>>;
using GroupKey = std::pair<ManifestContent, SpecId>;

// The order of tuples: nulls first, then by value, field by field.
int CompareTuples(const PartitionData& left, const PartitionData& right) {
  for (size_t at = 0; at < std::min(left.size(), right.size()); ++at) {
    if (!left[at] || !right[at]) {
      if (left[at].has_value() != right[at].has_value()) return left[at] ? 1 : -1;
      continue;
    }
    if (left[at]->type() != right[at]->type()) continue;  // Of before a promotion.
    const auto order = Compare(*left[at], *right[at]);
    if (order != 0) return order < 0 ? -1 : 1;
  }
  return 0;
}

// Live entries sorted by partition, then by age, in portions of `count_max`.
Portions Cluster(std::vector<ManifestEntry> entries, size_t count_max) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ManifestEntry& left, const ManifestEntry& right) {
                     const int order = CompareTuples(left.file.partition, right.file.partition);
                     return order != 0 ? order < 0 : *left.sequence_number < *right.sequence_number;
                   });
  Portions portions;
  for (ManifestEntry& entry : entries) {
    if (portions.empty() || portions.back().size() == count_max) portions.emplace_back();
    portions.back().push_back(std::move(entry));
  }
  return portions;
}

class RewriteManifestsOperation : public SnapshotOperation {
 public:
  RewriteManifestsOperation(ManifestRewrite rewrite, SnapshotOptions options)
      : SnapshotOperation(std::move(options)), rewrite_(rewrite) {}

 protected:
  Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    SnapshotContents contents;
    contents.operation = kOperationReplace;
    contents.merge_small = false;
    FIRN_ASSIGN(const int64_t of_table, ManifestTargetBytes(base));
    const int64_t target_bytes = std::max<int64_t>(rewrite_.target_bytes.value_or(of_table), 1);
    std::map<GroupKey, std::vector<ManifestFile>> groups;
    for (const ManifestFile& manifest : parent.manifests) {
      if (Takes(manifest)) {
        groups[{manifest.content, manifest.spec_id}].push_back(manifest);
      } else {
        contents.manifests.push_back(manifest);
      }
    }
    int64_t entries = 0;
    for (const auto& [key, group] : groups) {
      FIRN_ASSIGN(auto written, Rewrite(group, target_bytes, workspace));
      for (const ManifestFile& manifest : written) {
        entries += manifest.existing_files_count.value_or(0);
      }
      contents.manifests.insert(contents.manifests.end(), written.begin(), written.end());
    }
    contents.properties["entries-processed"] = std::to_string(entries);
    return contents;
  }

 private:
  bool Takes(const ManifestFile& manifest) const {
    if (manifest.content == ManifestContent::kDeletes && !rewrite_.deletes) return false;
    return !rewrite_.spec_id || manifest.spec_id == *rewrite_.spec_id;
  }

  // One manifest of a fitting size is in order as it is.
  static bool InOrder(const std::vector<ManifestFile>& group, int64_t target_bytes) {
    return group.size() == 1 && group.front().length_bytes <= target_bytes &&
           !group.front().has_deleted_files();
  }

  static Result<std::vector<ManifestFile>> Rewrite(const std::vector<ManifestFile>& group,
                                                   int64_t target_bytes,
                                                   SnapshotWorkspace& workspace) {
    if (InOrder(group, target_bytes)) return group;
    return workspace.Rewrite(group, "clustered", [&]() -> Result<Portions> {
      std::vector<ManifestEntry> live;
      int64_t bytes = 0;
      int64_t count = 0;
      for (const ManifestFile& manifest : group) {
        FIRN_ASSIGN(auto entries, workspace.EntriesOf(manifest));
        bytes += manifest.length_bytes;
        count += static_cast<int64_t>(entries.size());
        for (ManifestEntry& entry : entries) {
          if (entry.is_live()) live.push_back(std::move(entry));
        }
      }
      // How many entries fit, by what an entry takes today.
      const int64_t bytes_per_entry = std::max<int64_t>(bytes / std::max<int64_t>(count, 1), 1);
      const int64_t fit = std::max<int64_t>(target_bytes / bytes_per_entry, 1);
      return Cluster(std::move(live), static_cast<size_t>(fit));
    });
  }

  ManifestRewrite rewrite_;
};

}  // namespace

std::unique_ptr<Operation> RewriteManifests(ManifestRewrite rewrite, SnapshotOptions options) {
  return std::make_unique<RewriteManifestsOperation>(rewrite, std::move(options));
}

}  // namespace firn::table
