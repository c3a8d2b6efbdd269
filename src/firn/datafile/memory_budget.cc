// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/memory_budget.h"

#include "firn/base/assert.h"

namespace firn::datafile {

bool MemoryBudget::TryReserve(int64_t bytes) {
  int64_t current = current_bytes_.load();
  do {
    if (bytes > limit_bytes_ - current) return false;
  } while (!current_bytes_.compare_exchange_weak(current, current + bytes));
  int64_t peak = peak_bytes_.load();
  while (peak < current + bytes && !peak_bytes_.compare_exchange_weak(peak, current + bytes)) {
  }
  return true;
}

void MemoryBudget::Release(int64_t bytes) {
  const int64_t before = current_bytes_.fetch_sub(bytes);
  FIRN_ASSERT(before >= bytes);
}

std::vector<obs::MetricValue> MemoryBudget::Metrics() const {
  return {
      {"firn_write_memory_bytes", "Rows that wait in memory to be written",
       static_cast<double>(current_bytes())},
      {"firn_write_memory_peak_bytes", "The most that have waited at a time",
       static_cast<double>(peak_bytes())},
      {"firn_write_memory_limit_bytes", "How many may wait", static_cast<double>(limit_bytes_)}};
}

bool MemoryReservation::TryGrow(int64_t bytes) {
  if (bytes > limit_bytes_ - bytes_) return false;
  if (budget_ != nullptr && !budget_->TryReserve(bytes)) return false;
  bytes_ += bytes;
  return true;
}

void MemoryReservation::Shrink(int64_t bytes) {
  FIRN_ASSERT(bytes <= bytes_);
  bytes_ -= bytes;
  if (budget_ != nullptr) budget_->Release(bytes);
}

}  // namespace firn::datafile
