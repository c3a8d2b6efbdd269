// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::io {

/// What a file is encrypted with: a key of 16, 24 or 32 bytes, and what tells the file from others
/// that have the same key.
struct StreamKey {
  std::string key;
  std::string aad_prefix;
};

/// How many bytes of text a block of a stream holds; the last may hold fewer.
inline constexpr int64_t kStreamBlockBytes = int64_t{1} << 20;

/// How many bytes a text takes as an AES GCM stream.
int64_t StreamBytes(int64_t plain_bytes);

/// Opens an AES GCM stream (Iceberg's format/gcm-stream-spec.md) for reading its text at any
/// position; keeps the block read last. `stream_bytes` is how long the stream is, from where the
/// key came from: what a file system says of it could be the work of who cut the file.
/// Errors: `kCorrupt`, naming `location`, where it is no such stream or shorter than that;
/// `kUnsupported` for another size of blocks. Reading gives `kCorrupt` for a block that was
/// changed, that stood elsewhere, or is of another file or key.
Result<std::unique_ptr<InputFile>> OpenEncrypted(std::unique_ptr<InputFile> stream,
                                                 const StreamKey& key, int64_t stream_bytes,
                                                 std::string location);

/// Encrypts what is written as an AES GCM stream into `stream`. The position is that in the text;
/// `stream_bytes`, where it is not null, gets the length of the stream before that is closed.
/// Errors: `kInvalidArgument` for a key of another size.
Result<std::unique_ptr<OutputFile>> WriteEncrypted(
    std::unique_ptr<OutputFile> stream, const StreamKey& key,
    std::shared_ptr<std::atomic<int64_t>> stream_bytes = nullptr);

/// Encrypts a file with a key, or decrypts one whose stream has `stream_bytes`. It is for one file,
/// which may outlive it: no two files share a key.
class EncryptedFileIO : public FileIO {
 public:
  /// `inner` outlives this object.
  EncryptedFileIO(FileIO& inner, StreamKey key, int64_t stream_bytes = 0)
      : inner_(inner),
        key_(std::move(key)),
        stream_bytes_(std::make_shared<std::atomic<int64_t>>(stream_bytes)) {}

  const StreamKey& key() const { return key_; }
  /// How long the encrypted file is; of one written, once it was closed.
  int64_t stream_bytes() const { return *stream_bytes_; }

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override { return inner_.Exists(location); }
  Status Delete(std::string_view location) override { return inner_.Delete(location); }
  Result<std::vector<FileInfo>> List(std::string_view prefix) override {
    return inner_.List(prefix);
  }
  Status SyncFolder(std::string_view folder) override { return inner_.SyncFolder(folder); }
  Status CloseAll(std::span<OutputFile* const> files) override { return inner_.CloseAll(files); }

 private:
  FileIO& inner_;
  StreamKey key_;
  std::shared_ptr<std::atomic<int64_t>> stream_bytes_;
};

}  // namespace firn::io
