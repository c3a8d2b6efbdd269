// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/object_location.h"

#include <string>

#include "firn/base/testing.h"

namespace firn::io {
namespace {

TEST(ParseObjectLocation, ReadsEveryStoresScheme) {
  struct Case {
    const char* location;
    StoreKind kind;
    const char* account;
    const char* path;
  };
  for (const Case& wanted : {
           Case{"s3://b/t/a", StoreKind::kS3, "", "b/t/a"},
           Case{"s3a://b/t/a/", StoreKind::kS3, "", "b/t/a"},
           Case{"s3n://b", StoreKind::kS3, "", "b"},
           Case{"gs://b/t", StoreKind::kGcs, "", "b/t"},
           Case{"abfss://c@acc.dfs.core.windows.net/t/a", StoreKind::kAzure, "acc", "c/t/a"},
           Case{"wasbs://c@acc.blob.core.windows.net/t", StoreKind::kAzure, "acc", "c/t"},
           Case{"abfs://c/t", StoreKind::kAzure, "", "c/t"},
       }) {
    const auto parsed = ParseObjectLocation(wanted.location);
    ASSERT_THAT(parsed, IsOk()) << wanted.location;
    EXPECT_EQ(parsed->kind, wanted.kind) << wanted.location;
    EXPECT_EQ(parsed->account, wanted.account) << wanted.location;
    EXPECT_EQ(parsed->Path(), wanted.path) << wanted.location;
  }
}

TEST(ParseObjectLocation, TakesTheKeyByteForByte) {
  EXPECT_EQ(ParseObjectLocation("s3://b/d=a%2Fb c#1?x/é")->key, "d=a%2Fb c#1?x/é");
}

TEST(ParseObjectLocation, SpellsLocationsAsTheyWereSpelled) {
  const auto parsed = ParseObjectLocation("abfss://c@acc.dfs.core.windows.net/t");
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->LocationOf("c/t/a"), "abfss://c@acc.dfs.core.windows.net/t/a");
}

TEST(ParseObjectLocation, RefusesWhatStoresDisagreeAbout) {
  for (const char* location : {"s3://b/a/../c", "s3://b//a", "s3://b/./a", "s3:///a", "s3://",
                               "s3://b/a\nb", "abfss://@acc.dfs.core.windows.net/t"}) {
    EXPECT_THAT(ParseObjectLocation(location), IsError(ErrorKind::kInvalidArgument)) << location;
  }
  EXPECT_THAT(ParseObjectLocation("file:///a"), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(ParseObjectLocation("/a"), IsError(ErrorKind::kUnsupported));
}

}  // namespace
}  // namespace firn::io
