// SPDX-License-Identifier: Apache-2.0
//
// Appending: new manifests before the parent's. Once small manifests are many, they are merged, so
// that the list does not grow with every commit: those of one size together, so a file is written
// anew once per power of the count, not once per merge (properties commit.manifest-merge.enabled,
// commit.manifest.min-count-to-merge and commit.manifest.target-size-bytes, as in other engines).

#include <algorithm>
#include <set>

#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/scan.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

constexpr int64_t kMinCountToMerge = 100;
constexpr int64_t kTargetBytes = int64_t{8} << 20;

Status CheckNew(const std::vector<DataFile>& files) {
  std::set<std::string> seen;
  for (const DataFile& file : files) {
    if (file.content != FileContent::kData) {
      return InvalidArgument("not a data file", file.file_path);
    }
    if (!seen.insert(io::NormalizeLocation(file.file_path)).second) {
      return InvalidArgument("file is added twice", file.file_path);
    }
  }
  return Ok();
}

class Append : public SnapshotOperation {
 public:
  Append(std::vector<DataFile> files, SnapshotOptions options)
      : SnapshotOperation(std::move(options)), files_(std::move(files)) {}

 protected:
  Result<Contents> Make(const TableMetadata& base, const Snapshot* parent,
                        Workspace& workspace) const override {
    FIRN_TRY(CheckNew(files_));
    Contents contents;
    contents.operation = kOperationAppend;
    for (const DataFile& file : files_) {
      contents.summary.AddFile(file);
    }
    FIRN_ASSIGN(contents.manifests, workspace.WriteAdded(files_));
    if (parent == nullptr) return contents;
    FIRN_ASSIGN(std::vector<ManifestFile> inherited, ManifestsOf(*parent, workspace.io()));
    FIRN_TRY(MergeSmall(base, workspace, inherited));
    contents.manifests.insert(contents.manifests.end(), inherited.begin(), inherited.end());
    return contents;
  }

 private:
  // Manifests are merged with those of about their size: otherwise what was merged once would be
  // merged again and again, and a commit would cost more the longer the history is.
  static int TierOf(const ManifestFile& manifest, int64_t min_count) {
    const int64_t files =
        manifest.added_files_count.value_or(0) + manifest.existing_files_count.value_or(0);
    int tier = 0;
    for (int64_t most = std::max<int64_t>(min_count, 2); files >= most && tier < 8; ++tier) {
      most *= std::max<int64_t>(min_count, 2);
    }
    return tier;
  }

  static Status MergeSmall(const TableMetadata& base, Workspace& workspace,
                           std::vector<ManifestFile>& manifests) {
    if (base.Property("commit.manifest-merge.enabled", "true") != "true") return Ok();
    FIRN_ASSIGN(const int64_t min_count,
                base.IntProperty("commit.manifest.min-count-to-merge", kMinCountToMerge));
    FIRN_ASSIGN(const int64_t target_bytes,
                base.IntProperty("commit.manifest.target-size-bytes", kTargetBytes));
    std::map<std::pair<SpecId, int>, std::vector<ManifestFile>> small;
    std::vector<ManifestFile> rest;
    for (ManifestFile& manifest : manifests) {
      const bool mergeable =
          manifest.content == ManifestContent::kData && manifest.length_bytes < target_bytes / 2;
      (mergeable ? small[{manifest.spec_id, TierOf(manifest, min_count)}] : rest)
          .push_back(std::move(manifest));
    }
    for (auto& [tier, group] : small) {
      if (static_cast<int64_t>(group.size()) >= min_count) {
        FIRN_ASSIGN(group, MergeGroup(workspace, group, target_bytes));
      }
      rest.insert(rest.end(), group.begin(), group.end());
    }
    manifests = std::move(rest);
    return Ok();
  }

  static Result<std::vector<ManifestFile>> MergeGroup(Workspace& workspace,
                                                      const std::vector<ManifestFile>& group,
                                                      int64_t target_bytes) {
    std::vector<ManifestFile> merged;
    std::vector<ManifestFile> bin;
    int64_t bin_bytes = 0;
    const auto flush = [&]() -> Status {
      const bool lives = std::any_of(bin.begin(), bin.end(), [](const ManifestFile& manifest) {
        return manifest.has_added_files() || manifest.has_existing_files();
      });
      if (lives) {
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

  std::vector<DataFile> files_;
};

}  // namespace

std::unique_ptr<Operation> FastAppend(std::vector<DataFile> files, SnapshotOptions options) {
  return std::make_unique<Append>(std::move(files), std::move(options));
}

}  // namespace firn::table
