// SPDX-License-Identifier: Apache-2.0
//
// Two keys are derived from the one given, so that the nonce says nothing about the cipher's key.

#include "firn/base/cipher.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "firn/base/aes_gcm.h"
#include "firn/base/assert.h"

namespace firn {
namespace {

AesGcm CipherOf(std::string_view key) {
  FIRN_ASSERT(key.size() == kCipherKeyBytes);
  return AesGcm::Make(HmacSha256(key, "cipher")).value();
}

}  // namespace

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  FIRN_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                   digest.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string Seal(std::string_view key, std::string_view bytes) {
  const std::string nonce = HmacSha256(HmacSha256(key, "nonce"), bytes).substr(0, kGcmNonceBytes);
  std::string sealed;
  CipherOf(key).SealWith(nonce, {}, bytes, sealed);
  return sealed;
}

Result<std::string> Unseal(std::string_view key, std::string_view sealed) {
  auto opened = CipherOf(key).Open({}, sealed);
  if (!opened) return Corrupt("sealed text does not belong to this key, or was changed");
  return opened;
}

}  // namespace firn
