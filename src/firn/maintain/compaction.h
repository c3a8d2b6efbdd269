// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::maintain {

/// When data files are worth rewriting.
struct CompactionLimits {
  int64_t target_file_bytes = int64_t{512} << 20;  ///< write.target-file-size-bytes
  double min_file_ratio = 0.75;                    ///< Of the target; smaller files are merged.
  double max_file_ratio = 1.8;                     ///< Of the target; larger files are split.
  int64_t min_input_files = 5;                     ///< Fewer small files wait for company.
  int64_t max_group_bytes = int64_t{100} << 30;    ///< What one rewrite may take.
  /// A file of whose rows at least this part is known to be deleted is rewritten by itself.
  double delete_ratio = 0.3;
  /// Likewise a file with so many delete files.
  std::optional<int64_t> delete_files;
};

/// Reads write.target-file-size-bytes. Errors: `kInvalidArgument` where it is no positive number.
Result<CompactionLimits> CompactionLimitsOf(const table::TableMetadata& metadata);

/// Files of one partition to be rewritten together.
struct CompactionGroup {
  table::SpecId spec_id{};
  table::PartitionData partition;
  std::vector<table::FileScanTask> files;  ///< With the deletes to apply, in order of location.
  int64_t bytes = 0;
  int64_t output_files = 0;
};

/// What to rewrite, and the snapshot all of it was seen in: the rewrite must be validated from
/// there, or deletes that came meanwhile are lost.
struct CompactionPlan {
  std::optional<table::SnapshotId> snapshot;
  std::vector<CompactionGroup> groups;
};

/// Groups files that are too small, too large or too much deleted, by partition. Pure; equal files
/// in any order give equal groups, and rewriting what is planned leaves nothing to plan.
std::vector<CompactionGroup> GroupForCompaction(std::vector<table::FileScanTask> files,
                                                const CompactionLimits& limits);

/// Plans the compaction of the current snapshot. Errors: those of `table::PlanScan`.
Result<CompactionPlan> PlanCompaction(const table::TableMetadata& metadata,
                                      const CompactionLimits& limits, io::FileIO& io);

/// Manifests of one spec and content to be written anew as fewer.
struct ManifestGroup {
  std::vector<table::ManifestFile> manifests;
  int64_t bytes = 0;
};

/// When manifests are worth rewriting.
struct ManifestLimits {
  int64_t target_bytes = int64_t{8} << 20;  ///< commit.manifest.target-size-bytes
  int64_t min_count = 4;                    ///< Fewer small ones of a kind are left alone.
};

/// Groups the small manifests of a snapshot so that each group fills the target. Pure.
std::vector<ManifestGroup> GroupManifests(std::vector<table::ManifestFile> manifests,
                                          const ManifestLimits& limits);

}  // namespace firn::maintain
