// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/pipeline/run.h"
#include "firn/pipeline/staging.h"

namespace firn::pipeline {

/// The property that names the definition a table was computed with.
inline constexpr char kFingerprintKey[] = "firn.model.fingerprint";

/// Tells whether a change of `input` makes `model` run.
bool Triggers(const Model& model, const ModelInput& input);

/// Decides what is to be done for `model` now, by comparing its watermarks with the staged tables.
/// `fingerprint` is that of its definition.
Result<ModelPlan> PlanModel(const Package& package, const Model& model,
                            const std::string& fingerprint, const RunRequest& request,
                            Staging& staging);

/// Counts the files of the ranges in a plan. Reads manifests.
Status CountFiles(const RunContext& context, Staging& staging, ModelPlan& plan);

/// Notes in the staged tables what `model` consumed.
Status StageWatermarks(const ModelPlan& plan, const std::string& fingerprint, Staging& staging);

}  // namespace firn::pipeline
