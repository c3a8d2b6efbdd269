// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/pipeline/merge.h"
#include "firn/pipeline/package.h"
#include "firn/pipeline/run.h"
#include "firn/table/metadata.h"

namespace firn::pipeline {

/// The SQL condition that is true for a row that breaks the check (not for `unique`).
std::string ViolationSql(const Check& check);

/// Looks at the rows a model is about to add: all checks but `unique`, in one pass over the files.
Result<std::vector<CheckOutcome>> CheckNewRows(
    const RunContext& context, const Model& model,
    const std::shared_ptr<const table::TableMetadata>& metadata, const MergeResult& change);

/// Looks for values that are not unique in a staged table, among those of the new rows.
Result<std::vector<CheckOutcome>> CheckUnique(
    const RunContext& context, const Model& model,
    const std::shared_ptr<const table::TableMetadata>& staged, const MergeResult& change);

/// The name of the table that takes a model's quarantined rows: "silver.orders_quarantine".
std::string QuarantineName(const Model& model);

/// The columns of a quarantine table: those of the model, none required, and `_rule`, `_run_id`,
/// `_quarantined_at`.
Result<table::NewTable> QuarantineTable(const table::TableMetadata& target);

/// Takes rows that break a quarantine check out of `change` and writes them to files of the
/// quarantine table instead, which it returns. Sets `quarantined` in `outcomes`.
Result<MergeResult> Quarantine(const RunContext& context, const Model& model,
                               const std::shared_ptr<const table::TableMetadata>& metadata,
                               const std::shared_ptr<const table::TableMetadata>& quarantine,
                               const std::string& run_id, MergeResult& change,
                               std::vector<CheckOutcome>& outcomes);

}  // namespace firn::pipeline
