// SPDX-License-Identifier: Apache-2.0
//
// A run, from plan to commit. Models run in order, each on what those before it staged. Nothing is
// visible until the one commit at the end; whatever goes wrong before it removes the files written,
// but for a check that fails: what it failed on stays on a branch.
// A lost race (kConflict) begins again from the catalog as it is then: the run that won has
// consumed what we meant to, so the second attempt does what is left, often nothing.

#include "firn/pipeline/run.h"

#include <algorithm>
#include <set>

#include "firn/base/digest.h"
#include "firn/base/heap.h"
#include "firn/base/uuid.h"
#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"
#include "firn/obs/log.h"
#include "firn/pipeline/checks.h"
#include "firn/pipeline/column_type.h"
#include "firn/pipeline/native_model.h"
#include "firn/pipeline/native_run.h"
#include "firn/pipeline/plan.h"
#include "firn/pipeline/sql_model.h"
#include "firn/pipeline/staging.h"
#include "firn/sql/engine.h"

namespace firn::pipeline {
namespace {

using Action = ModelPlan::Action;

constexpr int kAttemptsMax = 6;

NativeModel* FindNative(const RunContext& context, const std::string& name) {
  const auto found = std::ranges::find_if(
      context.natives, [&](NativeModel* native) { return native->name() == name; });
  return found == context.natives.end() ? nullptr : *found;
}

const NativeTarget* FindTarget(const NativeModel& native, const std::string& table) {
  const auto found = std::ranges::find(native.targets(), table, &NativeTarget::table);
  return found == native.targets().end() ? nullptr : &*found;
}

Result<std::string> FingerprintOf(const RunContext& context, const Model& model) {
  if (model.kind != ModelKind::kNative) return model.fingerprint;
  const NativeModel* native = FindNative(context, model.native);
  if (native == nullptr) {
    return NotFound(model.file + ": the program has no native model of this name", model.native);
  }
  return Md5Hex(model.fingerprint + std::string(native->version()));
}

Status CheckRequest(const Package& package, const RunRequest& request) {
  for (const std::string& name : request.models) {
    if (package.Find(name) == nullptr) {
      return NotFound("no such model", name).WithHint("firn plan lists the models there are");
    }
  }
  return Ok();
}

// A native model runs whole when any of its tables is selected.
bool IsSelected(const Package& package, const Model& model, const RunRequest& request) {
  if (request.models.empty() || model.kind == ModelKind::kView) return true;
  return std::ranges::any_of(request.models, [&](const std::string& name) {
    const Model* selected = package.Find(name);
    return name == model.name || (!model.native.empty() && selected->native == model.native);
  });
}

Status DefineMacro(const Macro& macro, sql::Engine& engine) {
  std::string parameters;
  for (const std::string& parameter : macro.parameters)
    parameters += (parameters.empty() ? "" : ", ") + parameter;
  const std::string head = "CREATE MACRO " + macro.name + "(" + parameters + ") AS ";
  return engine.Define(macro.gives == Macro::Gives::kTable ? head + "TABLE " + macro.sql
                                                           : head + "(" + macro.sql + "\n)");
}

Status DefineMacros(const Package& package, sql::Engine& engine) {
  for (const Macro& macro : package.macros) {
    Status made = DefineMacro(macro, engine);
    if (!made)
      return std::move(made).error().Within("macro " + macro.name + " (" + macro.file + ")");
  }
  return Ok();
}

// Whether all that a view reads is there: tables, and those views of the package in `defined`.
Result<bool> InputsExist(const Package& package, const Model& view,
                         const std::set<std::string>& defined, catalog::Catalog& catalog) {
  for (const ModelInput& input : view.inputs) {
    if (defined.contains(input.table)) continue;
    const Model* model = package.Find(input.table);
    if (model != nullptr && model->kind == ModelKind::kView) return false;
    FIRN_ASSIGN(const auto name, catalog::TableName::Parse(input.table));
    FIRN_ASSIGN(const bool exists, catalog.TableExists(name));
    if (!exists) return false;
  }
  return true;
}

// One attempt at a run.
class Attempt {
 public:
  Attempt(const RunContext& context, const Package& package, const RunRequest& request)
      : context_(context), package_(package), request_(request), staging_(context, MakeRunId()) {
    outcome_.run_id = run_id_;
  }

  Status Compute() {
    FIRN_TRY(MakeTables());
    FIRN_TRY(DefineMacros(package_, context_.engine));
    for (const Model& model : package_.models) {
      if (!IsSelected(package_, model, request_)) continue;
      auto done = RunModel(model);
      if (!done) return std::move(done).error().Within("model " + model.name);
      if (outcome_.gate_failed) return Ok();
    }
    return Ok();
  }

  /// Publishes what was computed, or leaves it on the branch where a check failed.
  Status Finish() {
    if (outcome_.gate_failed) {
      FIRN_ASSIGN(outcome_.left_on_branch, staging_.LeaveOnBranch());
    } else if (!staging_.empty()) {
      FIRN_TRY(staging_.Commit());
      outcome_.committed = true;
    }
    return Ok();
  }

  Staging& staging() { return staging_; }
  RunOutcome& outcome() { return outcome_; }

 private:
  std::string MakeRunId() { return run_id_ = MakeUlid(context_.env); }

  Status MakeTables();
  Status RunModel(const Model& model);
  Status RunSql(const Model& model, const ModelPlan& plan);
  Status RunNative(const Model& model);
  Result<ModelPlan> PlanNative(const std::vector<const Model*>& targets);
  Status Publish(const Model& model, const ModelPlan& plan, MergeResult change);
  Status CheckAndStage(const Model& model, MergeResult& change);
  Status QuarantineRows(const Model& model, MergeResult& change, std::vector<CheckOutcome>& checks);
  void Report(std::vector<CheckOutcome> checks);
  void Remove(const MergeResult& change);

  const RunContext& context_;
  const Package& package_;
  const RunRequest& request_;
  std::string run_id_;
  Staging staging_;
  RunOutcome outcome_;
  std::set<std::string> natives_done_;
};

Status Attempt::MakeTables() {
  for (const Model& model : package_.models) {
    if (model.kind == ModelKind::kView) continue;
    const table::Schema* schema = nullptr;
    if (model.kind == ModelKind::kNative) {
      const NativeModel* native = FindNative(context_, model.native);
      const NativeTarget* target = native == nullptr ? nullptr : FindTarget(*native, model.name);
      if (target == nullptr) {
        return NotFound(model.file + ": no native model " + model.native + " fills", model.name);
      }
      schema = &target->schema;
    }
    FIRN_ASSIGN(const auto table, BuildTable(model, schema, request_.scale));
    FIRN_TRY(staging_.MakeTable(model.name, table));
  }
  return Ok();
}

Status Attempt::RunModel(const Model& model) {
  if (model.kind == ModelKind::kView) return context_.engine.DefineView(model.name, model.sql);
  if (model.kind == ModelKind::kNative) return RunNative(model);
  FIRN_ASSIGN(const auto plan, PlanModel(package_, model, model.fingerprint, request_, staging_));
  return RunSql(model, plan);
}

Status Attempt::RunSql(const Model& model, const ModelPlan& plan) {
  const int64_t started = context_.env.MonotonicMicros();
  outcome_.models.push_back({model.name, plan.action});
  if (plan.action == Action::kNothing) return Ok();
  FIRN_ASSIGN(auto result, RunSqlModel(context_, package_, model, plan, staging_));
  outcome_.models.back().groups = result.groups;
  FIRN_TRY(Publish(model, plan, std::move(result.change)));
  outcome_.models.back().seconds =
      static_cast<double>(context_.env.MonotonicMicros() - started) / 1e6;
  return Ok();
}

// One plan for all tables of a native model: they move together.
Result<ModelPlan> Attempt::PlanNative(const std::vector<const Model*>& targets) {
  std::optional<ModelPlan> plan;
  for (const Model* model : targets) {
    FIRN_ASSIGN(const std::string fingerprint, FingerprintOf(context_, *model));
    FIRN_ASSIGN(auto own, PlanModel(package_, *model, fingerprint, request_, staging_));
    if (!plan) plan = own;
    const bool apart = plan->inputs.front().from_snapshot != own.inputs.front().from_snapshot;
    if (apart || own.action == Action::kFull) {
      plan->reason = apart ? "its tables are not at one snapshot" : own.reason;
      if (plan->inputs.front().to_snapshot) plan->action = Action::kFull;
    }
  }
  return *plan;
}

Status Attempt::RunNative(const Model& model) {
  if (!natives_done_.insert(model.native).second) return Ok();
  const int64_t started = context_.env.MonotonicMicros();
  std::vector<const Model*> targets;
  for (const Model& other : package_.models) {
    if (other.native == model.native) targets.push_back(&other);
  }
  for (const Model* target : targets) {
    if (target->inputs.size() != 1) {
      return InvalidArgument(target->file + ": a native model has one input");
    }
  }
  FIRN_ASSIGN(auto plan, PlanNative(targets));
  NativeResult result;
  if (plan.action != Action::kNothing) {
    FIRN_ASSIGN(result,
                RunNativeModel(context_, *FindNative(context_, model.native), plan, staging_));
  }
  const double seconds = static_cast<double>(context_.env.MonotonicMicros() - started) / 1e6;
  for (const Model* target : targets) {
    plan.model = target->name;
    outcome_.models.push_back({target->name, plan.action});
    ModelOutcome& outcome = outcome_.models.back();
    outcome.rows_read = result.rows_read;
    outcome.groups = result.groups;
    outcome.seconds = seconds;
    if (plan.action == Action::kNothing) continue;
    FIRN_TRY(Publish(*target, plan, std::move(result.changes[target->name])));
  }
  return Ok();
}

Status Attempt::Publish(const Model& model, const ModelPlan& plan, MergeResult change) {
  ReturnFreedMemory();  // The next model's work is of another kind.
  ModelOutcome& outcome = outcome_.models.back();
  const Status staged = CheckAndStage(model, change);
  if (!staged) Remove(change);
  FIRN_TRY(staged);
  outcome.rows_written = change.rows_written;
  outcome.rows_removed = change.rows_removed;
  outcome.files_added = static_cast<int64_t>(change.new_rows.size() + change.carried.size());
  outcome.files_removed = static_cast<int64_t>(change.removed_paths.size());
  if (outcome_.gate_failed) return Ok();
  FIRN_ASSIGN(const std::string fingerprint, FingerprintOf(context_, model));
  return StageWatermarks(plan, fingerprint, staging_);
}

Status Attempt::CheckAndStage(const Model& model, MergeResult& change) {
  FIRN_ASSIGN(const auto target, staging_.Find(model.name));
  FIRN_ASSIGN(auto checks, CheckNewRows(context_, model, target, change));
  const bool quarantines = std::ranges::any_of(checks, [](const CheckOutcome& check) {
    return check.on_violation == OnViolation::kQuarantine && check.violations > 0;
  });
  if (quarantines) FIRN_TRY(QuarantineRows(model, change, checks));
  Report(std::move(checks));
  FIRN_TRY(staging_.StageRows(model.name, change));  // Also where a check failed: for the branch.
  FIRN_ASSIGN(const auto staged, staging_.Find(model.name));
  FIRN_ASSIGN(auto unique, CheckUnique(context_, model, staged, change));
  Report(std::move(unique));
  return Ok();
}

Status Attempt::QuarantineRows(const Model& model, MergeResult& change,
                               std::vector<CheckOutcome>& checks) {
  const std::string name = QuarantineName(model);
  FIRN_ASSIGN(const auto target, staging_.Find(model.name));
  FIRN_ASSIGN(const auto table, QuarantineTable(*target));
  FIRN_TRY(staging_.MakeTable(name, table));
  FIRN_ASSIGN(const auto place, staging_.Find(name));
  FIRN_ASSIGN(const auto bad, Quarantine(context_, model, target, place, run_id_, change, checks));
  return staging_.StageRows(name, bad);
}

// Keeps what checks found.
void Attempt::Report(std::vector<CheckOutcome> checks) {
  for (CheckOutcome& check : checks) {
    if (check.violations > 0) {
      context_.log.Warn("check.violated", {{"model", check.model},
                                           {"check", check.check},
                                           {"rows", std::to_string(check.violations)}});
      if (check.on_violation == OnViolation::kFail) outcome_.gate_failed = true;
    }
    outcome_.checks.push_back(std::move(check));
  }
}

void Attempt::Remove(const MergeResult& change) {
  for (const auto* files : {&change.new_rows, &change.carried}) {
    for (const table::DataFile& file : *files) {
      context_.files.Delete(file.file_path).Ignore("an orphan that maintenance finds");
    }
  }
}

// What is to be done after an attempt that did not land.
bool MayRetry(const Error& error, int attempt) {
  return error.kind == ErrorKind::kConflict && attempt + 1 < kAttemptsMax;
}

void WaitAfter(int attempt, Env& env) {
  const uint64_t most_ms = uint64_t{20} << attempt;
  env.Sleep(Millis{static_cast<int64_t>(env.Random64() % most_ms) + 1});
}

}  // namespace

Result<RunOutcome> Run(const Package& package, const RunRequest& request,
                       const RunContext& context) {
  FIRN_TRY(CheckRequest(package, request));
  for (int number = 0;; ++number) {
    Attempt attempt(context, package, request);
    attempt.outcome().attempts = number + 1;
    Status status = attempt.Compute();
    if (status.ok()) status = attempt.Finish();
    if (status.ok()) return attempt.outcome();
    if (status.error().kind == ErrorKind::kOutcomeUnknown) return status.error();
    attempt.staging().Abort();
    if (!MayRetry(status.error(), number)) return status.error();
    WaitAfter(number, context.env);
  }
}

Result<std::vector<ModelPlan>> PlanRun(const Package& package, const RunRequest& request,
                                       const RunContext& context) {
  FIRN_TRY(CheckRequest(package, request));
  Staging staging(context, "plan");
  std::set<std::string> changing;
  std::vector<ModelPlan> plans;
  for (const Model& model : package.models) {
    if (!IsSelected(package, model, request)) continue;
    FIRN_ASSIGN(const std::string fingerprint, FingerprintOf(context, model));
    FIRN_ASSIGN(auto plan, PlanModel(package, model, fingerprint, request, staging));
    FIRN_TRY(CountFiles(context, staging, plan));
    for (InputChange& input : plan.inputs) {
      input.changes_here = changing.contains(input.table);
      if (!input.changes_here || plan.action == Action::kFull) continue;
      plan.action = input.from_snapshot ? Action::kIncremental : Action::kFull;
      plan.reason = "this run changes " + input.table;
    }
    if (plan.action != Action::kNothing) changing.insert(model.name);
    plans.push_back(std::move(plan));
  }
  return plans;
}

Status DefineNames(const Package& package, catalog::Catalog& catalog, sql::Engine& engine,
                   obs::Logger& log) {
  const auto warn = [&](const std::string& name, const std::string& file, const Status& made) {
    if (made) return;
    const std::string& message = made.error().message;
    log.Warn("models.undefined",
             {{"name", name}, {"file", file}, {"error", message.substr(0, message.find('\n'))}});
  };
  for (const Macro& macro : package.macros)
    warn(macro.name, macro.file, DefineMacro(macro, engine));
  std::set<std::string> defined;
  for (const Model& model : package.models) {
    if (model.kind != ModelKind::kView) continue;
    FIRN_ASSIGN(const bool readable, InputsExist(package, model, defined, catalog));
    if (!readable) continue;
    const Status made = engine.DefineView(model.name, model.sql);
    warn(model.name, model.file, made);
    if (made) defined.insert(model.name);
  }
  return Ok();
}

}  // namespace firn::pipeline
