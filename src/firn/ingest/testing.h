// SPDX-License-Identifier: Apache-2.0
//
// For tests of this room and those above it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "firn/base/assert.h"

namespace firn::ingest {

/// A new empty folder that goes when this does.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "firn-ingest-XXXXXX").string();
    FIRN_ASSERT(mkdtemp(pattern.data()) != nullptr);
    path_ = std::filesystem::canonical(pattern);
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a whole file, making its folders; returns its path.
  std::string Write(std::string_view name, std::string_view bytes) const {
    return Put(name, bytes, std::ios::trunc);
  }
  std::string Append(std::string_view name, std::string_view bytes) const {
    return Put(name, bytes, std::ios::app);
  }

 private:
  std::string Put(std::string_view name, std::string_view bytes, std::ios::openmode how) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | how);
    out << bytes;
    out.close();
    FIRN_ASSERT(static_cast<bool>(out));
    return file.string();
  }

  std::filesystem::path path_;
};

}  // namespace firn::ingest
