// SPDX-License-Identifier: Apache-2.0

#include "firn/base/sip_hash.h"

#include <string>

#include "firn/base/testing.h"

namespace firn {
namespace {

// Keys of the reference implementation's test vectors: bytes 0 to 15.
constexpr uint64_t kSeed0 = 0x0706050403020100;
constexpr uint64_t kSeed1 = 0x0f0e0d0c0b0a0908;

TEST(SipHash128, GivesTheReferenceVectors) {
  const Hash128 none = SipHash128("", kSeed0, kSeed1);
  EXPECT_EQ(none.low, 0xe6a825ba047f81a3U);
  EXPECT_EQ(none.high, 0x930255c71472f66dU);
  const std::string one(1, '\0');
  const Hash128 first = SipHash128(one, kSeed0, kSeed1);
  EXPECT_EQ(first.low, 0x44af996bd8c187daU);
  EXPECT_EQ(first.high, 0x45fc229b11597634U);
}

}  // namespace
}  // namespace firn
