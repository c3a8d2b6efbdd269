// SPDX-License-Identifier: Apache-2.0
//
// Candidates of a partition are packed into groups first fit, largest first: few groups, none over
// the limit. A group is kept where rewriting it helps; that test is by count and size, so what a
// rewrite puts out does not pass it again.

#include "firn/maintain/compaction.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace firn::maintain {
namespace {

using table::FileScanTask;
using table::ManifestFile;

// Files of one partition, by spec and tuple as text.
using Partitions = std::map<std::pair<table::SpecId, std::string>, std::vector<FileScanTask>>;

std::string TextOf(const table::PartitionData& partition) {
  std::string text;
  for (const auto& value : partition) {
    const std::string bytes = value ? value->ToBytes() : std::string();
    text += (value ? "v" : "n") + std::to_string(bytes.size()) + ":" + bytes;
  }
  return text;
}

// Rows of the file that its own delete files take out. Deletes that may be for other files as well
// say nothing of how many.
int64_t DeletedRows(const FileScanTask& task) {
  int64_t rows = 0;
  for (const table::DataFile& file : task.deletes) {
    if (file.referenced_data_file) rows += file.record_count;
  }
  return std::min(rows, task.file.record_count);
}

class Packer {
 public:
  explicit Packer(const CompactionLimits& limits)
      : limits_(limits),
        min_bytes_(static_cast<int64_t>(static_cast<double>(limits.target_file_bytes) *
                                        limits.min_file_ratio)),
        max_bytes_(static_cast<int64_t>(static_cast<double>(limits.target_file_bytes) *
                                        limits.max_file_ratio)) {}

  // The groups of one partition that are worth a rewrite.
  std::vector<CompactionGroup> Pack(std::vector<FileScanTask> files) const {
    std::erase_if(files, [this](const FileScanTask& task) { return !IsCandidate(task); });
    std::sort(files.begin(), files.end(), [](const FileScanTask& a, const FileScanTask& b) {
      if (a.file.file_size_bytes != b.file.file_size_bytes) {
        return a.file.file_size_bytes > b.file.file_size_bytes;
      }
      return a.file.file_path < b.file.file_path;
    });
    std::vector<CompactionGroup> groups;
    for (FileScanTask& task : files)
      Place(std::move(task), groups);
    std::erase_if(groups, [this](const CompactionGroup& group) { return !Helps(group); });
    for (CompactionGroup& group : groups)
      Complete(group);
    return groups;
  }

 private:
  bool IsTooDeleted(const FileScanTask& task) const {
    const auto count = static_cast<int64_t>(task.deletes.size());
    if (limits_.delete_files && count >= *limits_.delete_files && count > 0) return true;
    const int64_t deleted = DeletedRows(task);
    return deleted > 0 && static_cast<double>(deleted) >=
                              limits_.delete_ratio * static_cast<double>(task.file.record_count);
  }
  bool IsTooLarge(const FileScanTask& task) const { return task.file.file_size_bytes > max_bytes_; }
  bool IsCandidate(const FileScanTask& task) const {
    return task.file.file_size_bytes < min_bytes_ || IsTooLarge(task) || IsTooDeleted(task);
  }

  void Place(FileScanTask task, std::vector<CompactionGroup>& groups) const {
    const int64_t size = task.file.file_size_bytes;
    for (CompactionGroup& group : groups) {
      if (group.bytes + size > limits_.max_group_bytes) continue;
      group.bytes += size;
      group.files.push_back(std::move(task));
      return;
    }
    CompactionGroup group;
    group.spec_id = task.file.spec_id;
    group.partition = task.file.partition;
    group.bytes = size;
    group.files.push_back(std::move(task));
    groups.push_back(std::move(group));
  }

  bool Helps(const CompactionGroup& group) const {
    const auto count = static_cast<int64_t>(group.files.size());
    if (count > 1 &&
        (count >= limits_.min_input_files || group.bytes > limits_.target_file_bytes)) {
      return true;
    }
    return std::any_of(group.files.begin(), group.files.end(), [this](const FileScanTask& task) {
      return IsTooLarge(task) || IsTooDeleted(task);
    });
  }

  void Complete(CompactionGroup& group) const {
    std::sort(group.files.begin(), group.files.end(),
              [](const FileScanTask& a, const FileScanTask& b) {
                return a.file.file_path < b.file.file_path;
              });
    // Rounded to the nearest: a remainder that would make a small file is spread over the others.
    const int64_t target = limits_.target_file_bytes;
    group.output_files = std::max<int64_t>((group.bytes + target / 2) / target, 1);
  }

  const CompactionLimits& limits_;
  int64_t min_bytes_;
  int64_t max_bytes_;
};

}  // namespace

Result<CompactionLimits> CompactionLimitsOf(const table::TableMetadata& metadata) {
  CompactionLimits limits;
  FIRN_ASSIGN(limits.target_file_bytes,
              metadata.IntProperty("write.target-file-size-bytes", limits.target_file_bytes));
  if (limits.target_file_bytes > 0) return limits;
  return InvalidArgument("write.target-file-size-bytes must be more than 0",
                         limits.target_file_bytes);
}

std::vector<CompactionGroup> GroupForCompaction(std::vector<FileScanTask> files,
                                                const CompactionLimits& limits) {
  Partitions partitions;
  for (FileScanTask& task : files) {
    const auto key = std::pair(task.file.spec_id, TextOf(task.file.partition));
    partitions[key].push_back(std::move(task));
  }
  const Packer packer(limits);
  std::vector<CompactionGroup> groups;
  for (auto& [key, tasks] : partitions) {
    auto packed = packer.Pack(std::move(tasks));
    std::move(packed.begin(), packed.end(), std::back_inserter(groups));
  }
  return groups;
}

Result<CompactionPlan> PlanCompaction(const table::TableMetadata& metadata,
                                      const CompactionLimits& limits, io::FileIO& io) {
  FIRN_ASSIGN(table::ScanPlan scan, table::PlanScan(metadata, {}, io));
  return CompactionPlan{scan.snapshot, GroupForCompaction(std::move(scan.tasks), limits)};
}

std::vector<ManifestGroup> GroupManifests(std::vector<ManifestFile> manifests,
                                          const ManifestLimits& limits) {
  using Kind = std::pair<table::SpecId, table::ManifestContent>;
  std::map<Kind, std::vector<ManifestFile>> small;
  for (ManifestFile& manifest : manifests) {
    if (manifest.length_bytes * 2 > limits.target_bytes) continue;
    small[{manifest.spec_id, manifest.content}].push_back(std::move(manifest));
  }
  std::vector<ManifestGroup> groups;
  for (auto& [kind, members] : small) {
    if (static_cast<int64_t>(members.size()) < limits.min_count) continue;
    ManifestGroup group;  // In the order of the list: neighbours hold rows of one time.
    for (ManifestFile& manifest : members) {
      if (group.bytes > 0 && group.bytes + manifest.length_bytes > limits.target_bytes) {
        groups.push_back(std::exchange(group, {}));
      }
      group.bytes += manifest.length_bytes;
      group.manifests.push_back(std::move(manifest));
    }
    if (group.manifests.size() > 1) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace firn::maintain
