// SPDX-License-Identifier: Apache-2.0

#include "firn/io/location.h"

#include <string>

#include "firn/base/testing.h"

namespace firn::io {
namespace {

TEST(FileLocation, HasThreeSlashes) {
  EXPECT_EQ(FileLocation("/a/b"), "file:///a/b");
  EXPECT_EQ(FileLocation("/"), "file:///");
}

TEST(LocalPath, ReadsEverySpellingEnginesUse) {
  for (const char* spelling :
       {"file:///a/b", "file:/a/b", "file://localhost/a/b", "/a/b", "file:////a//b/", "/a/./b"}) {
    EXPECT_THAT(LocalPath(spelling), HasValue(std::string("/a/b"))) << spelling;
  }
}

TEST(LocalPath, DecodesNothing) {
  EXPECT_THAT(LocalPath("file:///a/x=b%2Fc d#e?f"), HasValue(std::string("/a/x=b%2Fc d#e?f")));
}

TEST(LocalPath, RefusesOtherStores) {
  EXPECT_THAT(LocalPath("s3://bucket/a"), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(LocalPath("file://host/a"), IsError(ErrorKind::kUnsupported));
}

TEST(LocalPath, RefusesRelativePathsAndNulBytes) {
  EXPECT_THAT(LocalPath("file:a"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(LocalPath(std::string("/a\0b", 4)), IsError(ErrorKind::kInvalidArgument));
}

TEST(NormalizeLocation, GivesOneSpelling) {
  EXPECT_TRUE(SameLocation("file:/a/b", "file:///a//b/"));
  EXPECT_TRUE(SameLocation("s3://bucket/a/", "s3://bucket/a"));
  EXPECT_FALSE(SameLocation("file:///a/b", "file:///a/B"));
  EXPECT_FALSE(SameLocation("s3://bucket/a//b", "s3://bucket/a/b"));
}

TEST(LooseLocationKey, IsSharedByWhatEnginesTakeForOneFile) {
  const std::string key = LooseLocationKey("s3://bucket/t/day=a b/x.parquet");
  for (const char* spelling :
       {"s3a://bucket/t/day=a b/x.parquet", "s3n://bucket/t/day=a%20b/x.parquet",
        "s3://bucket//t/./day=a%20b/x.parquet", "s3://other-name/t/day=a b/x.parquet",
        "file:/t/day=a%20b/x.parquet", "file:///t/day=a b/x.parquet"}) {
    EXPECT_EQ(LooseLocationKey(spelling), key) << spelling;
  }
}

TEST(LooseLocationKey, DiffersForOtherFiles) {
  EXPECT_NE(LooseLocationKey("file:///t/a"), LooseLocationKey("file:///t/A"));
  EXPECT_NE(LooseLocationKey("file:///t/a%2"), LooseLocationKey("file:///t/a"));
  EXPECT_NE(LooseLocationKey("file:///t/100%"), LooseLocationKey("file:///t/100"));
}

TEST(IsWithin, ComparesWholeSegmentsInOneStore) {
  EXPECT_TRUE(IsWithin("file:///w/orders", "file:/w//orders/data/a"));
  EXPECT_TRUE(IsWithin("s3://b/t/", "s3a://b/t/x"));
  EXPECT_TRUE(
      IsWithin("abfss://c@a.dfs.core.windows.net/t", "abfss://c@a.dfs.core.windows.net/t/x"));
  EXPECT_FALSE(IsWithin("file:///w/orders", "file:///w/orders2/data/a"));
  EXPECT_FALSE(IsWithin("file:///w/orders", "file:///w/orders/"));
  EXPECT_FALSE(IsWithin("s3://b/t", "s3://c/t/x"));
  EXPECT_FALSE(IsWithin("s3://b/t", "gs://b/t/x"));
  EXPECT_FALSE(IsWithin("file:///w", "w/a"));
}

TEST(IsWithin, RefusesToClimbUp) {
  EXPECT_FALSE(IsWithin("file:///w/orders", "file:///w/orders/../../home/a"));
  EXPECT_FALSE(IsWithin("file:///w/..", "file:///w/../a"));
  EXPECT_FALSE(IsWithin("s3://b/t", "s3://b/t/.."));
}

TEST(JoinLocation, PutsOneSlashBetween) {
  EXPECT_EQ(JoinLocation("file:///w", "a/b"), "file:///w/a/b");
  EXPECT_EQ(JoinLocation("file:///w/", "/a/b"), "file:///w/a/b");
}

TEST(ParentLocation, CutsTheLastSegment) {
  EXPECT_EQ(ParentLocation("file:///w/a"), "file:///w");
  EXPECT_EQ(ParentLocation("s3://bucket/a/"), "s3://bucket");
  EXPECT_EQ(ParentLocation("name"), "");
}

}  // namespace
}  // namespace firn::io
