// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/checksum_file_io.h"

namespace firn::lakehouse {

/// Compares files with what is known of their bytes: the checksum their writer recorded, else the
/// size that what refers to them states. Each file is read once, however often it is asked about.
class FileVerifier {
 public:
  /// `io` outlives this object.
  FileVerifier(io::FileIO& io, std::vector<io::FileChecksum> recorded);

  /// Checks one file. `size_bytes` is the size stated by what refers to it; unset where none is.
  /// Errors: `kNotFound`, `kIo`; `kCorrupt` for another size or checksum. A file asked about before
  /// is ok: its error was returned then.
  Status Check(const std::string& location, std::optional<int64_t> size_bytes);

  int64_t files_compared() const { return files_compared_; }  ///< By checksum.
  int64_t files_measured() const { return files_measured_; }  ///< By size alone.
  int64_t bytes_compared() const { return bytes_compared_; }

 private:
  Status Compare(const io::FileChecksum& recorded);
  Status Measure(const std::string& location, std::optional<int64_t> size_bytes);

  io::FileIO& io_;
  std::map<std::string, io::FileChecksum> recorded_;  // By location.
  std::set<std::string> seen_;
  int64_t files_compared_ = 0;
  int64_t files_measured_ = 0;
  int64_t bytes_compared_ = 0;
};

}  // namespace firn::lakehouse
