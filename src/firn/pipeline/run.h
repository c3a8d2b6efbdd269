// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/writer_options.h"
#include "firn/pipeline/package.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}
namespace firn::obs {
class Logger;
}
namespace firn::sql {
class Engine;
}

namespace firn::pipeline {

class NativeModel;

/// The branch on which a run that a check stopped leaves its rows to be looked at. The next run
/// replaces it, or removes it when it ends well.
inline constexpr std::string_view kFailedRunBranch = "failed_run";

/// What a run works with. All must outlive it.
struct RunContext {
  catalog::Catalog& catalog;
  io::FileIO& files;
  Env& env;
  sql::Engine& engine;  ///< In time zone UTC: days of tables are UTC days.
  obs::Logger& log;
  std::span<NativeModel* const> natives;
  datafile::WriterDefaults writing = {};
};

/// What to run, and how.
struct RunRequest {
  std::vector<std::string> models;  ///< Empty: all.
  bool full_refresh = false;        ///< Compute tables anew instead of their changes alone.
  std::string scale = "initial";
};

/// What one input of a model has that the model has not seen.
struct InputChange {
  std::string table;
  std::optional<int64_t> from_snapshot;  ///< Last consumed; unset: never.
  std::optional<int64_t> to_snapshot;    ///< Current; unset: empty table.
  int64_t files_added = 0, files_removed = 0;
  int64_t bytes = 0;          ///< Of those files.
  bool changes_here = false;  ///< An earlier model of this run will change it.
};

/// What is to be done for one model.
struct ModelPlan {
  enum class Action { kNothing, kIncremental, kFull, kDefineView };
  std::string model;
  Action action = Action::kNothing;
  std::string reason;  ///< "new rows", "definition changed", ...
  std::vector<InputChange> inputs;
};

/// What one model did.
struct ModelOutcome {
  std::string model;
  ModelPlan::Action action = ModelPlan::Action::kNothing;
  int64_t rows_read = 0;     ///< Changed rows or slices looked at, 0 where not counted.
  int64_t rows_written = 0;  ///< New and changed rows.
  int64_t rows_removed = 0;  ///< Rows replaced or gone.
  int64_t files_added = 0, files_removed = 0;
  int64_t groups = 0;  ///< Groups computed.
  double seconds = 0;
};

/// What a check found.
struct CheckOutcome {
  std::string model, check;
  OnViolation on_violation = OnViolation::kFail;
  int64_t rows_checked = 0;
  int64_t violations = 0;
  int64_t quarantined = 0;
  std::string query;  ///< SQL that finds the violations on `kFailedRunBranch`.
};

/// The result of a run.
struct RunOutcome {
  std::string run_id;
  bool committed = false;    ///< Something became visible.
  bool gate_failed = false;  ///< A check with on_violation fail: nothing became visible.
  /// After a failed gate: the tables whose `kFailedRunBranch` shows what would have been published.
  std::vector<std::string> left_on_branch;
  std::vector<ModelOutcome> models;
  std::vector<CheckOutcome> checks;
  int attempts = 1;  ///< More than one where another run was first.
};

/// Says what `Run` would do. Reads metadata alone, writes nothing.
Result<std::vector<ModelPlan>> PlanRun(const Package& package, const RunRequest& request,
                                       const RunContext& context);

/// Brings the tables of a package up to their inputs: each model reads what its inputs gained since
/// it last ran, and all that the run changed (rows, watermarks, quarantined rows) becomes visible
/// in one commit, or nothing does. Doing it again changes nothing.
///
/// Tables that do not exist are made first, empty; columns that one lacks are added to it, null.
/// When another run commits first, everything is planned and computed again. A run that a check
/// stops (`gate_failed`) leaves what it made on `kFailedRunBranch`; files of a run that failed
/// otherwise are removed. Errors: `kNotFound` for an unknown model; `kConflict` after several
/// attempts; those of SQL, files and catalog.
Result<RunOutcome> Run(const Package& package, const RunRequest& request,
                       const RunContext& context);

/// Makes the macros of a package known to an engine, and its views as far as the tables they read
/// exist. What the engine does not understand is passed over with a warning in `log`: a mistake in
/// one is no reason to answer nothing.
/// Errors: those of the catalog.
Status DefineNames(const Package& package, catalog::Catalog& catalog, sql::Engine& engine,
                   obs::Logger& log);

/// The table property of a target that names the last consumed snapshot of `input`.
std::string WatermarkKey(std::string_view input);
/// The tag on an input that keeps the snapshot `target` consumed last.
std::string ConsumerTag(std::string_view target);

}  // namespace firn::pipeline
