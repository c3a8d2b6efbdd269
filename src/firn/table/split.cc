// SPDX-License-Identifier: Apache-2.0

#include "firn/table/split.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <utility>

#include "firn/base/saturate.h"

namespace firn::table {
namespace {

// A file that says nothing of its row groups is cut into no more parts, however large it says it
// is.
constexpr int64_t kEvenPartsMax = 1000;

Result<int64_t> PositiveProperty(const TableMetadata& metadata, const char* key, int64_t fallback) {
  FIRN_ASSIGN(const int64_t value, metadata.IntProperty(key, fallback));
  if (value <= 0) return InvalidArgument("not a positive number: " + std::string(key), value);
  return value;
}

// Row groups begin at ascending places within the file; anything else says nothing.
bool AreOffsetsUsable(const DataFile& file) {
  const std::vector<int64_t>& offsets = file.split_offsets;
  return !offsets.empty() && offsets.front() >= 0 && offsets.back() < file.file_size_bytes &&
         std::adjacent_find(offsets.begin(), offsets.end(), std::greater_equal<>()) ==
             offsets.end();
}

// The places at which a file is cut, its beginning left out.
std::vector<int64_t> CutsOf(const DataFile& file, int64_t target_bytes) {
  std::vector<int64_t> cuts;
  int64_t begin = 0;
  if (AreOffsetsUsable(file)) {
    int64_t last = 0;  // Where the row group before this one begins; the first one's part at 0.
    for (size_t at = 1; at < file.split_offsets.size(); ++at) {
      const int64_t offset = file.split_offsets[at];
      // Cut before the row group that would make the part too large, if there is one before it.
      if (offset - begin > target_bytes && last > begin) cuts.push_back(begin = last);
      last = offset;
    }
    if (file.file_size_bytes - begin > target_bytes && last > begin) cuts.push_back(last);
    return cuts;
  }
  if (file.file_format == FileFormat::kPuffin) return cuts;
  const int64_t step = std::max(target_bytes, file.file_size_bytes / kEvenPartsMax);
  while (file.file_size_bytes - begin > step)
    cuts.push_back(begin += step);
  return cuts;
}

int64_t WeightOf(const FileScanTask& task, const FileSplit& split, const SplitOptions& options) {
  int64_t bytes = split.length;
  for (const DataFile& deletes : task.deletes) {
    bytes = AddSaturated(bytes, deletes.content_size_bytes.value_or(deletes.file_size_bytes));
  }
  const auto files = static_cast<int64_t>(task.deletes.size()) + 1;
  return std::max(bytes, files * options.open_file_cost_bytes);
}

void AddSplit(const FileSplit& split, int64_t weight, TaskGroup& group) {
  group.weight_bytes = AddSaturated(group.weight_bytes, weight);
  if (!group.splits.empty()) {
    FileSplit& last = group.splits.back();
    if (last.task == split.task && last.offset + last.length == split.offset) {
      last.length += split.length;
      return;
    }
  }
  group.splits.push_back(split);
}

}  // namespace

Result<SplitOptions> SplitOptions::Of(const TableMetadata& metadata) {
  SplitOptions options;
  FIRN_ASSIGN(options.target_bytes,
              PositiveProperty(metadata, "read.split.target-size", options.target_bytes));
  FIRN_ASSIGN(options.open_file_cost_bytes, PositiveProperty(metadata, "read.split.open-file-cost",
                                                             options.open_file_cost_bytes));
  FIRN_ASSIGN(const int64_t lookback, PositiveProperty(metadata, "read.split.planning-lookback",
                                                       static_cast<int64_t>(options.lookback)));
  options.lookback = static_cast<size_t>(lookback);
  return options;
}

std::vector<FileSplit> SplitFiles(const ScanPlan& plan, const SplitOptions& options) {
  std::vector<FileSplit> splits;
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    const DataFile& file = plan.tasks[task].file;
    std::vector<int64_t> ends = CutsOf(file, options.target_bytes);
    ends.push_back(file.file_size_bytes);
    int64_t begin = 0;
    for (const int64_t end : ends) {
      splits.push_back({task, begin, end - begin});
      begin = end;
    }
  }
  return splits;
}

std::vector<TaskGroup> PlanTaskGroups(const ScanPlan& plan, const SplitOptions& options) {
  std::vector<TaskGroup> full;
  std::deque<TaskGroup> open;
  for (const FileSplit& split : SplitFiles(plan, options)) {
    const int64_t weight = WeightOf(plan.tasks[split.task], split, options);
    auto room = std::find_if(open.begin(), open.end(), [&](const TaskGroup& group) {
      return AddSaturated(group.weight_bytes, weight) <= options.target_bytes;
    });
    if (room == open.end()) {
      open.emplace_back();
      room = open.end() - 1;
    }
    AddSplit(split, weight, *room);
    if (open.size() <= options.lookback) continue;
    const auto heaviest = std::max_element(
        open.begin(), open.end(),
        [](const auto& left, const auto& right) { return left.weight_bytes < right.weight_bytes; });
    full.push_back(std::move(*heaviest));
    open.erase(heaviest);
  }
  std::move(open.begin(), open.end(), std::back_inserter(full));
  return full;
}

}  // namespace firn::table
