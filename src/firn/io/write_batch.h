// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/io/file_io.h"
#include "firn/io/key_management.h"

namespace firn::io {

/// Files that become durable together: what one commit writes.
///
/// A FileIO over another. A file made through it takes its bytes at once, but closing it only puts
/// it aside; `Flush` then syncs everything that was put aside side by side, which costs little more
/// than the slowest of them, gives the files their names and syncs their folders. Nobody sees a
/// file before that. Whatever asks this batch for a file it put aside makes it flush first, so
/// reading through it gives what was written. What was not flushed when it is destroyed leaves
/// nothing behind.
///
/// Holds at most 64 files and 64 MiB aside; beyond that it flushes by itself. Thread-safe.
/// After a flush that failed every call that would flush fails: files are missing.
class WriteBatch : public FileIO, public KeyHolder {
 public:
  /// `inner` outlives the batch.
  explicit WriteBatch(FileIO& inner) : inner_(inner) {}

  /// Makes all files that were closed durable and visible. Errors: those of `OutputFile::Close`.
  Status Flush();

  KeyManagement* keys() override { return KeysOf(inner_); }

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  Status SyncFolder(std::string_view folder) override;
  Status CloseAll(std::span<OutputFile* const> files) override;

 private:
  class File;
  using Pending = std::vector<std::unique_ptr<OutputFile>>;

  Status PutAside(std::unique_ptr<OutputFile> file);
  Status FlushLocked();
  Pending::iterator FindLocked(std::string_view location);

  FileIO& inner_;
  std::mutex mutex_;
  Pending pending_;
  int64_t pending_bytes_ = 0;
  Status failed_;
};

}  // namespace firn::io
