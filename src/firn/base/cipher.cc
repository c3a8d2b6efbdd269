// SPDX-License-Identifier: Apache-2.0
//
// Two keys are derived from the one given, so that the nonce says nothing about the cipher's key.

#include "firn/base/cipher.h"

#include <array>
#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "firn/base/assert.h"

namespace firn {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

Context NewContext() {
  return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
}

}  // namespace

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  FIRN_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Raw(bytes), bytes.size(),
                   digest.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string Seal(std::string_view key, std::string_view bytes) {
  FIRN_ASSERT(key.size() == kCipherKeyBytes && bytes.size() <= INT32_MAX);
  const std::string cipher_key = HmacSha256(key, "cipher");
  const std::string nonce = HmacSha256(HmacSha256(key, "nonce"), bytes).substr(0, kNonceBytes);
  std::string sealed = nonce;
  sealed.resize(kNonceBytes + bytes.size() + kTagBytes);
  const Context context = NewContext();
  int size = 0;
  int rest = 0;
  FIRN_ASSERT(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Raw(cipher_key),
                                 Raw(nonce)) == 1);
  FIRN_ASSERT(EVP_EncryptUpdate(context.get(), Raw(sealed) + kNonceBytes, &size, Raw(bytes),
                                static_cast<int>(bytes.size())) == 1);
  FIRN_ASSERT(EVP_EncryptFinal_ex(context.get(), Raw(sealed) + kNonceBytes + size, &rest) == 1);
  FIRN_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                  Raw(sealed) + kNonceBytes + bytes.size()) == 1);
  return sealed;
}

Result<std::string> Unseal(std::string_view key, std::string_view sealed) {
  FIRN_ASSERT(key.size() == kCipherKeyBytes && sealed.size() <= INT32_MAX);
  if (sealed.size() < kNonceBytes + kTagBytes) return Corrupt("sealed text is too short");
  const std::string cipher_key = HmacSha256(key, "cipher");
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string bytes(body.size(), '\0');
  const Context context = NewContext();
  int size = 0;
  int rest = 0;
  FIRN_ASSERT(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Raw(cipher_key),
                                 Raw(sealed)) == 1);
  FIRN_ASSERT(EVP_DecryptUpdate(context.get(), Raw(bytes), &size, Raw(body),
                                static_cast<int>(body.size())) == 1);
  FIRN_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Raw(tag)) == 1);
  if (EVP_DecryptFinal_ex(context.get(), Raw(bytes) + size, &rest) != 1) {
    return Corrupt("sealed text does not belong to this key, or was changed");
  }
  return bytes;
}

}  // namespace firn
