// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/folder_watch.h"

#include <filesystem>

#include <unistd.h>

#include "firn/base/testing.h"
#include "firn/ingest/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Events are there as soon as the call that makes them is back.
constexpr Millis kAtOnce{0};

class FolderWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = FolderWatch::Open({.folders_max = 4, .changes_max = 4});
    ASSERT_THAT(opened, IsOk());
    watch_ = std::move(*opened);
    Add(folder_.path().string());
  }

  size_t Add(const std::string& path) { return watch_->Add(std::vector<std::string>{path}); }

  FolderChanges Changes() {
    EXPECT_THAT(watch_->Wait(-1, kAtOnce), IsOk());
    return watch_->Take();
  }

  ScratchFolder folder_;
  std::unique_ptr<FolderWatch> watch_;
};

TEST_F(FolderWatchTest, TellsWhatIsWrittenAppendedAndMovedHere) {
  folder_.Write("new", "1");
  EXPECT_THAT(Changes().files, ElementsAre(folder_ / "new"));
  folder_.Append("new", "2");
  EXPECT_THAT(Changes().files, ElementsAre(folder_ / "new"));
  std::filesystem::rename(folder_ / "new", folder_ / "renamed");
  EXPECT_THAT(Changes().files, ElementsAre(folder_ / "renamed"));
  std::filesystem::remove(folder_ / "renamed");
  EXPECT_THAT(Changes().files, IsEmpty());
}

TEST_F(FolderWatchTest, TellsNewFoldersAndWatchesThemOnceAdded) {
  folder_.Write("below/file", "1");
  EXPECT_THAT(Changes().folders, ElementsAre(folder_ / "below"));
  EXPECT_EQ(Add(folder_ / "below"), 1U);
  EXPECT_EQ(Add(folder_ / "below"), 0U);
  folder_.Append("below/file", "2");
  EXPECT_THAT(Changes().files, ElementsAre(folder_ / "below/file"));
}

TEST_F(FolderWatchTest, FindsAFolderAgainWhereItWasMoved) {
  std::filesystem::create_directories(folder_ / "old/inner");
  Changes();
  Add(folder_ / "old");
  Add(folder_ / "old/inner");
  std::filesystem::rename(folder_ / "old", folder_ / "moved");
  EXPECT_THAT(Changes().folders, ElementsAre(folder_ / "moved"));
  EXPECT_EQ(watch_->Add(std::vector{folder_ / "moved", folder_ / "moved/inner"}), 2U);
  folder_.Write("moved/inner/file", "1");
  EXPECT_THAT(Changes().files, ElementsAre(folder_ / "moved/inner/file"));
}

TEST_F(FolderWatchTest, SaysWhenMoreHappenedThanItKeeps) {
  for (int i = 0; i < 6; ++i)
    folder_.Write(std::to_string(i), "1");
  const FolderChanges changes = Changes();
  EXPECT_EQ(changes.files.size(), 4U);
  EXPECT_TRUE(changes.lost);
  EXPECT_FALSE(Changes().lost);
}

TEST_F(FolderWatchTest, AsksForWalksWhereItCannotWatchMore) {
  for (const char* name : {"a", "b", "c", "d"})
    std::filesystem::create_directory(folder_ / name);
  for (const char* name : {"a", "b", "c"})
    Add(folder_ / name);
  EXPECT_FALSE(watch_->needs_walks());
  Add(folder_ / "d");
  EXPECT_TRUE(watch_->needs_walks());
}

TEST_F(FolderWatchTest, PassesOverFoldersThatAreGone) {
  EXPECT_EQ(Add(folder_ / "gone"), 0U);
  EXPECT_FALSE(watch_->needs_walks());
}

TEST_F(FolderWatchTest, IsWokenToStop) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_THAT(watch_->Wait(ends[0], Millis{3'600'000}), IsOk());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace firn::ingest
