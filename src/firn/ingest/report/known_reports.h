// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "firn/ingest/report/report_name.h"

namespace firn::ingest {

/// What is known of a report that was exported.
struct KnownReport {
  ReportKind kind = ReportKind::kDaily;
  std::string content_hash;   ///< `ContentDigest` of all its bytes.
  std::vector<int32_t> days;  ///< Of which it holds rows, ascending.
};

/// Reports by `ReportName::name`.
using KnownReports = std::map<std::string, KnownReport>;

/// The name of the report that gives the rows of `day` to query_perf; "" where none holds it.
///
/// The daily report of a day wins, with rows or without. Of the weekly ones that hold the day, the
/// last by name does. So the answer depends on what is known, not on the order in which it came.
std::string OwnerOf(int32_t day, const KnownReports& known);

/// The days of which rows go when `name`, as it is in `known` now, takes the place of `before`
/// (its days then; empty for a new one).
///
/// A day of query_perf goes where the report owns it now or owned it before. Of the other tables: a
/// report that is later than before leaves what earlier ones said of other days; else it is the
/// same report written again, and all it said before goes.
std::vector<int32_t> DaysToReplace(const std::string& name, const std::vector<int32_t>& before,
                                   const KnownReports& known);

}  // namespace firn::ingest
