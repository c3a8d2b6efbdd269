// SPDX-License-Identifier: Apache-2.0

#include "firn/io/write_batch.h"

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFolder[] = "file:///t";

std::string FileNumber(int number) {
  return std::string(kFolder) + "/" + std::to_string(number);
}

TEST(WriteBatch, ShowsNothingBeforeTheFlush) {
  MemoryFileIO memory;
  WriteBatch batch(memory);
  ASSERT_THAT(batch.WriteAll(FileNumber(1), "one"), IsOk());
  ASSERT_THAT(batch.WriteAll(FileNumber(2), "two"), IsOk());
  EXPECT_THAT(memory.List(kFolder), HasValue(IsEmpty()));
  EXPECT_THAT(batch.Exists(FileNumber(1)), HasValue(true));
  ASSERT_THAT(batch.Flush(), IsOk());
  EXPECT_THAT(memory.ReadAll(FileNumber(1), 10), HasValue(std::string("one")));
  EXPECT_THAT(memory.ReadAll(FileNumber(2), 10), HasValue(std::string("two")));
}

TEST(WriteBatch, GivesWhatItPutAsideToWhoeverReadsThroughIt) {
  MemoryFileIO memory;
  WriteBatch batch(memory);
  ASSERT_THAT(batch.WriteAll(FileNumber(1), "one"), IsOk());
  EXPECT_THAT(batch.ReadAll(FileNumber(1), 10), HasValue(std::string("one")));
  ASSERT_THAT(batch.WriteAll(FileNumber(2), "two"), IsOk());
  EXPECT_THAT(batch.List(kFolder), HasValue(SizeIs(2)));
}

TEST(WriteBatch, LeavesNothingOfWhatWasNotFlushed) {
  FixedEnv env;
  TemporaryFolder folder;
  LocalFileIO local(env);
  {
    WriteBatch batch(local);
    ASSERT_THAT(batch.WriteAll(folder.location() + "/a", "text"), IsOk());
  }
  EXPECT_THAT(local.List(folder.location()), HasValue(IsEmpty()));
}

TEST(WriteBatch, TakesBackAFileThatWasPutAside) {
  MemoryFileIO memory;
  WriteBatch batch(memory);
  ASSERT_THAT(batch.WriteAll(FileNumber(1), "one"), IsOk());
  EXPECT_THAT(batch.Create(FileNumber(1)), IsError(ErrorKind::kAlreadyExists));
  ASSERT_THAT(batch.Delete(FileNumber(1)), IsOk());
  ASSERT_THAT(batch.Flush(), IsOk());
  EXPECT_THAT(memory.List(kFolder), HasValue(IsEmpty()));
}

TEST(WriteBatch, FlushesByItselfBeforeItHoldsTooMuch) {
  MemoryFileIO memory;
  WriteBatch batch(memory);
  for (int number = 0; number < 100; ++number) {
    ASSERT_THAT(batch.WriteAll(FileNumber(number), "text"), IsOk());
  }
  EXPECT_THAT(memory.List(kFolder), HasValue(SizeIs(64)));
  ASSERT_THAT(batch.WriteAll(FileNumber(1000), std::string(size_t{70} << 20, 'x')), IsOk());
  EXPECT_THAT(memory.List(kFolder), HasValue(SizeIs(101)));
}

TEST(WriteBatch, HasAllFilesOrNoneWhateverFails) {
  const auto attempt = [](FaultPlan plan) {
    MemoryFileIO memory;
    FaultyFileIO faulty(memory, plan);
    WriteBatch batch(faulty);
    Status done = batch.WriteAll(FileNumber(1), "one");
    if (done) done = batch.WriteAll(FileNumber(2), "two");
    if (done) done = batch.Flush();
    EXPECT_EQ(done.ok(), !faulty.fault_reached());
    const auto files = memory.List(kFolder);
    EXPECT_THAT(files, HasValue(SizeIs(done.ok() ? 2 : 0)));
    if (!done && plan.fail_at > 6) {  // Files are missing.
      EXPECT_FALSE(batch.Flush().ok());
    }
    return faulty.fault_reached();
  };
  EXPECT_GT(ForEachFault(FaultKind::kFail, attempt), 8);
}

TEST(WriteBatch, SyncsEachFileAndItsFolderBeforeItSaysDone) {
  MemoryFileIO memory;
  FaultyFileIO counting(memory, FaultPlan{});
  WriteBatch batch(counting);
  for (int number = 0; number < 3; ++number) {
    ASSERT_THAT(batch.WriteAll(FileNumber(number), "text"), IsOk());
  }
  EXPECT_EQ(counting.operations(), 6);  // Created and written.
  ASSERT_THAT(batch.Flush(), IsOk());
  EXPECT_EQ(counting.operations(), 6 + 3 + 3 + 1);  // Synced, named, and the folder once.
}

}  // namespace
}  // namespace firn::io
