// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firn::ingest {

/// What a file of the query_perf package is.
enum class ReportKind { kDaily, kWeekly, kIndexAdvisor, kOptimizationSummary };

/// The name of a kind in positions and messages: "query_perf_daily".
std::string_view ReportKindName(ReportKind kind);
/// What a file of this kind is called: "query_perf_daily_YYYYMMDD.csv".
std::string_view ReportKindPattern(ReportKind kind);

/// What a file's name says. The name alone identifies a report: a folder may move, a report that is
/// read again from elsewhere is the same.
struct ReportName {
  ReportKind kind = ReportKind::kDaily;
  std::string name;       ///< "query_perf_daily_20251028.csv"
  std::string period;     ///< "20251028", "202544"; "" where the name has none.
  int32_t first_day = 0;  ///< Of a daily report its day, of a weekly one the Monday.

  friend bool operator==(const ReportName&, const ReportName&) = default;
};

/// Reads the file name at the end of `path`; unset for files of other kinds, and for days and ISO
/// weeks that do not exist. A suffix .gz, .zst or .bz2 is not part of the name.
std::optional<ReportName> ParseReportName(std::string_view path);

/// The name of the daily report of a day.
std::string DailyReportName(int32_t day);

/// Renders a day as file names have it: "20251028".
std::string CompactDate(int32_t day);

}  // namespace firn::ingest
