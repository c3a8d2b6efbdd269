// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn {

inline constexpr size_t kGcmNonceBytes = 12;
inline constexpr size_t kGcmTagBytes = 16;
/// What sealing adds to a text.
inline constexpr size_t kGcmOverheadBytes = kGcmNonceBytes + kGcmTagBytes;

/// Returns `count` bytes that nobody can guess: keys, nonces, names that must not repeat.
std::string SecretBytes(size_t count);

/// AES in Galois/Counter Mode (NIST SP 800-38D) under one key. A sealed text is its nonce (12
/// bytes), the ciphertext, and the tag (16 bytes). What is authenticated besides (`aad`) is not
/// stored: who opens must know it. Forgets the key when it goes. Thread-safe.
class AesGcm {
 public:
  /// Errors: `kInvalidArgument` for a key that has neither 16, 24 nor 32 bytes.
  static Result<AesGcm> Make(std::string_view key);
  ~AesGcm();
  AesGcm(AesGcm&& other) noexcept;
  AesGcm& operator=(AesGcm&& other) noexcept;

  /// Appends `plain`, sealed under a random nonce (section 8.2.2). At most 2^31 - 1 bytes.
  void Seal(std::string_view aad, std::string_view plain, std::string& out) const;
  /// The same with a nonce of the caller's, who never gives one twice for different texts.
  void SealWith(std::string_view nonce, std::string_view aad, std::string_view plain,
                std::string& out) const;

  /// Opens into `out`, which has `kGcmOverheadBytes` fewer bytes than `sealed`.
  /// Errors: `kCorrupt` where key, `aad` and bytes do not belong together; `out` is then zeroed.
  Status OpenInto(std::string_view aad, std::string_view sealed, std::span<char> out) const;
  /// Opens a sealed text. Errors: as `OpenInto`; `kCorrupt` where it is too short to be one.
  Result<std::string> Open(std::string_view aad, std::string_view sealed) const;

 private:
  explicit AesGcm(std::string_view key) : key_(key) {}

  std::string key_;
};

}  // namespace firn
