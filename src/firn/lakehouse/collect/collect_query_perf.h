// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/collect/collect.h"
#include "firn/lakehouse/config.h"

namespace firn::lakehouse {

/// The source whose reports go to the query_perf package's tables.
inline constexpr std::string_view kQueryPerf = "query_perf";

/// Exports reports of query performance into silver.query_perf, silver.index_advisor and
/// silver.optimization_summary.
/// Errors: `kInvalidArgument` for a request that contradicts itself; `kNotFound` where no report is
/// among the files; those of `ingest::ExportReports`.
Result<IngestReport> CollectQueryPerf(const Collector& collector, const IngestRequest& request);

/// The same into plain Parquet files below `request.files`.
Result<IngestReport> ExportReportFiles(const LakeConfig& config, io::FileIO& disk, Env& env,
                                       obs::Logger& log, obs::Progress& progress,
                                       const IngestRequest& request);

}  // namespace firn::lakehouse
