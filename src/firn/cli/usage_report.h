// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/report.h"
#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// Tokens and cost per group with totals; fits 80 columns without cutting a number.
Report UsageTable(const lakehouse::UsageReport& usage);

/// What was left out on one day, and why.
Report ExplanationTable(const lakehouse::UsageExplanation& explanation);

}  // namespace firn::cli
