// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/reader.h"
#include "firn/pipeline/native_model.h"
#include "firn/pipeline/new_rows.h"

namespace firn::pipeline {

/// A group with all its new rows, in order, each batch of one or more of them.
struct WholeGroup {
  Group group;
  std::vector<std::shared_ptr<arrow::RecordBatch>> rows;
};

/// Puts groups together from rows that are read once, in the order of the files. A group is whole
/// when as many rows of it came by as it has. Rows that wait for others take up to `waiting_bytes`;
/// beyond it the groups that hold most are given up: their rows lie too far apart.
class GroupFeed {
 public:
  /// Rows of groups other than `wanted` are passed over. `source` outlives the feed.
  GroupFeed(std::unique_ptr<datafile::BatchReader> rows, const NativeSource& source,
            std::span<const Group> wanted, int64_t waiting_bytes);

  /// The groups that became whole next, of about as many bytes as a batch of the reader has.
  /// Empty at the end.
  Result<std::vector<WholeGroup>> Next();

  /// The groups given up so far.
  const std::vector<Group>& scattered() const { return scattered_; }

 private:
  struct Waiting {
    Group group;
    std::vector<std::shared_ptr<arrow::RecordBatch>> rows;
    int64_t rows_left = 0;
    int64_t bytes = 0;
  };
  using WaitingMap = std::unordered_map<std::string, Waiting>;

  Status Take(const std::shared_ptr<arrow::RecordBatch>& batch, std::vector<WholeGroup>& whole);
  Status Add(WaitingMap::iterator at, std::shared_ptr<arrow::RecordBatch> rows,
             std::vector<WholeGroup>& whole);
  Status LetGoOf(const std::shared_ptr<arrow::RecordBatch>& batch);
  void GiveUpLargest();

  std::unique_ptr<datafile::BatchReader> reader_;
  const NativeSource& source_;
  const int64_t waiting_bytes_max_;
  WaitingMap waiting_;
  std::vector<std::string> begun_;  // Keys of groups that got rows from the batch at hand.
  int64_t waiting_bytes_ = 0;
  std::vector<Group> scattered_;
};

}  // namespace firn::pipeline
