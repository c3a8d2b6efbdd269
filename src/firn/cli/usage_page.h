// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// What a page of usage is drawn from; all three have the same range.
struct UsageReports {
  lakehouse::UsageReport by_time;  ///< Days, weeks or months, each model a row of its own.
  lakehouse::UsageReport projects;
  lakehouse::UsageReport hours;  ///< Of the week.
};

/// Usage as one self-contained HTML page: cost by model as time goes by, tokens by project, and the
/// hours of the week. Each chart says in words what it shows, and can be read as a table.
std::string UsageHtml(const UsageReports& reports);

}  // namespace firn::cli
