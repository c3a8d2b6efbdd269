// SPDX-License-Identifier: Apache-2.0
//
// What every FileIO promises (file_io_testing.h), run over the local one and the one in memory;
// then what only the local one does.

#include "firn/io/file_io.h"

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/checksum_file_io.h"
#include "firn/io/file_io_testing.h"
#include "firn/io/local_file.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

// A file system that keeps checksums, with what it stands on.
struct CheckedParts {
  MemoryFileIO memory;
  ChecksumLog log;
};
class CheckedMemoryFileIO : private CheckedParts, public ChecksumFileIO {
 public:
  CheckedMemoryFileIO() : ChecksumFileIO(memory, log) {}
};

INSTANTIATE_TEST_SUITE_P(
    All, FileIoTest,
    ::testing::Values(
        FileIoKind{"local", [](Env& env) { return std::make_unique<LocalFileIO>(env); }, nullptr},
        FileIoKind{"memory", [](Env&) { return std::make_unique<MemoryFileIO>(); }, nullptr},
        FileIoKind{"checked", [](Env&) { return std::make_unique<CheckedMemoryFileIO>(); },
                   nullptr}),
    NameOfKind);

// ---- The local one

mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

class LocalFileIoTest : public ::testing::Test {
 protected:
  std::string Path(std::string_view name) const { return folder_.path() + "/" + std::string(name); }

  FixedEnv env_;
  TemporaryFolder folder_;
  LocalFileIO io_{env_};
};

TEST_F(LocalFileIoTest, MakesPrivateFilesAndFoldersWhateverTheUmask) {
  for (const mode_t mask : {0000U, 0077U, 0777U}) {
    const mode_t before = ::umask(mask);
    const std::string name = "m" + std::to_string(mask);
    const Status written = io_.WriteAll(Path(name + "/inner/file"), "secret");
    ::umask(before);
    ASSERT_THAT(written, IsOk());
    EXPECT_EQ(ModeOf(Path(name)), 0700U);
    EXPECT_EQ(ModeOf(Path(name + "/inner")), 0700U);
    EXPECT_EQ(ModeOf(Path(name + "/inner/file")), 0600U);
  }
}

TEST_F(LocalFileIoTest, ReportsAnUnfinishedFileAsHidden) {
  auto file = io_.Create(Path("a"));
  ASSERT_THAT(file, IsOk());
  const auto found = io_.List(folder_.path());
  ASSERT_THAT(found, HasValue(::testing::SizeIs(1)));
  EXPECT_TRUE(found->front().hidden);
  EXPECT_THAT(found->front().location, ::testing::MatchesRegex(".*/\\.a\\.[0-9A-Z]{26}\\.tmp"));
}

TEST_F(LocalFileIoTest, MakesAFolderAgainThatWasRemoved) {
  ASSERT_THAT(io_.WriteAll(Path("f/a"), "1"), IsOk());
  std::filesystem::remove_all(Path("f"));
  EXPECT_THAT(io_.WriteAll(Path("f/a"), "2"), IsOk());
}

TEST_F(LocalFileIoTest, RefusesAFolderAsAFile) {
  EXPECT_THAT(io_.Open(folder_.location()), IsError(ErrorKind::kIo));
  EXPECT_THAT(io_.Create(folder_.location()), IsError(ErrorKind::kAlreadyExists));
}

TEST_F(LocalFileIoTest, SaysWhichFolderIsAFile) {
  ASSERT_THAT(io_.WriteAll(Path("a"), "1"), IsOk());
  EXPECT_THAT(io_.WriteAll(Path("a/b"), "2"), HasMessage("/a"));
}

TEST_F(LocalFileIoTest, DoesNotFollowALinkInPlaceOfANewFile) {
  std::filesystem::create_symlink("/nonexistent/target", Path("link"));
  EXPECT_THAT(io_.Create(Path("link")), IsError(ErrorKind::kAlreadyExists));
}

TEST_F(LocalFileIoTest, DoesNotWaitForAPipe) {
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(io_.Open(Path("pipe")), IsError(ErrorKind::kIo));
}

TEST_F(LocalFileIoTest, NamesTheFullDisk) {
  const Error error = SystemError(ENOSPC, "cannot write", "/x");
  EXPECT_EQ(error.kind, ErrorKind::kResourceExhausted);
  EXPECT_EQ(error.hint, "free some disk space");
}

}  // namespace
}  // namespace firn::io
