// SPDX-License-Identifier: Apache-2.0

#include "firn/base/parallel.h"

#include <atomic>
#include <vector>

#include "firn/base/testing.h"

namespace firn {
namespace {

TEST(ParallelFor, CallsTheBodyOnceForEach) {
  for (const size_t threads : {size_t{0}, size_t{1}, size_t{2}, size_t{8}}) {
    std::vector<std::atomic<int>> calls(1000);
    ASSERT_THAT(ParallelFor(calls.size(), threads,
                            [&calls](size_t at) {
                              ++calls[at];
                              return Ok();
                            }),
                IsOk());
    for (const auto& count : calls) {
      EXPECT_EQ(count, 1);
    }
  }
}

TEST(ParallelFor, ReturnsTheFirstErrorAndStops) {
  std::atomic<int> calls = 0;
  const Status status = ParallelFor(1'000'000, 2, [&calls](size_t at) -> Status {
    ++calls;
    if (at >= 10) return NotFound("number", at);
    return Ok();
  });
  ASSERT_THAT(status, IsError(ErrorKind::kNotFound));
  EXPECT_LT(calls, 1'000'000);
}

TEST(ParallelFor, DoesNothingForNothing) {
  EXPECT_THAT(ParallelFor(0, 2, [](size_t) -> Status { return Internal("called"); }), IsOk());
}

}  // namespace
}  // namespace firn
