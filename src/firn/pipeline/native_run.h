// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "firn/base/result.h"
#include "firn/pipeline/merge.h"
#include "firn/pipeline/native_model.h"
#include "firn/pipeline/run.h"
#include "firn/pipeline/staging.h"

namespace firn::pipeline {

/// What a native model made: files per target that nobody sees yet.
struct NativeResult {
  std::map<std::string, MergeResult> changes;  ///< By table.
  int64_t groups = 0;
  int64_t rows_read = 0;
};

/// Feeds a native model the rows its source gained, group by group, a bounded number of bytes at a
/// time, and writes what it makes. `plan` is that of any of its targets.
/// Errors: those of the model, of files and of keys. Nothing it wrote remains then.
Result<NativeResult> RunNativeModel(const RunContext& context, NativeModel& native,
                                    const ModelPlan& plan, Staging& staging);

}  // namespace firn::pipeline
