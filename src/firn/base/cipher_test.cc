// SPDX-License-Identifier: Apache-2.0

#include "firn/base/cipher.h"

#include <string>

#include "firn/base/bytes.h"
#include "firn/base/testing.h"

namespace firn {
namespace {

const std::string kKey(kCipherKeyBytes, 'k');

TEST(HmacSha256, GivesWhatRfc4231Says) {
  // Test case 2.
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Seal, IsUndoneByTheSameKey) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(5000, 'x')}) {
    EXPECT_THAT(Unseal(kKey, Seal(kKey, text)), HasValue(text));
  }
}

TEST(Seal, GivesEqualTextsEqualResultsAndOthersOther) {
  EXPECT_EQ(Seal(kKey, "ada@lovelace.uk"), Seal(kKey, "ada@lovelace.uk"));
  EXPECT_NE(Seal(kKey, "ada@lovelace.uk"), Seal(kKey, "eda@lovelace.uk"));
  EXPECT_EQ(Seal(kKey, "ada@lovelace.uk").find("ada"), std::string::npos);
}

TEST(Unseal, RefusesOtherKeysAndChangedBytes) {
  const std::string sealed = Seal(kKey, "a secret");
  EXPECT_THAT(Unseal(std::string(kCipherKeyBytes, 'x'), sealed), IsError(ErrorKind::kCorrupt));
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_THAT(Unseal(kKey, changed), IsError(ErrorKind::kCorrupt)) << at;
  }
  EXPECT_THAT(Unseal(kKey, sealed.substr(0, 20)), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn
