// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/invocation.h"
#include "firn/cli/report.h"
#include "firn/lakehouse/reports.h"

namespace firn::cli {

Report RunTable(const lakehouse::RunReport& run);
std::string RunSummary(const lakehouse::RunReport& run);

/// Says which checks rows broke, and where a run that they stopped left its rows.
void TellChecks(Invocation& invocation, const lakehouse::RunReport& run);

/// 3 when a check that must hold did not, 1 when a model failed, else 0.
int RunExitCode(const lakehouse::RunReport& run);

}  // namespace firn::cli
