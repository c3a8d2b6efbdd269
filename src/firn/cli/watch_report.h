// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "firn/base/time.h"
#include "firn/cli/invocation.h"
#include "firn/lakehouse/collect/watch.h"

namespace firn::cli {

/// Tells what a watch does: sentences and a line of state on a terminal, else JSON lines. Not
/// thread-safe.
class WatchReport {
 public:
  /// `invocation` outlives it.
  explicit WatchReport(Invocation& invocation);
  ~WatchReport();
  WatchReport(const WatchReport&) = delete;
  WatchReport& operator=(const WatchReport&) = delete;

  void Tell(const lakehouse::WatchStep& step);

 private:
  void TellPerson(const lakehouse::WatchStep& step);
  void ShowState();
  void WipeState();

  Invocation& invocation_;
  const bool for_people_;
  const bool shows_state_;
  int64_t commits_ = 0, rows_ = 0;
};

/// A step as one line of JSON; empty for one that found nothing.
std::string StepJson(const lakehouse::WatchStep& step, TimeUs now);
/// The same as a sentence.
std::string StepText(const lakehouse::WatchStep& step);

}  // namespace firn::cli
