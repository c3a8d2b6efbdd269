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
