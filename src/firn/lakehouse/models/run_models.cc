// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/models/run_models.h"

#include "firn/base/env.h"
#include "firn/pipeline/run.h"

namespace firn::lakehouse {
namespace {

using Action = pipeline::ModelPlan::Action;

std::string_view Word(pipeline::OnViolation on_violation) {
  switch (on_violation) {
    case pipeline::OnViolation::kWarn:
      return "warn";
    case pipeline::OnViolation::kFail:
      return "fail";
    case pipeline::OnViolation::kQuarantine:
      return "quarantine";
  }
  return "fail";
}

std::string BytesText(const std::vector<pipeline::InputChange>& inputs) {
  int64_t files = 0;
  int64_t bytes = 0;
  for (const pipeline::InputChange& input : inputs) {
    files += input.files_added + input.files_removed;
    bytes += input.bytes;
  }
  return files == 0 ? ""
                    : ": " + std::to_string(files) + " files, " + std::to_string(bytes) + " bytes";
}

Result<RunReport> Plan(const pipeline::Package& package, const pipeline::RunRequest& request,
                       const pipeline::RunContext& context) {
  FIRN_ASSIGN(const std::vector<pipeline::ModelPlan> plans,
              pipeline::PlanRun(package, request, context));
  RunReport report;
  for (const pipeline::ModelPlan& plan : plans) {
    if (plan.action == Action::kDefineView) continue;
    ModelReport model;
    model.model = plan.model;
    model.outcome = plan.action == Action::kNothing ? "unchanged" : "would run";
    model.message = plan.reason + BytesText(plan.inputs);
    report.models.push_back(std::move(model));
  }
  return report;
}

RunReport ReportOf(const pipeline::RunOutcome& outcome) {
  RunReport report;
  report.run_id = outcome.run_id;
  report.committed = outcome.committed;
  for (const pipeline::ModelOutcome& done : outcome.models) {
    if (done.action == Action::kDefineView) continue;
    ModelReport model;
    model.model = done.model;
    model.outcome = done.action == Action::kNothing ? "unchanged" : "ran";
    model.rows_in = done.rows_read;
    model.rows_out = done.rows_written;
    model.files_rewritten = done.files_removed;
    model.seconds = done.seconds;
    if (done.action == Action::kFull) model.message = "all of it";
    report.models.push_back(std::move(model));
  }
  for (const pipeline::CheckOutcome& check : outcome.checks) {
    if (check.violations == 0) continue;
    report.checks.push_back({check.model, check.check, std::string(Word(check.on_violation)),
                             check.violations, check.query});
  }
  report.left_on_branch = outcome.left_on_branch;
  if (!outcome.left_on_branch.empty()) report.branch = pipeline::kFailedRunBranch;
  return report;
}

}  // namespace

Result<RunReport> RunModels(const pipeline::RunContext& context, const RunRequest& request,
                            const pipeline::Package& package, const std::string& scale) {
  const int64_t began = context.env.MonotonicMicros();
  pipeline::RunRequest asked;
  asked.models = request.models;
  asked.full_refresh = request.full_refresh;
  asked.scale = scale;
  RunReport report;
  if (request.dry_run) {
    FIRN_ASSIGN(report, Plan(package, asked, context));
  } else {
    FIRN_ASSIGN(const pipeline::RunOutcome outcome, pipeline::Run(package, asked, context));
    report = ReportOf(outcome);
  }
  report.dry_run = request.dry_run;
  report.seconds = static_cast<double>(context.env.MonotonicMicros() - began) / 1e6;
  return report;
}

}  // namespace firn::lakehouse
