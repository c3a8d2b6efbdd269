// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/path_values.h"

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PathValuesOf, ReadsTheFoldersOfAHiveTree) {
  EXPECT_THAT(PathValuesOf("/data/year=2025/month=01/a.csv"),
              ElementsAre(PathValue{"year", "2025"}, PathValue{"month", "01"}));
  EXPECT_THAT(PathValuesOf("/a=b=c/x"), ElementsAre(PathValue{"a", "b=c"}));
  EXPECT_THAT(PathValuesOf("/place=S%C3%BCd%2FOst/rate=5%/x"),
              ElementsAre(PathValue{"place",
                                    "S\xc3\xbc"
                                    "d/Ost"},
                          PathValue{"rate", "5%"}));
}

TEST(PathValuesOf, TakesHivesWordForNullAsNull) {
  EXPECT_THAT(PathValuesOf("/day=__HIVE_DEFAULT_PARTITION__/x"),
              ElementsAre(PathValue{"day", std::nullopt}));
  EXPECT_THAT(PathValuesOf("/day=/x"), ElementsAre(PathValue{"day", ""}));
}

TEST(PathValuesOf, FindsNothingInOtherFoldersAndInTheFilesName) {
  EXPECT_THAT(PathValuesOf("/data/=1/b/day=2.csv"), IsEmpty());
  EXPECT_THAT(PathValuesOf("stdin:0123"), IsEmpty());
}

TEST(PathValuesOf, LetsTheInnermostFolderCount) {
  EXPECT_THAT(PathValuesOf("/a=1/b=2/a=3/x"),
              ElementsAre(PathValue{"b", "2"}, PathValue{"a", "3"}));
}

}  // namespace
}  // namespace firn::ingest
