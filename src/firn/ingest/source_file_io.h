// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "firn/io/file_io.h"

namespace firn::ingest {

/// Files of another `FileIO`, which derived classes open in their own way.
class SourceFileIO : public io::FileIO {
 public:
  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override {
    return inner_.Open(location);
  }
  Result<std::unique_ptr<io::OutputFile>> Create(std::string_view location) override {
    return inner_.Create(location);
  }
  Result<bool> Exists(std::string_view location) override { return inner_.Exists(location); }
  Status Delete(std::string_view location) override { return inner_.Delete(location); }
  Result<std::vector<io::FileInfo>> List(std::string_view prefix) override {
    return inner_.List(prefix);
  }
  Status SyncFolder(std::string_view folder) override { return inner_.SyncFolder(folder); }

 protected:
  /// `inner` outlives this and the files it opens.
  explicit SourceFileIO(io::FileIO& inner) : inner_(inner) {}

 private:
  io::FileIO& inner_;
};

}  // namespace firn::ingest
