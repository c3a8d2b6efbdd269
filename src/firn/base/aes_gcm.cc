// SPDX-License-Identifier: Apache-2.0

#include "firn/base/aes_gcm.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "firn/base/assert.h"

namespace firn {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(char* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

Context NewContext() {
  return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
}

const EVP_CIPHER* CipherFor(size_t key_bytes) {
  if (key_bytes == 16) return EVP_aes_128_gcm();
  return key_bytes == 24 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
}

int Length(std::string_view bytes) {
  FIRN_ASSERT(bytes.size() <= static_cast<size_t>(INT32_MAX));
  return static_cast<int>(bytes.size());
}

}  // namespace

std::string SecretBytes(size_t count) {
  std::string bytes(count, '\0');
  FIRN_ASSERT(RAND_bytes(Raw(bytes.data()), Length(bytes)) == 1);
  return bytes;
}

Result<AesGcm> AesGcm::Make(std::string_view key) {
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
    return InvalidArgument("an AES key has 16, 24 or 32 bytes, not", key.size());
  }
  return AesGcm(key);
}

AesGcm::~AesGcm() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

// A short string is copied by its move, so the bytes that stay behind are wiped, too.
AesGcm::AesGcm(AesGcm&& other) noexcept : key_(other.key_) {
  OPENSSL_cleanse(other.key_.data(), other.key_.size());
  other.key_.clear();
}

AesGcm& AesGcm::operator=(AesGcm&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}

void AesGcm::Seal(std::string_view aad, std::string_view plain, std::string& out) const {
  SealWith(SecretBytes(kGcmNonceBytes), aad, plain, out);
}

void AesGcm::SealWith(std::string_view nonce, std::string_view aad, std::string_view plain,
                      std::string& out) const {
  FIRN_ASSERT(nonce.size() == kGcmNonceBytes);
  const size_t at = out.size();
  out.append(nonce);
  out.resize(at + plain.size() + kGcmOverheadBytes);
  unsigned char* const body = Raw(out.data() + at + kGcmNonceBytes);
  const Context context = NewContext();
  int size = 0;
  FIRN_ASSERT(EVP_EncryptInit_ex(context.get(), CipherFor(key_.size()), nullptr, Raw(key_),
                                 Raw(nonce)) == 1);
  if (!aad.empty()) {
    FIRN_ASSERT(EVP_EncryptUpdate(context.get(), nullptr, &size, Raw(aad), Length(aad)) == 1);
  }
  FIRN_ASSERT(EVP_EncryptUpdate(context.get(), body, &size, Raw(plain), Length(plain)) == 1);
  FIRN_ASSERT(EVP_EncryptFinal_ex(context.get(), body + plain.size(), &size) == 1);
  FIRN_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kGcmTagBytes,
                                  body + plain.size()) == 1);
}

Status AesGcm::OpenInto(std::string_view aad, std::string_view sealed, std::span<char> out) const {
  FIRN_ASSERT(sealed.size() == out.size() + kGcmOverheadBytes);
  const std::string_view body = sealed.substr(kGcmNonceBytes, out.size());
  std::string tag(sealed.substr(sealed.size() - kGcmTagBytes));
  const Context context = NewContext();
  int size = 0;
  FIRN_ASSERT(EVP_DecryptInit_ex(context.get(), CipherFor(key_.size()), nullptr, Raw(key_),
                                 Raw(sealed)) == 1);
  if (!aad.empty()) {
    FIRN_ASSERT(EVP_DecryptUpdate(context.get(), nullptr, &size, Raw(aad), Length(aad)) == 1);
  }
  FIRN_ASSERT(EVP_DecryptUpdate(context.get(), Raw(out.data()), &size, Raw(body), Length(body)) ==
              1);
  FIRN_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kGcmTagBytes, tag.data()) ==
              1);
  if (EVP_DecryptFinal_ex(context.get(), Raw(out.data() + out.size()), &size) == 1) return Ok();
  std::fill(out.begin(), out.end(), '\0');
  return Corrupt("sealed bytes do not belong to this key, or were changed");
}

Result<std::string> AesGcm::Open(std::string_view aad, std::string_view sealed) const {
  if (sealed.size() < kGcmOverheadBytes) {
    return Corrupt("too short for sealed bytes", sealed.size());
  }
  std::string plain(sealed.size() - kGcmOverheadBytes, '\0');
  FIRN_TRY(OpenInto(aad, sealed, plain));
  return plain;
}

}  // namespace firn
