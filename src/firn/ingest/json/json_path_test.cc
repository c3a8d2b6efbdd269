// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/json/json_path.h"

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseJsonPath, ReadsPathsAndPointers) {
  EXPECT_THAT(ParseJsonPath("$.data.items"), HasValue(ElementsAre("data", "items")));
  EXPECT_THAT(ParseJsonPath("$['the data'][\"a.b\"].c-d"),
              HasValue(ElementsAre("the data", "a.b", "c-d")));
  EXPECT_THAT(ParseJsonPath("/data/a~1b~0c/"), HasValue(ElementsAre("data", "a/b~c", "")));
  EXPECT_THAT(ParseJsonPath("$"), HasValue(IsEmpty()));
}

TEST(ParseJsonPath, RefusesWhatLeadsToNoOnePlace) {
  for (const char* text : {"", "data", "$.", "$..a", "$.a[0]", "$.a[*]", "$['a", "$.a b", "/a~2"}) {
    EXPECT_THAT(ParseJsonPath(text), IsError(ErrorKind::kInvalidArgument)) << text;
  }
}

TEST(ParseJsonPath, ReadsBackWhatItWrites) {
  for (const JsonPath& path : {JsonPath{}, JsonPath{"a", "b c"}, JsonPath{"a.b", "c"}})
    EXPECT_THAT(ParseJsonPath(ToText(path)), HasValue(path));
}

}  // namespace
}  // namespace firn::ingest
