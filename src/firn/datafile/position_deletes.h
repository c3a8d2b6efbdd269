// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"

namespace firn::datafile {

/// Reads the delete files of a scan, each once. Not thread-safe.
class PositionDeletes {
 public:
  /// `files` outlives this.
  explicit PositionDeletes(io::FileIO& files);

  /// The positions of the rows of `data_file` that `deletes` take out, ascending, each once.
  /// Errors: `kUnsupported` for equality deletes and deletion vectors; `kCorrupt`, naming the
  /// file, for a broken delete file.
  Result<std::vector<int64_t>> For(const table::DataFile& data_file,
                                   const std::vector<table::DataFile>& deletes);

 private:
  using Positions = std::map<std::string, std::vector<int64_t>>;  // By normalised location.

  Result<const Positions*> Load(const table::DataFile& delete_file);

  io::FileIO& files_;
  std::map<std::string, Positions> loaded_;  // By location of the delete file.
};

}  // namespace firn::datafile
