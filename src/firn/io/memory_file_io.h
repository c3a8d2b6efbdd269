// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/io/file_io.h"

namespace firn::io {

/// Files that live as long as this object. Takes locations of every scheme; spellings of one local
/// location name one file. For tests and for lakes that need not last.
class MemoryFileIO : public FileIO {
 public:
  MemoryFileIO();

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  Status SyncFolder(std::string_view folder) override;

  /// Puts a finished file in place, replacing one that is there: how tests damage files.
  void Replace(std::string_view location, std::string bytes);

 private:
  struct Store;

  std::shared_ptr<Store> store_;
};

}  // namespace firn::io
