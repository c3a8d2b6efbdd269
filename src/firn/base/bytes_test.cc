// SPDX-License-Identifier: Apache-2.0

#include "firn/base/bytes.h"

#include "firn/base/testing.h"

namespace firn {
namespace {

TEST(Utf8, RefusesOverlongSurrogateAndCutSequences) {
  EXPECT_TRUE(IsValidUtf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
  for (const char* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80",
                          "12345678\xE2\x82", "\xFF"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << HexEncode(bad);
  }
}

// The example of the Unicode Standard, table 3-8.
TEST(Utf8, ReplacesMaximalSubparts) {
  EXPECT_EQ(ReplaceInvalidUtf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62"),
            "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(ReplaceInvalidUtf8("fine \xC3\xA9"), "fine \xC3\xA9");
}

TEST(LittleEndian, ReadsWhatItWrote) {
  std::string bytes;
  AppendLittleEndian(bytes, int64_t{-2});
  EXPECT_EQ(HexEncode(bytes), "feffffffffffffff");
  EXPECT_EQ(ReadLittleEndian<int64_t>(bytes), -2);
}

}  // namespace
}  // namespace firn
