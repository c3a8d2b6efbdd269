// SPDX-License-Identifier: Apache-2.0
//
// Rows that position delete files take out of data files. Private to the room.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_data.hpp"
#include "firn/base/result.h"
#include "firn/table/scan.h"

namespace firn::io {
class FileIO;
}

namespace firn::sql {

/// The position deletes of one scan; each delete file is read once. Thread-safe.
class PositionDeletes {
 public:
  explicit PositionDeletes(io::FileIO& io) : io_(io) {}

  /// The filter that drops the deleted rows of `task.file`; null if none of its rows is deleted.
  Result<duckdb::unique_ptr<duckdb::DeleteFilter>> FilterFor(const table::FileScanTask& task);

 private:
  /// Positions by normalised location of the data file, ascending.
  using Positions = std::map<std::string, std::vector<int64_t>>;

  Result<std::shared_ptr<const Positions>> Load(const table::DataFile& file);

  io::FileIO& io_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Positions>> loaded_;
};

}  // namespace firn::sql
