// SPDX-License-Identifier: Apache-2.0
//
// What every FileIO promises, as tests. A test program includes this once and says which FileIOs it
// runs them over:
//   INSTANTIATE_TEST_SUITE_P(All, FileIoTest, ::testing::Values(...), NameOfKind);
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/io/testing.h"

namespace firn::io {

/// A kind of FileIO under test.
struct FileIoKind {
  std::string name;
  std::function<std::unique_ptr<FileIO>(Env&)> make;
  /// An empty folder for one test; unset: a local one.
  std::function<std::string()> folder;
};

inline void PrintTo(const FileIoKind& kind, std::ostream* out) {
  *out << kind.name;
}
inline std::string NameOfKind(const ::testing::TestParamInfo<FileIoKind>& kind) {
  return kind.param.name;
}

class FileIoTest : public ::testing::TestWithParam<FileIoKind> {
 protected:
  FileIoTest()
      : io_(GetParam().make(env_)),
        folder_(GetParam().folder ? GetParam().folder() : local_.location()) {}

  std::string At(std::string_view name) const { return JoinLocation(folder_, name); }

  FixedEnv env_;
  TemporaryFolder local_;
  std::unique_ptr<FileIO> io_;
  std::string folder_;
};

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
  EXPECT_THAT(io_->List(folder_), HasValue(::testing::IsEmpty()));
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
              HasValue(::testing::ElementsAre(
                  ::testing::Field(&FileInfo::location, NormalizeLocation(At("b/x"))),
                  ::testing::Field(&FileInfo::location, NormalizeLocation(At("b/y/z"))))));
  EXPECT_THAT(io_->List(At("nothing")), HasValue(::testing::IsEmpty()));
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
  EXPECT_THAT(io_->List(folder_), HasValue(::testing::SizeIs(3)));
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

}  // namespace firn::io
