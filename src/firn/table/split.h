// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::table {

/// How a scan is cut into pieces of work of about one size.
struct SplitOptions {
  int64_t target_bytes = int64_t{128} << 20;        ///< read.split.target-size
  int64_t open_file_cost_bytes = int64_t{4} << 20;  ///< read.split.open-file-cost
  size_t lookback = 10;                             ///< read.split.planning-lookback

  /// What the table's properties say. Errors: `kInvalidArgument` for a value that is no positive
  /// number.
  static Result<SplitOptions> Of(const TableMetadata& metadata);
};

/// A part of a data file: the row groups that begin in [`offset`, `offset` + `length`). The parts
/// of a file tile it, so each of its row groups is in exactly one.
struct FileSplit {
  size_t task = 0;  ///< In `ScanPlan::tasks`.
  int64_t offset = 0;
  int64_t length = 0;

  friend bool operator==(const FileSplit&, const FileSplit&) = default;
};

/// What one worker reads. Parts of one file that follow each other are one part.
struct TaskGroup {
  std::vector<FileSplit> splits;
  int64_t weight_bytes = 0;  ///< What reading them is reckoned to cost.
};

/// Cuts the files of a plan: where row groups begin, if the file says so (`split_offsets`), else
/// every `target_bytes`. A file that cannot be cut is one part.
std::vector<FileSplit> SplitFiles(const ScanPlan& plan, const SplitOptions& options);

/// Cuts the files of a plan and packs the parts into groups of about `target_bytes`, reckoning for
/// each part at least the cost of opening its file and its delete files. Keeps `lookback` groups
/// open, so that neither order nor a few odd sizes leave groups half empty.
std::vector<TaskGroup> PlanTaskGroups(const ScanPlan& plan, const SplitOptions& options);

}  // namespace firn::table
