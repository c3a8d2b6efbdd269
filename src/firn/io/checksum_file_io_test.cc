// SPDX-License-Identifier: Apache-2.0

#include "firn/io/checksum_file_io.h"

#include <memory>
#include <string>
#include <vector>

#include "firn/base/digest.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ChecksumFileIoTest : public ::testing::Test {
 protected:
  MemoryFileIO inner_;
  ChecksumLog log_;
  ChecksumFileIO io_{inner_, log_};
};

TEST_F(ChecksumFileIoTest, NotesWhatWasWrittenOnceItIsVisible) {
  auto file = io_.Create("memory:///a");
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Write("from snow "), IsOk());
  ASSERT_THAT((*file)->Write("to ice"), IsOk());
  EXPECT_TRUE(log_.Take().empty());
  ASSERT_THAT((*file)->Close(), IsOk());
  const FileChecksum expected{"memory:///a", 16, Crc32("from snow to ice")};
  EXPECT_THAT(log_.Take().written, ElementsAre(expected));
  EXPECT_THAT(ChecksumOf(io_, "memory:///a"), HasValue(expected));
}

TEST_F(ChecksumFileIoTest, NotesFilesThatAreClosedTogether) {
  std::vector<std::unique_ptr<OutputFile>> files;
  std::vector<OutputFile*> pointers;
  for (const char* name : {"memory:///a", "memory:///b"}) {
    auto file = io_.Create(name);
    ASSERT_THAT(file, IsOk());
    ASSERT_THAT((*file)->Write(name), IsOk());
    pointers.push_back(file->get());
    files.push_back(*std::move(file));
  }
  ASSERT_THAT(io_.CloseAll(pointers), IsOk());
  EXPECT_EQ(log_.Take().written.size(), 2U);
}

TEST_F(ChecksumFileIoTest, NotesNothingOfAFileThatDidNotBecomeVisible) {
  ForEachFault(FaultKind::kFail, [](FaultPlan plan) {
    MemoryFileIO memory;
    FaultyFileIO faulty(memory, plan);
    ChecksumLog log;
    ChecksumFileIO io(faulty, log);
    const Status written = io.WriteAll("memory:///a", "bytes");
    EXPECT_EQ(log.Take().empty(), !written.ok());
    EXPECT_THAT(memory.Exists("memory:///a"), HasValue(written.ok()));
    return faulty.fault_reached();
  });
}

TEST_F(ChecksumFileIoTest, ForgetsAFileThatWasDeletedBeforeItWasStored) {
  ASSERT_THAT(io_.WriteAll("memory:///a", "x"), IsOk());
  ASSERT_THAT(io_.Delete("memory:///a"), IsOk());
  EXPECT_TRUE(log_.Take().empty());
}

TEST_F(ChecksumFileIoTest, SaysWhichStoredFilesWereDeleted) {
  ASSERT_THAT(io_.WriteAll("memory:///a", "x"), IsOk());
  ChecksumLog::Changes first = log_.Take();
  ASSERT_THAT(io_.Delete("memory:///a"), IsOk());
  EXPECT_THAT(io_.Delete("memory:///never"), IsError(ErrorKind::kNotFound));
  const ChecksumLog::Changes second = log_.Take();
  EXPECT_THAT(second.written, IsEmpty());
  EXPECT_THAT(second.deleted, ElementsAre("memory:///a"));
}

TEST_F(ChecksumFileIoTest, TakesBackWhatCouldNotBeStored) {
  ASSERT_THAT(io_.WriteAll("memory:///a", "x"), IsOk());
  ChecksumLog::Changes taken = log_.Take();
  ASSERT_THAT(io_.WriteAll("memory:///b", "y"), IsOk());
  log_.GiveBack(std::move(taken));
  EXPECT_THAT(log_.Take().written,
              UnorderedElementsAre(FileChecksum{"memory:///a", 1, Crc32("x")},
                                   FileChecksum{"memory:///b", 1, Crc32("y")}));
}

}  // namespace
}  // namespace firn::io
