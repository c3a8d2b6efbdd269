// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/pipeline/merge.h"
#include "firn/pipeline/package.h"
#include "firn/pipeline/run.h"
#include "firn/pipeline/staging.h"

namespace firn::pipeline {

/// What running a model's query gave: files that nobody sees yet.
struct SqlModelResult {
  MergeResult change;
  int64_t groups = 0;
};

/// Runs the query of a model as its plan says and writes the rows to files.
///
/// The query sees its inputs as staged, seeds by name, and
///   merge                 `touched`: the groups to compute, one row each, with the scope columns;
///   append                `changes`: the rows its first input gained.
/// A merge that is computed anew gets every group that its inputs hold.
/// Errors: `kInvalidArgument` for a query that does not give the columns declared, or gives two
/// rows with one key; those of SQL and files. Nothing it wrote remains then.
Result<SqlModelResult> RunSqlModel(const RunContext& context, const Package& package,
                                   const Model& model, const ModelPlan& plan, Staging& staging);

}  // namespace firn::pipeline
