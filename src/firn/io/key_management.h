// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::io {

/// Wraps keys with master keys, which have names and need not ever be in this process. Thread-safe.
class KeyManagement {
 public:
  virtual ~KeyManagement() = default;

  /// Encrypts `key` with the master key `key_id`.
  /// Errors: `kForbidden` where there is none of that name; those of where the keys are, but never
  /// `kNotFound`: that a key is missing says nothing of the file it opens.
  virtual Result<std::string> Wrap(std::string_view key_id, std::string_view key) = 0;
  /// Undoes `Wrap`. Errors: as `Wrap`; `kCorrupt` where the key wrapped is another's.
  virtual Result<std::string> Unwrap(std::string_view key_id, std::string_view wrapped) = 0;
};

/// Wraps with master keys that are at hand, by AES-GCM: nonce, ciphertext, tag. It is what the
/// in-memory clients of Iceberg's Java implementation do, so a few lines there read the same keys.
class MasterKeys : public KeyManagement {
 public:
  /// Gives the bytes of the key of a name. Errors: `kForbidden`, with what to do about it.
  using Find = std::function<Result<std::string>(std::string_view key_id)>;

  explicit MasterKeys(Find find) : find_(std::move(find)) {}

  Result<std::string> Wrap(std::string_view key_id, std::string_view key) override;
  Result<std::string> Unwrap(std::string_view key_id, std::string_view wrapped) override;

 private:
  Find find_;
};

/// Has the keys to what is in files.
class KeyHolder {
 public:
  virtual ~KeyHolder() = default;
  /// Null where no keys are configured. Lives as long as this.
  virtual KeyManagement* keys() = 0;
};

/// The keys that come with `files`; null where none do.
KeyManagement* KeysOf(FileIO& files);

/// Files and the keys to them. Files pass through as they are: who knows that one is encrypted, and
/// with what, asks for `KeysOf`.
class KeyedFileIO : public FileIO, public KeyHolder {
 public:
  /// Both outlive this object; `keys` may be null.
  KeyedFileIO(FileIO& inner, KeyManagement* keys) : inner_(inner), keys_(keys) {}

  KeyManagement* keys() override { return keys_; }

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override {
    return inner_.Open(location);
  }
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override {
    return inner_.Create(location);
  }
  Result<bool> Exists(std::string_view location) override { return inner_.Exists(location); }
  Status Delete(std::string_view location) override { return inner_.Delete(location); }
  Result<std::vector<FileInfo>> List(std::string_view prefix) override {
    return inner_.List(prefix);
  }
  Status SyncFolder(std::string_view folder) override { return inner_.SyncFolder(folder); }
  Status CloseAll(std::span<OutputFile* const> files) override { return inner_.CloseAll(files); }

 private:
  FileIO& inner_;
  KeyManagement* keys_;
};

}  // namespace firn::io
