// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/io/encrypted_stream.h"

namespace firn::table {

/// What `key_metadata` of a manifest or a data file says: how that one file is encrypted. Iceberg's
/// standard key metadata, version 1 (docs/formats/encryption.md).
struct KeyMetadata {
  std::string key;                     ///< The data encryption key, as it is.
  std::string aad_prefix;              ///< What tells the file from others.
  std::optional<int64_t> file_length;  ///< Of the encrypted file.

  friend bool operator==(const KeyMetadata&, const KeyMetadata&) = default;
  io::StreamKey stream_key() const { return {key, aad_prefix}; }
};

/// Makes a key of `key_bytes` bytes and an AAD prefix that no other file has.
KeyMetadata NewKeyMetadata(size_t key_bytes);

std::string EncodeKeyMetadata(const KeyMetadata& metadata);
/// Errors: `kUnsupported` for another version; `kCorrupt`. Neither says anything of the bytes.
Result<KeyMetadata> DecodeKeyMetadata(std::string_view bytes);

}  // namespace firn::table
