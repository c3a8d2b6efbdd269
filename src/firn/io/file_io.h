// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::io {

/// A file open for reading at any position. Thread-safe.
class InputFile {
 public:
  virtual ~InputFile() = default;

  /// The size when it was opened.
  virtual int64_t size_bytes() const = 0;
  /// Fills `out` from `offset` on and returns how many bytes there were; fewer than asked only at
  /// the end of the file. Errors: `kIo`.
  virtual Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const = 0;

  /// Reads up to `length` bytes from `offset` on; fewer only at the end of the file.
  Result<std::string> Read(int64_t offset, int64_t length) const;
};

/// A file being written. Nobody sees it before `Close` succeeded; a file that is destroyed without
/// that leaves nothing behind. Not thread-safe.
///
/// Any error ends the file: the operating system may have dropped the bytes, so nothing is retried
/// (an fsync that failed once succeeds the second time without having written anything).
class OutputFile {
 public:
  virtual ~OutputFile() = default;

  virtual Status Write(std::string_view bytes) = 0;
  /// Bytes written so far.
  virtual int64_t position() const = 0;
  virtual const std::string& location() const = 0;

  /// Makes the file durable and visible: contents first, then the name, then the folder.
  /// Errors: `kAlreadyExists` when somebody else made it meanwhile; `kIo`, `kResourceExhausted`.
  virtual Status Close() = 0;
  /// Gives up: nothing remains. Does nothing after a `Close` that succeeded.
  virtual void Abort() = 0;

  /// The first stage of `Close`: the contents are durable, the name is not there yet.
  /// Unlike the rest of this class it may run beside the `Sync` of other files.
  virtual Status Sync() = 0;
  /// The second stage: the file has its name, but a power cut may still take that away.
  virtual Status Publish() = 0;
  /// The last stage, once the folder was synced: `Abort` does nothing from here on.
  virtual void Finish() = 0;
};

/// One file that `FileIO::List` found.
struct FileInfo {
  std::string location;
  int64_t size_bytes = 0;
  TimeMs modified;
  bool hidden = false;  ///< An unfinished write (or another dot file), not part of any table.
};

/// Files by location. Thread-safe. Everything Firn stores goes through one of these.
class FileIO {
 public:
  virtual ~FileIO() = default;

  /// Errors: `kNotFound`, `kForbidden`, `kIo`.
  virtual Result<std::unique_ptr<InputFile>> Open(std::string_view location) = 0;
  /// Begins a new file, making its folders. Errors: `kAlreadyExists` if one is visible there.
  virtual Result<std::unique_ptr<OutputFile>> Create(std::string_view location) = 0;
  virtual Result<bool> Exists(std::string_view location) = 0;
  /// Errors: `kNotFound`.
  virtual Status Delete(std::string_view location) = 0;
  /// Finds all files under the folder `prefix`, at any depth, sorted by location; empty where there
  /// is no such folder.
  virtual Result<std::vector<FileInfo>> List(std::string_view prefix) = 0;
  /// Makes the names in a folder durable.
  virtual Status SyncFolder(std::string_view folder) = 0;
  /// Closes several files so that their syncs overlap. On an error none of them stays.
  virtual Status CloseAll(std::span<OutputFile* const> files);

  /// Reads a whole file. Errors: `kResourceExhausted` where it is longer than `max_bytes`.
  Result<std::string> ReadAll(std::string_view location, int64_t max_bytes);
  /// Writes a whole new file and closes it.
  Status WriteAll(std::string_view location, std::string_view bytes);
};

/// Publishes files whose `Sync` succeeded, syncs each folder once and finishes them. For
/// implementations of `CloseAll`; on an error aborts all.
Status PublishAll(FileIO& files_io, std::span<OutputFile* const> files);

}  // namespace firn::io
