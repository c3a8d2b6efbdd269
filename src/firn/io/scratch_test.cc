// SPDX-License-Identifier: Apache-2.0

#include "firn/io/scratch.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

TEST(ScratchFile, GivesBackWhatWasWritten) {
  LocalScratchSpace space;
  const auto file = space.Create().value();
  ASSERT_THAT(file->Append("hello "), IsOk());
  ASSERT_THAT(file->Append("world"), IsOk());
  EXPECT_EQ(file->size_bytes(), 11);
  std::string read(5, '\0');
  ASSERT_THAT(file->ReadInto(6, read), IsOk());
  EXPECT_EQ(read, "world");
}

TEST(ScratchFile, RefusesToReadBehindItsEnd) {
  LocalScratchSpace space;
  const auto file = space.Create().value();
  ASSERT_THAT(file->Append("abc"), IsOk());
  std::string read(4, '\0');
  EXPECT_THAT(file->ReadInto(0, read), IsError(ErrorKind::kIo));
}

TEST(ScratchFile, HasNoNameThatAKilledProcessCouldLeave) {
  const TemporaryFolder folder;
  LocalScratchSpace space(folder.path());
  const auto file = space.Create().value();
  ASSERT_THAT(file->Append("abc"), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ScratchSpace, NamesTheFolderThatIsMissing) {
  LocalScratchSpace space("/no/such/folder");
  const auto file = space.Create();
  EXPECT_THAT(file, IsError(ErrorKind::kNotFound));
  EXPECT_THAT(file, HasMessage("/no/such/folder"));
}

}  // namespace
}  // namespace firn::io
