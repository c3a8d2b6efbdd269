// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/write_behind.h"

#include <atomic>
#include <vector>

#include "firn/base/testing.h"

namespace firn::pipeline {
namespace {

TEST(WriteBehind, DoesWorkInTheOrderGiven) {
  WriteBehind behind(10);
  std::vector<int> done;
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(behind.Do(1,
                          [&done, i] {
                            done.push_back(i);
                            return Ok();
                          }),
                IsOk());
  }
  ASSERT_THAT(behind.Finish(), IsOk());
  ASSERT_EQ(done.size(), 100U);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(done[static_cast<size_t>(i)], i);
}

TEST(WriteBehind, DoesNothingAfterAFailureAndSaysItAtTheEnd) {
  WriteBehind behind(1000);
  std::atomic<int> after = 0;
  ASSERT_THAT(behind.Do(1, [] { return Status(Io("the disk is full")); }), IsOk());
  for (int i = 0; i < 100; ++i) {
    const Status handed = behind.Do(1, [&after] {
      ++after;
      return Ok();
    });
    if (!handed.ok()) {
      EXPECT_THAT(handed, IsError(ErrorKind::kIo));
    }
  }
  EXPECT_THAT(behind.Finish(), IsError(ErrorKind::kIo));
  EXPECT_EQ(after, 0);
}

TEST(WriteBehind, TakesWorkLargerThanItsQueue) {
  WriteBehind behind(1);
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(behind.Do(1'000'000,
                          [&done] {
                            ++done;
                            return Ok();
                          }),
                IsOk());
  }
  ASSERT_THAT(behind.Finish(), IsOk());
  EXPECT_EQ(done, 3);
}

TEST(WriteBehind, LeavesWorkThatNobodyWaitsFor) {
  int done = 0;
  {
    WriteBehind behind(1000);
    for (int i = 0; i < 50; ++i) {
      ASSERT_THAT(behind.Do(1,
                            [&done] {
                              ++done;
                              return Ok();
                            }),
                  IsOk());
    }
  }
  EXPECT_LE(done, 50);  // Ended, whatever was left.
}

}  // namespace
}  // namespace firn::pipeline
