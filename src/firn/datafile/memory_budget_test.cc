// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/memory_budget.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace firn::datafile {
namespace {

TEST(MemoryBudget, GivesNoMoreThanItHas) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.TryReserve(60));
  EXPECT_FALSE(budget.TryReserve(41));
  EXPECT_TRUE(budget.TryReserve(40));
  budget.Release(70);
  EXPECT_EQ(budget.current_bytes(), 30);
  EXPECT_EQ(budget.peak_bytes(), 100);
  EXPECT_EQ(budget.Metrics()[1].value, 100);
}

TEST(MemoryBudget, NeverPassesItsLimitWithManyThreads) {
  MemoryBudget budget(1000);
  std::vector<std::thread> threads;
  for (int64_t bytes = 1; bytes <= 8; ++bytes) {
    threads.emplace_back([&budget, bytes] {
      for (int i = 0; i < 5000; ++i) {
        if (!budget.TryReserve(bytes * 50)) continue;
        EXPECT_LE(budget.current_bytes(), 1000);
        budget.Release(bytes * 50);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(budget.current_bytes(), 0);
  EXPECT_LE(budget.peak_bytes(), 1000);
}

TEST(MemoryReservation, KeepsToItsOwnLimitAndToTheSharedOne) {
  MemoryBudget budget(100);
  {
    MemoryReservation one(&budget, 70), other(&budget, 70);
    EXPECT_FALSE(one.TryGrow(71));
    EXPECT_TRUE(one.TryGrow(70));
    EXPECT_FALSE(other.TryGrow(31));
    EXPECT_TRUE(other.TryGrow(30));
    one.Shrink(10);
    EXPECT_EQ(budget.current_bytes(), 90);
  }
  EXPECT_EQ(budget.current_bytes(), 0);
}

}  // namespace
}  // namespace firn::datafile
