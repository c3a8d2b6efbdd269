// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/base/env.h"
#include "firn/io/file_io.h"

namespace firn::io {

/// Files of this machine, durable and private: an acknowledged file survives a power cut and is
/// never seen in part. Folders it makes are 0700 and files 0600, whatever the umask says.
///
/// A file grows under the hidden name `.<name>.<ulid>.tmp` in its own folder; that is what a killed
/// process leaves behind.
class LocalFileIO : public FileIO {
 public:
  /// `env` outlives this object; it names the unfinished files.
  explicit LocalFileIO(Env& env);
  ~LocalFileIO() override;

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  Status SyncFolder(std::string_view folder) override;
  /// Syncs on two threads: the disk merges what arrives together.
  Status CloseAll(std::span<OutputFile* const> files) override;

 private:
  class Folders;

  Env& env_;
  std::unique_ptr<Folders> folders_;
};

}  // namespace firn::io
