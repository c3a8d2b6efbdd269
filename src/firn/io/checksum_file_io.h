// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::io {

/// What a file holds, as its writer knew it before the bytes left the process.
struct FileChecksum {
  std::string location;  ///< Normalised.
  int64_t size_bytes = 0;
  uint32_t crc32 = 0;

  bool operator==(const FileChecksum&) const = default;
};

/// Checksums that are known and not yet stored with what refers to the files. Thread-safe.
class ChecksumLog {
 public:
  struct Changes {
    std::vector<FileChecksum> written;
    std::vector<std::string> deleted;  ///< Locations of files that are no more.

    bool empty() const { return written.empty() && deleted.empty(); }
  };

  void Written(FileChecksum file);
  void Deleted(std::string location);
  /// Hands over everything since the last call; who cannot store it gives it back.
  Changes Take();
  void GiveBack(Changes changes);

 private:
  std::mutex mutex_;
  Changes changes_;
};

/// Notes the checksum of every file that is written through it, once the file is durable, and which
/// were deleted. Reads are passed on unchecked. Thread-safe.
class ChecksumFileIO : public FileIO {
 public:
  /// Both outlive this object.
  ChecksumFileIO(FileIO& inner, ChecksumLog& log);

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  Status SyncFolder(std::string_view folder) override;
  Status CloseAll(std::span<OutputFile* const> files) override;

 private:
  FileIO& inner_;
  ChecksumLog& log_;
};

/// Reads the whole file and computes size and CRC-32 of what is there.
Result<FileChecksum> ChecksumOf(FileIO& io, std::string_view location);

}  // namespace firn::io
