// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/base/result.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::pipeline {
struct Package;
struct RunContext;
}  // namespace firn::pipeline

namespace firn::lakehouse {

/// Plans or runs a package, at the scale of the lake, and reports it.
Result<RunReport> RunModels(const pipeline::RunContext& context, const RunRequest& request,
                            const pipeline::Package& package, const std::string& scale);

}  // namespace firn::lakehouse
