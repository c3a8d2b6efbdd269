// SPDX-License-Identifier: Apache-2.0

#include "firn/base/aes_gcm.h"

#include <string>

#include "firn/base/bytes.h"
#include "firn/base/testing.h"

namespace firn {
namespace {

std::string FromHex(std::string_view digits) {
  std::string bytes;
  for (size_t at = 0; at < digits.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16)));
  }
  return bytes;
}

// Test cases 4, 10 and 16 of "The Galois/Counter Mode of Operation" by McGrew and Viega.
struct Vector {
  std::string key, ciphertext, tag;
};
const Vector kVectors[] = {
    {"feffe9928665731c6d6a8f9467308308",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84a"
     "a05"
     "1ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c",
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3"
     "f47"
     "18e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828"
     "838"
     "c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};
const std::string kNonce = "cafebabefacedbaddecaf888";
const std::string kAad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
const std::string kPlain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
    "25"
    "b16aedf5aa0de657ba637b39";

TEST(AesGcm, GivesWhatItsAuthorsPublished) {
  for (const Vector& vector : kVectors) {
    const auto cipher = AesGcm::Make(FromHex(vector.key));
    ASSERT_THAT(cipher, IsOk());
    std::string sealed;
    cipher->SealWith(FromHex(kNonce), FromHex(kAad), FromHex(kPlain), sealed);
    EXPECT_EQ(HexEncode(sealed), kNonce + vector.ciphertext + vector.tag);
    EXPECT_THAT(cipher->Open(FromHex(kAad), sealed), HasValue(FromHex(kPlain)));
  }
}

TEST(AesGcm, OpensWhatItSealedOfAnySize) {
  const auto cipher = AesGcm::Make(SecretBytes(16)).value();
  for (const size_t size : {size_t{0}, size_t{1}, size_t{16}, size_t{100'000}}) {
    const std::string plain = SecretBytes(size);
    std::string sealed = "before";
    cipher.Seal("who", plain, sealed);
    ASSERT_EQ(sealed.size(), 6 + size + kGcmOverheadBytes);
    EXPECT_THAT(cipher.Open("who", sealed.substr(6)), HasValue(plain));
  }
}

TEST(AesGcm, SealsNothingTwiceTheSame) {
  const auto cipher = AesGcm::Make(std::string(32, 'k')).value();
  std::string first, second;
  cipher.Seal("", "text", first);
  cipher.Seal("", "text", second);
  EXPECT_NE(first, second);
}

TEST(AesGcm, RefusesChangedBytesOtherKeysAndOtherContexts) {
  const auto cipher = AesGcm::Make(std::string(16, 'k')).value();
  std::string sealed;
  cipher.Seal("here", "a secret", sealed);
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_THAT(cipher.Open("here", changed), IsError(ErrorKind::kCorrupt)) << at;
  }
  EXPECT_THAT(cipher.Open("there", sealed), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(cipher.Open("here", sealed.substr(0, 27)), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(AesGcm::Make(std::string(16, 'x')).value().Open("here", sealed),
              IsError(ErrorKind::kCorrupt));
}

TEST(AesGcm, TakesKeysOfThreeSizes) {
  for (size_t size = 0; size < 40; ++size) {
    const bool legal = size == 16 || size == 24 || size == 32;
    EXPECT_EQ(AesGcm::Make(std::string(size, 'k')).has_value(), legal) << size;
  }
}

}  // namespace
}  // namespace firn
