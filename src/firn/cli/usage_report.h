// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/cli/report.h"
#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// Tokens and cost per group with totals; fits 80 columns without cutting a number.
Report UsageTable(const lakehouse::UsageReport& usage);

/// How much of a budget is spent: "within", "near" from 80 % of it on, "exceeded".
std::string_view BudgetWord(const lakehouse::BudgetState& state);

/// What was left out on one day, and why.
Report ExplanationTable(const lakehouse::UsageExplanation& explanation);

}  // namespace firn::cli
