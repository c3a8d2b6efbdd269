// SPDX-License-Identifier: Apache-2.0

#include "firn/search/document.h"

#include <string>

#include "firn/base/testing.h"

namespace firn::search {
namespace {

TEST(TextOfJson, HasTheTextsWithoutKeysAndEscapes) {
  EXPECT_EQ(TextOfJson(R"({"command":"ls\nfirn","args":["-l",3,{"deep":"ice"}],"quiet":true})"),
            "ls\nfirn\n-l\n3\nice");
  EXPECT_EQ(TextOfJson(R"("a text")"), "a text");
  EXPECT_EQ(TextOfJson("{}"), "");
}

TEST(TextOfJson, OfWhatIsNoneIsTheTextItself) {
  EXPECT_EQ(TextOfJson("total 0\n{not json"), "total 0\n{not json");
  EXPECT_EQ(TextOfJson(std::string(200'000, '[')), std::string(200'000, '['));
}

TEST(JoinTexts, PutsALineBetween) {
  EXPECT_EQ(JoinTexts("a", "b"), "a\nb");
  EXPECT_EQ(JoinTexts("", "b"), "b");
  EXPECT_EQ(JoinTexts("a", ""), "a");
}

TEST(JoinTexts, CutsBetweenCharacters) {
  std::string snow;
  while (snow.size() < kDocumentBytesMax + 10)
    snow += "\u2744";  // Three bytes.
  const std::string cut = JoinTexts(snow, "more");
  EXPECT_LE(cut.size(), kDocumentBytesMax);
  EXPECT_EQ(cut.size() % 3, 0U);
  EXPECT_EQ(JoinTexts("", snow).size() % 3, 0U);
  EXPECT_LE(JoinTexts("ab", snow).size(), kDocumentBytesMax);
}

}  // namespace
}  // namespace firn::search
