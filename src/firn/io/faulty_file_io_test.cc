// SPDX-License-Identifier: Apache-2.0

#include "firn/io/faulty_file_io.h"

#include <string>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFile[] = "memory:///folder/file";

// Writing one file is: create, write, sync, publish, sync the folder.
constexpr int64_t kOperationsOfOneWrite = 5;

TEST(FaultyFileIO, CountsWhatItPassesOn) {
  MemoryFileIO memory;
  FaultyFileIO faulty(memory, FaultPlan{});
  ASSERT_THAT(faulty.WriteAll(kFile, "text"), IsOk());
  EXPECT_EQ(faulty.operations(), kOperationsOfOneWrite);
  EXPECT_FALSE(faulty.fault_reached());
}

TEST(FaultyFileIO, FailsOnceAndGoesOn) {
  MemoryFileIO memory;
  FaultyFileIO faulty(memory, FaultPlan{.fail_at = 2, .kind = FaultKind::kFail});
  EXPECT_THAT(faulty.WriteAll(kFile, "text"), IsError(ErrorKind::kIo));
  EXPECT_THAT(faulty.WriteAll(kFile, "text"), IsOk());
}

TEST(FaultyFileIO, StaysFullButStillReads) {
  MemoryFileIO memory;
  ASSERT_THAT(memory.WriteAll("memory:///other", "text"), IsOk());
  FaultyFileIO faulty(memory, FaultPlan{.fail_at = 1, .kind = FaultKind::kDiskFull});
  EXPECT_THAT(faulty.WriteAll(kFile, "text"), IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(faulty.WriteAll(kFile, "text"), IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(faulty.ReadAll("memory:///other", 100), HasValue(std::string("text")));
}

TEST(FaultyFileIO, CallsBackAtTheFault) {
  MemoryFileIO memory;
  int calls = 0;
  FaultyFileIO faulty(memory, FaultPlan{3, FaultKind::kFail, [&calls] { ++calls; }});
  EXPECT_THAT(faulty.WriteAll(kFile, "text"), IsError(ErrorKind::kIo));
  EXPECT_EQ(calls, 1);
}

TEST(FaultyFileIO, LeavesTheUnfinishedFileOfACrash) {
  FixedEnv env;
  TemporaryFolder folder;
  LocalFileIO local(env);
  FaultyFileIO faulty(local, FaultPlan{.fail_at = 3, .kind = FaultKind::kCrash});
  EXPECT_THAT(faulty.WriteAll(folder.path() + "/a", "text"), IsError(ErrorKind::kIo));
  EXPECT_THAT(faulty.Exists(folder.path() + "/a"), IsError(ErrorKind::kIo));
  const auto left = local.List(folder.path());
  ASSERT_THAT(left, HasValue(SizeIs(1)));
  EXPECT_TRUE(left->front().hidden);
}

TEST(ForEachFault, StopsOnceNothingFails) {
  int attempts = 0;
  const int64_t faults = ForEachFault(FaultKind::kFail, [&](FaultPlan plan) {
    ++attempts;
    MemoryFileIO memory;
    FaultyFileIO faulty(memory, plan);
    faulty.WriteAll(kFile, "text").Ignore("failing is the point");
    return faulty.fault_reached();
  });
  EXPECT_EQ(faults, kOperationsOfOneWrite);
  EXPECT_EQ(attempts, kOperationsOfOneWrite + 1);
}

// Whatever fails, a reader finds the whole file or none, and a failed write leaves nothing behind.
class WriteUnderFaults : public ::testing::TestWithParam<FaultKind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, WriteUnderFaults,
                         ::testing::Values(FaultKind::kFail, FaultKind::kShortWrite,
                                           FaultKind::kDiskFull, FaultKind::kCrash));

TEST_P(WriteUnderFaults, ShowsAllOrNothing) {
  const std::string bytes(300'000, 'x');
  ForEachFault(GetParam(), [&](FaultPlan plan) {
    FixedEnv env;
    TemporaryFolder folder;
    LocalFileIO local(env);
    FaultyFileIO faulty(local, plan);
    const std::string path = folder.path() + "/a";
    const Status written = faulty.WriteAll(path, bytes);
    const bool visible = local.Exists(path).value();
    if (visible) {
      EXPECT_THAT(local.ReadAll(path, 1 << 20), HasValue(bytes));
    } else {
      EXPECT_FALSE(written);
    }
    if (!written && GetParam() != FaultKind::kCrash) {
      EXPECT_THAT(local.List(folder.path()), HasValue(IsEmpty()));
    }
    return faulty.fault_reached();
  });
}

}  // namespace
}  // namespace firn::io
