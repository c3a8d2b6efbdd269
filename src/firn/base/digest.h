// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace firn {

/// Computes the MD5 of `bytes` as 32 lower-case hexadecimal digits. For recognising, not for trust.
std::string Md5Hex(std::string_view bytes);

/// Computes the SHA-1 of `bytes`; used by name-based UUIDs (RFC 9562 section 5.5).
std::array<uint8_t, 20> Sha1(std::string_view bytes);

/// Computes the SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

/// Computes the CRC-32 of gzip (RFC 1952 section 8) over bytes that arrive in pieces: pass what the
/// pieces before gave. Any burst of up to 32 changed bits changes it. For accidents, not for trust.
uint32_t Crc32(std::string_view bytes, uint32_t before = 0);

/// Computes a checksum of 128 bits as hexadecimal digits, at the speed of memory: GMAC (NIST SP
/// 800-38D) with AES-128 and a key of zeros. Two texts share one by accident in practice never;
/// on purpose anybody can make such, so it is not for trust.
std::string Checksum128Hex(std::string_view bytes);

/// SHA-256 of bytes that arrive in pieces. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void Update(std::string_view bytes);
  /// Returns the digest in hexadecimal; the stream must not be used afterwards.
  std::string FinishHex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace firn
