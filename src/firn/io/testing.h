// SPDX-License-Identifier: Apache-2.0
//
// Folders, files around files, and fault sweeps for tests; include only from tests.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "firn/io/faulty_file_io.h"
#include "firn/io/file_io.h"
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

/// Passes everything on to another FileIO, which may be exchanged, as a machine is that comes up
/// again. Both outlive this object.
class ForwardingFileIO : public FileIO {
 public:
  explicit ForwardingFileIO(FileIO& inner) : inner_(&inner) {}
  void SwitchTo(FileIO& inner) { inner_ = &inner; }

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override {
    return inner_->Open(location);
  }
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override {
    return inner_->Create(location);
  }
  Result<bool> Exists(std::string_view location) override { return inner_->Exists(location); }
  Status Delete(std::string_view location) override { return inner_->Delete(location); }
  Result<std::vector<FileInfo>> List(std::string_view prefix) override {
    return inner_->List(prefix);
  }
  Status SyncFolder(std::string_view folder) override { return inner_->SyncFolder(folder); }
  Status CloseAll(std::span<OutputFile* const> files) override { return inner_->CloseAll(files); }

 private:
  FileIO* inner_;
};

/// Runs `attempt` with the first file operation failing, then with the second, and so on, until one
/// attempt ends without having reached its fault. Each attempt builds its world anew around a
/// `FaultyFileIO` with the plan it is given, checks it, and returns whether the fault was reached.
/// With `one_in` > 1 only one operation in so many fails, other ones for each kind of fault, unless
/// FIRN_FAULTS=all.
/// Returns the last operation that failed; stops at the first attempt with a failed expectation.
inline int64_t ForEachFault(FaultKind kind, const std::function<bool(FaultPlan)>& attempt,
                            int64_t one_in = 1) {
  const char* asked = std::getenv("FIRN_FAULTS");
  const int64_t stride = asked != nullptr && std::string_view(asked) == "all" ? 1 : one_in;
  const int64_t first = 1 + static_cast<int64_t>(kind) % stride;
  for (int64_t n = first, reached = 0;; reached = n, n += stride) {
    SCOPED_TRACE("file operation " + std::to_string(n) + " fails");
    if (!attempt(FaultPlan{.fail_at = n, .kind = kind, .at_fault = {}, .operation = {}})) {
      return reached;
    }
    if (::testing::Test::HasFailure()) return n;
  }
}

}  // namespace firn::io
