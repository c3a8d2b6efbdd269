// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/reader.h"
#include "firn/pipeline/native_model.h"
#include "firn/pipeline/run.h"
#include "firn/sql/engine.h"
#include "firn/table/scan.h"

namespace firn::pipeline {

/// A group that has new rows.
struct Group {
  std::string key;
  int64_t bytes = 0;
  int64_t rows = 0;
};

/// The rows that a native model's source gained, by group. While it lives the engine knows them
/// under a name of their own. Not thread-safe.
class NewRows {
 public:
  /// Reads metadata and the grouping column. `context` and `source` outlive the object.
  static Result<std::unique_ptr<NewRows>> Open(const RunContext& context,
                                               const NativeSource& source,
                                               std::shared_ptr<const table::TableMetadata> metadata,
                                               const table::ChangePlan& changes);
  ~NewRows();
  NewRows(const NewRows&) = delete;
  NewRows& operator=(const NewRows&) = delete;

  /// Those that hold new rows, in the order in which these begin in the files.
  const std::vector<Group>& groups() const { return groups_; }

  /// Reads all rows once, in the order of the files; files that hold nothing but rows of `without`
  /// are left out.
  Result<std::unique_ptr<datafile::BatchReader>> ReadAll(std::span<const Group> without);

  /// The rows of `groups`, sorted by group and within it as the source says.
  Result<std::unique_ptr<sql::ResultStream>> Query(std::span<const Group> groups);

  /// The rows of one group, however many, in order. In memory is one batch of them at a time.
  Result<std::unique_ptr<GroupRows>> Stream(const Group& group, int64_t piece_bytes);

 private:
  struct Place;

  NewRows(const RunContext& context, const NativeSource& source,
          std::shared_ptr<const table::TableMetadata> metadata);

  Status ListGroups();
  std::string Columns() const;
  std::string RowsOf(const Group& group) const;
  Result<std::vector<Place>> PlacesOf(const Group& group);
  std::vector<std::string> PieceQueries(const Group& group, const std::vector<Place>& places,
                                        int64_t piece_bytes) const;
  Result<std::unique_ptr<datafile::BatchReader>> ReadTasks(std::vector<table::FileScanTask> tasks);

  const RunContext& context_;
  const NativeSource& source_;
  std::shared_ptr<const table::TableMetadata> metadata_;
  std::vector<table::FileScanTask> tasks_;
  std::map<std::string, size_t, std::less<>> task_of_;  // By path.
  std::vector<Group> groups_;
};

}  // namespace firn::pipeline
