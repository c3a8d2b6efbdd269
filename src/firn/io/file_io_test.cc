// SPDX-License-Identifier: Apache-2.0
//
// What every FileIO promises, run over each of them; then what only the local one does.

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
#include "firn/io/local_file.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

class FileIoTest : public ::testing::TestWithParam<std::string> {
 protected:
  FileIoTest() {
    if (GetParam() == "local") {
      io_ = std::make_unique<LocalFileIO>(env_);
    } else {
      io_ = std::make_unique<MemoryFileIO>();
    }
    if (GetParam() == "checked") {
      inner_ = std::move(io_);
      io_ = std::make_unique<ChecksumFileIO>(*inner_, log_);
    }
  }

  std::string At(std::string_view name) const { return JoinLocation(folder_.location(), name); }

  FixedEnv env_;
  TemporaryFolder folder_;
  ChecksumLog log_;
  std::unique_ptr<FileIO> inner_;
  std::unique_ptr<FileIO> io_;
};

INSTANTIATE_TEST_SUITE_P(All, FileIoTest, ::testing::Values("local", "memory", "checked"),
                         [](const auto& kind) { return kind.param; });

TEST_P(FileIoTest, ReadsBackWhatWasWritten) {
  const std::string bytes(700'000, 'x');
  ASSERT_THAT(io_->WriteAll(At("a/b/c"), bytes), IsOk());
  EXPECT_THAT(io_->ReadAll(At("a/b/c"), 1 << 20), HasValue(bytes));
}

TEST_P(FileIoTest, KeepsEmptyFiles) {
  ASSERT_THAT(io_->WriteAll(At("empty"), ""), IsOk());
  EXPECT_THAT(io_->ReadAll(At("empty"), 0), HasValue(std::string()));
}

TEST_P(FileIoTest, ReadsRanges) {
  ASSERT_THAT(io_->WriteAll(At("a"), "0123456789"), IsOk());
  const auto file = io_->Open(At("a"));
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ((*file)->size_bytes(), 10);
  EXPECT_THAT((*file)->Read(3, 4), HasValue(std::string("3456")));
  EXPECT_THAT((*file)->Read(8, 4), HasValue(std::string("89")));
  EXPECT_THAT((*file)->Read(40, 4), HasValue(std::string()));
  EXPECT_THAT((*file)->Read(-1, 4), IsError(ErrorKind::kInvalidArgument));
}

TEST_P(FileIoTest, HidesAFileUntilItIsClosed) {
  auto file = io_->Create(At("a"));
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Write("text"), IsOk());
  EXPECT_EQ((*file)->position(), 4);
  EXPECT_THAT(io_->Exists(At("a")), HasValue(false));
  EXPECT_THAT(io_->Open(At("a")), IsError(ErrorKind::kNotFound));
  ASSERT_THAT((*file)->Close(), IsOk());
  EXPECT_THAT(io_->Exists(At("a")), HasValue(true));
}

TEST_P(FileIoTest, LeavesNothingOfAFileThatWasNotClosed) {
  {
    auto file = io_->Create(At("a"));
    ASSERT_THAT(file, IsOk());
    ASSERT_THAT((*file)->Write(std::string(600'000, 'x')), IsOk());
  }
  EXPECT_THAT(io_->List(folder_.location()), HasValue(IsEmpty()));
}

TEST_P(FileIoTest, KeepsAClosedFileThroughAbort) {
  auto file = io_->Create(At("a"));
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Close(), IsOk());
  (*file)->Abort();
  EXPECT_THAT(io_->Exists(At("a")), HasValue(true));
}

TEST_P(FileIoTest, RefusesToWriteAfterClose) {
  auto file = io_->Create(At("a"));
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Close(), IsOk());
  EXPECT_THAT((*file)->Write("more"), IsError(ErrorKind::kIo));
}

TEST_P(FileIoTest, NeverReplacesAFile) {
  ASSERT_THAT(io_->WriteAll(At("a"), "first"), IsOk());
  EXPECT_THAT(io_->Create(At("a")), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(io_->ReadAll(At("a"), 100), HasValue(std::string("first")));
}

TEST_P(FileIoTest, LetsOneOfTwoWritersWin) {
  auto first = io_->Create(At("a"));
  auto second = io_->Create(At("a"));
  ASSERT_THAT((*first)->Write("first"), IsOk());
  ASSERT_THAT((*second)->Write("second"), IsOk());
  ASSERT_THAT((*first)->Close(), IsOk());
  EXPECT_THAT((*second)->Close(), IsError(ErrorKind::kAlreadyExists));
  (*second)->Abort();
  EXPECT_THAT(io_->ReadAll(At("a"), 100), HasValue(std::string("first")));
}

TEST_P(FileIoTest, ListsFilesAtAnyDepthInOrder) {
  for (const char* name : {"b/x", "a", "b/y/z", "b2"}) {
    ASSERT_THAT(io_->WriteAll(At(name), name), IsOk());
  }
  EXPECT_THAT(io_->List(At("b")),
              HasValue(ElementsAre(Field(&FileInfo::location, NormalizeLocation(At("b/x"))),
                                   Field(&FileInfo::location, NormalizeLocation(At("b/y/z"))))));
  EXPECT_THAT(io_->List(At("nothing")), HasValue(IsEmpty()));
}

TEST_P(FileIoTest, SaysWhatIsNotThere) {
  EXPECT_THAT(io_->Open(At("a")), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(io_->Delete(At("a")), IsError(ErrorKind::kNotFound));
}

TEST_P(FileIoTest, DeletesAFile) {
  ASSERT_THAT(io_->WriteAll(At("a"), "text"), IsOk());
  ASSERT_THAT(io_->Delete(At("a")), IsOk());
  EXPECT_THAT(io_->Exists(At("a")), HasValue(false));
}

TEST_P(FileIoTest, RefusesToReadAFileOverTheLimit) {
  ASSERT_THAT(io_->WriteAll(At("a"), "text"), IsOk());
  EXPECT_THAT(io_->ReadAll(At("a"), 3), IsError(ErrorKind::kResourceExhausted));
}

TEST_P(FileIoTest, ClosesSeveralFilesTogether) {
  std::vector<std::unique_ptr<OutputFile>> files;
  std::vector<OutputFile*> pointers;
  for (const char* name : {"x/1", "x/2", "y/3"}) {
    files.push_back(io_->Create(At(name)).value());
    ASSERT_THAT(files.back()->Write(name), IsOk());
    pointers.push_back(files.back().get());
  }
  ASSERT_THAT(io_->CloseAll(pointers), IsOk());
  files.clear();
  EXPECT_THAT(io_->ReadAll(At("y/3"), 100), HasValue(std::string("y/3")));
  EXPECT_THAT(io_->List(folder_.location()), HasValue(::testing::SizeIs(3)));
}

TEST_P(FileIoTest, KeepsNoneOfAGroupWithOneThatFails) {
  auto first = io_->Create(At("1"));
  auto second = io_->Create(At("2"));
  ASSERT_THAT(io_->WriteAll(At("2"), "another"), IsOk());
  const std::vector<OutputFile*> files = {first->get(), second->get()};
  EXPECT_THAT(io_->CloseAll(files), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(io_->Exists(At("1")), HasValue(false));
  EXPECT_THAT(io_->ReadAll(At("2"), 100), HasValue(std::string("another")));
}

TEST_P(FileIoTest, ClosesAnEmptyGroup) {
  EXPECT_THAT(io_->CloseAll({}), IsOk());
}

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
