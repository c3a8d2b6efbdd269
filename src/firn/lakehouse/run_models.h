// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/lakehouse/config.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::pipeline {
struct Package;
struct RunContext;
}  // namespace firn::pipeline

namespace firn::lakehouse {

/// The shipped package, with what the lake's configuration says in its models.
Result<pipeline::Package> ConversationsOf(const LakeConfig& config);

/// Plans or runs the shipped package and reports it.
Result<RunReport> RunModels(const pipeline::RunContext& context, const RunRequest& request,
                            const LakeConfig& config);

}  // namespace firn::lakehouse
