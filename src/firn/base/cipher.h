// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn {

inline constexpr size_t kCipherKeyBytes = 32;

/// Computes HMAC-SHA-256 (RFC 2104) of `bytes` under `key`: 32 bytes that tell equal texts apart
/// from others, and say nothing of the text to who lacks the key.
std::string HmacSha256(std::string_view key, std::string_view bytes);

/// Encrypts `bytes` with AES-256-GCM (NIST SP 800-38D). The nonce is made of key and text, so equal
/// texts give equal results, and no nonce meets two texts. Result: 12 bytes nonce, text, 16 bytes
/// tag.
std::string Seal(std::string_view key, std::string_view bytes);

/// Undoes `Seal`. Errors: `kCorrupt` where key and bytes do not belong together.
Result<std::string> Unseal(std::string_view key, std::string_view sealed);

}  // namespace firn
