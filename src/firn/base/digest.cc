// SPDX-License-Identifier: Apache-2.0

#include "firn/base/digest.h"

#include <libdeflate.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "firn/base/assert.h"
#include "firn/base/bytes.h"

namespace firn {
namespace {

// Finding an algorithm takes longer than a short digest: each is looked up once.
const EVP_MD* Md5() {
  static const EVP_MD* const kKind = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return kKind;
}

const EVP_MD* Sha256() {
  static const EVP_MD* const kKind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kKind;
}

std::string Digest(const EVP_MD* kind, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  FIRN_ASSERT(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr) == 1);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

std::string Md5Hex(std::string_view bytes) {
  return HexEncode(Digest(Md5(), bytes));
}

std::array<uint8_t, 20> Sha1(std::string_view bytes) {
  const std::string digest = Digest(EVP_sha1(), bytes);
  std::array<uint8_t, 20> result{};
  std::memcpy(result.data(), digest.data(), result.size());
  return result;
}

std::string Sha256Hex(std::string_view bytes) {
  return HexEncode(Digest(Sha256(), bytes));
}

std::string Checksum128Hex(std::string_view bytes) {
  static EVP_MAC* const kKind = EVP_MAC_fetch(nullptr, "GMAC", nullptr);
  std::array<unsigned char, 16> key{}, sum{};
  std::array<unsigned char, 12> nonce{};
  std::array<char, 12> cipher{"AES-128-GCM"};
  const std::array<OSSL_PARAM, 3> how = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, nonce.data(), nonce.size()),
      OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context{EVP_MAC_CTX_new(kKind),
                                                                     EVP_MAC_CTX_free};
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t size = 0;
  FIRN_ASSERT(EVP_MAC_init(context.get(), key.data(), key.size(), how.data()) == 1 &&
              EVP_MAC_update(context.get(), data, bytes.size()) == 1 &&
              EVP_MAC_final(context.get(), sum.data(), &size, sum.size()) == 1);
  return HexEncode({reinterpret_cast<const char*>(sum.data()), size});
}

uint32_t Crc32(std::string_view bytes, uint32_t before) {
  return bytes.empty() ? before : libdeflate_crc32(before, bytes.data(), bytes.size());
}

struct Sha256Stream::Context {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> handle{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  FIRN_ASSERT(EVP_DigestInit_ex(context_->handle.get(), Sha256(), nullptr) == 1);
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Update(std::string_view bytes) {
  FIRN_ASSERT(EVP_DigestUpdate(context_->handle.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256Stream::FinishHex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  FIRN_ASSERT(EVP_DigestFinal_ex(context_->handle.get(), digest.data(), &size) == 1);
  return HexEncode({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace firn
