// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/discovery.h"

#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/ingest/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Discovery DiscoverAll(const std::vector<std::string>& paths, const DiscoveryLimits& limits = {}) {
  FixedEnv env;
  auto found = Discover(paths, env, limits);
  EXPECT_THAT(found, IsOk());
  return found ? std::move(*found) : Discovery{};
}

std::vector<std::string> PathsOf(const Discovery& found) {
  std::vector<std::string> paths;
  for (const FoundFile& file : found.files)
    paths.push_back(file.path);
  return paths;
}

TEST(Discover, FindsFilesAtAnyDepthSortedByPath) {
  const ScratchFolder folder;
  const std::string b = folder.Write("b.jsonl", "12345");
  const std::string deep = folder.Write("a/x/y/z.jsonl", "");
  const Discovery found = DiscoverAll({folder.path()});
  EXPECT_THAT(PathsOf(found), ElementsAre(deep, b));
  EXPECT_EQ(found.files[1].size_bytes, 5);
  EXPECT_GT(found.files[1].mtime.value, 0);
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(Discover, CountsAFileOnceHoweverOftenItIsNamed) {
  const ScratchFolder folder;
  const std::string file = folder.Write("sub/a.csv", "x");
  const Discovery found = DiscoverAll({file, folder.path(), folder / "sub/../sub/*.csv"});
  EXPECT_THAT(PathsOf(found), ElementsAre(file));
  EXPECT_EQ(found.files[0].root, 0u);
}

TEST(Discover, EndsWhereFoldersLinkToThemselves) {
  const ScratchFolder folder;
  const std::string file = folder.Write("a/b/file", "x");
  ASSERT_EQ(symlink(folder.path().c_str(), (folder / "a/b/up").c_str()), 0);
  ASSERT_EQ(symlink("loop", (folder / "a/loop").c_str()), 0);
  const Discovery found = DiscoverAll({folder.path()});
  EXPECT_THAT(PathsOf(found), ElementsAre(file));
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_THAT(found.problems[0].error.message, HasSubstr("a/loop"));
}

TEST(Discover, KnowsALinkedFileByThePathItReallyHas) {
  const ScratchFolder folder;
  const std::string file = folder.Write("real/file", "x");
  ASSERT_EQ(symlink(file.c_str(), (folder / "link").c_str()), 0);
  EXPECT_THAT(PathsOf(DiscoverAll({folder / "link"})), ElementsAre(file));
  EXPECT_THAT(PathsOf(DiscoverAll({folder.path()})), ElementsAre(file));
}

TEST(Discover, ReportsWhatIsMissingAndGoesOn) {
  const ScratchFolder folder;
  const std::string file = folder.Write("there", "x");
  const Discovery found =
      DiscoverAll({folder / "absent", file, folder / "*.none", folder / "dead/file"});
  EXPECT_THAT(PathsOf(found), ElementsAre(file));
  ASSERT_EQ(found.problems.size(), 3u);
  EXPECT_EQ(found.problems[1].error.kind, ErrorKind::kNotFound);
}

TEST(Discover, TakesAPatternCharacterLiterallyWhereAFileHasThatName) {
  const ScratchFolder folder;
  const std::string odd = folder.Write("odd[1].csv", "x");
  folder.Write("odd1.csv", "x");
  EXPECT_THAT(PathsOf(DiscoverAll({odd})), ElementsAre(odd));
}

TEST(Discover, FindsNamesWithNewlinesAndIllFormedBytes) {
  const ScratchFolder folder;
  const std::string odd = folder.Write("line\nend\xff", "x");
  EXPECT_THAT(PathsOf(DiscoverAll({folder.path()})), ElementsAre(odd));
}

TEST(Discover, PassesOverPipesInFoldersAndReportsThemWhereNamed) {
  const ScratchFolder folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(DiscoverAll({folder.path()}).problems, IsEmpty());
  const Discovery found = DiscoverAll({pipe});
  EXPECT_THAT(found.files, IsEmpty());
  ASSERT_EQ(found.problems.size(), 1u);
}

TEST(Discover, ReportsAFolderThatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const ScratchFolder folder;
  const std::string file = folder.Write("open/file", "x");
  folder.Write("shut/file", "x");
  ASSERT_EQ(chmod((folder / "shut").c_str(), 0), 0);
  const Discovery found = DiscoverAll({folder.path()});
  EXPECT_THAT(PathsOf(found), ElementsAre(file));
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].error.kind, ErrorKind::kForbidden);
  chmod((folder / "shut").c_str(), 0700);
}

TEST(Discover, StopsAtItsLimits) {
  const ScratchFolder folder;
  folder.Write("a/b/c/file", "x");
  folder.Write("a/file", "x");
  EXPECT_EQ(DiscoverAll({folder.path()}, {.files_max = 9, .depth_max = 2}).problems.size(), 1u);
  FixedEnv env;
  const std::vector<std::string> paths{folder.path()};
  EXPECT_THAT(Discover(paths, env, {.files_max = 1, .depth_max = 9}),
              IsError(ErrorKind::kResourceExhausted));
}

}  // namespace
}  // namespace firn::ingest
