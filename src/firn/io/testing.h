// SPDX-License-Identifier: Apache-2.0
//
// Folders and fault sweeps for tests; include only from tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "firn/io/faulty_file_io.h"
#include "firn/io/location.h"

namespace firn::io {

/// An empty folder that goes when this object goes.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "firn-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code failed;
    std::filesystem::remove_all(path_, failed);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string location() const { return FileLocation(path_); }

 private:
  std::string path_;
};

/// Runs `attempt` with the first file operation failing, then with the second, and so on, until one
/// attempt ends without having reached its fault. Each attempt builds its world anew around a
/// `FaultyFileIO` with the plan it is given, checks it, and returns whether the fault was reached.
/// Returns the number of faults that were reached; stops at the first attempt with a failed
/// expectation.
inline int64_t ForEachFault(FaultKind kind, const std::function<bool(FaultPlan)>& attempt) {
  for (int64_t n = 1;; ++n) {
    SCOPED_TRACE("file operation " + std::to_string(n) + " fails");
    if (!attempt(FaultPlan{.fail_at = n, .kind = kind, .at_fault = {}, .operation = {}}))
      return n - 1;
    if (::testing::Test::HasFailure()) return n;
  }
}

}  // namespace firn::io
