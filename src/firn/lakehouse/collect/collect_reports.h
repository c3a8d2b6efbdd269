// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/ingest/ingest_run.h"
#include "firn/lakehouse/collect/collect.h"

namespace firn::lakehouse {

/// Reads CSV, JSON, JSON lines or Parquet files into the table that `request.into` names.
/// Errors: `kInvalidArgument` for an unknown source or a missing `into`; `kNotFound` for a table
/// that does not exist, unless `create` is set.
Result<IngestReport> CollectReports(const Collector& collector, const IngestRequest& request);

/// The same machine, options and places for every kind of ingest.
ingest::IngestOptions OptionsOf(const Collector& collector, const IngestRequest& request,
                                catalog::TableName target);
ingest::IngestContext ContextOf(const Collector& collector, io::FileIO& source_io);
/// What `done` says, for people.
IngestReport ReportOf(const ingest::IngestReport& done);
FileTrouble TroubleOf(const ingest::FileProblem& problem);
/// The name by which positions know this machine.
std::string MachineName();

}  // namespace firn::lakehouse
