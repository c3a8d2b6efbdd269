// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/invocation.h"
#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// What an ingest read and where it went, in one row.
Report IngestTable(const lakehouse::IngestReport& report);

/// "Read 125 of 212 files: 1,234 rows from 96.1 MB in 0.8 s."
std::string IngestSummary(const lakehouse::IngestReport& report);

/// Of query_perf: what would be created, what is there already, what was not found.
void TellReports(Invocation& invocation, const lakehouse::IngestReport& report);

/// Names every file that failed or was skipped, with the reason, on standard error.
void TellTroubles(Invocation& invocation, const lakehouse::IngestReport& report);

}  // namespace firn::cli
