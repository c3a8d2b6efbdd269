// SPDX-License-Identifier: Apache-2.0

#include "firn/base/digest.h"

#include <string>

#include <gtest/gtest.h>

namespace firn {
namespace {

// The check value that catalogues of CRCs give for CRC-32/ISO-HDLC.
// Test case 1 of the specification of GCM has the same key and nonce, and no bytes.
TEST(Checksum128, IsTheTagOfGcm) {
  EXPECT_EQ(Checksum128Hex(""), "58e2fccefa7e3061367f1d57a4e7455a");
}

TEST(Checksum128, ChangesWithAnyByte) {
  std::string bytes(1000, 'x');
  const std::string before = Checksum128Hex(bytes);
  for (const size_t at : {0, 15, 16, 500, 999}) {
    ++bytes[at];
    EXPECT_NE(Checksum128Hex(bytes), before) << at;
    --bytes[at];
  }
  EXPECT_EQ(Checksum128Hex(bytes), before);
}

TEST(Crc32, GivesTheKnownCheckValue) {
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(Crc32(""), 0U);
}

TEST(Crc32, IsTheSameForEverySplit) {
  const std::string bytes = "from snow to ice";
  for (size_t at = 0; at <= bytes.size(); ++at) {
    EXPECT_EQ(Crc32(bytes.substr(at), Crc32(bytes.substr(0, at))), Crc32(bytes));
  }
}

TEST(Crc32, SeesEveryFlippedBit) {
  const std::string bytes(100, '\x5a');
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(Crc32(other), Crc32(bytes));
  }
}

}  // namespace
}  // namespace firn
