// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/invocation.h"
#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// Shows what an ingest did to each file, and a summary line on standard error.
Report IngestTable(const lakehouse::IngestReport& report);

/// "212 files read (87 unchanged), 1,234 rows, 0 rejected, 96.1 MB in 0.8 s"
std::string IngestSummary(const lakehouse::IngestReport& report);

/// Names every file that failed or was skipped, with the reason, on standard error.
void TellTroubles(Invocation& invocation, const lakehouse::IngestReport& report);

}  // namespace firn::cli
