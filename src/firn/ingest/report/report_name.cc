// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_name.h"

#include <algorithm>
#include <charconv>

#include "firn/base/time.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kDailyPrefix = "query_perf_daily_";
constexpr std::string_view kWeeklyPrefix = "query_perf_weekly_";
constexpr std::string_view kCsv = ".csv";

std::optional<int32_t> Number(std::string_view digits) {
  if (digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
  int32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::optional<int32_t> DayOf(std::string_view period) {
  if (period.size() != 8 || !Number(period)) return std::nullopt;
  std::string text(period);
  text.insert(6, "-").insert(4, "-");
  const auto day = ParseDate(text);
  return day ? std::optional(*day) : std::nullopt;
}

// The Monday of ISO week 1: that of the week which has January 4 in it (ISO 8601, 5.3.2).
int32_t FirstMonday(int32_t year) {
  const int32_t fourth = DaysFromCivil({year, 1, 4});
  return fourth - static_cast<int32_t>((int64_t{fourth} + 3) % 7);  // 1970-01-01 was a Thursday.
}

std::optional<int32_t> MondayOf(std::string_view period) {
  if (period.size() != 6 || !Number(period)) return std::nullopt;
  const int32_t year = *Number(period.substr(0, 4));
  const int32_t week = *Number(period.substr(4));
  if (year < 1970 || week < 1) return std::nullopt;
  const int32_t monday = FirstMonday(year) + 7 * (week - 1);
  return monday < FirstMonday(year + 1) ? std::optional(monday) : std::nullopt;
}

std::string_view BaseName(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  for (const std::string_view suffix : {".gz", ".zst", ".bz2"}) {
    if (path.ends_with(suffix)) return path.substr(0, path.size() - suffix.size());
  }
  return path;
}

}  // namespace

std::string_view ReportKindName(ReportKind kind) {
  switch (kind) {
    case ReportKind::kDaily:
      return "query_perf_daily";
    case ReportKind::kWeekly:
      return "query_perf_weekly";
    case ReportKind::kIndexAdvisor:
      return "index_advisor_report";
    case ReportKind::kOptimizationSummary:
      return "optimization_summary";
  }
  return "";
}

std::string_view ReportKindPattern(ReportKind kind) {
  switch (kind) {
    case ReportKind::kDaily:
      return "query_perf_daily_YYYYMMDD.csv";
    case ReportKind::kWeekly:
      return "query_perf_weekly_YYYYWW.csv";
    case ReportKind::kIndexAdvisor:
      return "index_advisor_report.json";
    case ReportKind::kOptimizationSummary:
      return "optimization_summary.txt";
  }
  return "";
}

std::optional<ReportName> ParseReportName(std::string_view path) {
  const std::string_view name = BaseName(path);
  for (const ReportKind kind : {ReportKind::kIndexAdvisor, ReportKind::kOptimizationSummary}) {
    if (name == ReportKindPattern(kind)) return ReportName{kind, std::string(name), "", 0};
  }
  const bool daily = name.starts_with(kDailyPrefix);
  if (!name.ends_with(kCsv) || (!daily && !name.starts_with(kWeeklyPrefix))) return std::nullopt;
  std::string_view period = name.substr((daily ? kDailyPrefix : kWeeklyPrefix).size());
  period.remove_suffix(std::min(kCsv.size(), period.size()));
  const auto first = daily ? DayOf(period) : MondayOf(period);
  if (!first) return std::nullopt;
  return ReportName{daily ? ReportKind::kDaily : ReportKind::kWeekly, std::string(name),
                    std::string(period), *first};
}

std::string CompactDate(int32_t day) {
  std::string text = FormatDate(day);
  std::erase(text, '-');
  return text;
}

std::string DailyReportName(int32_t day) {
  return std::string(kDailyPrefix) + CompactDate(day) + std::string(kCsv);
}

}  // namespace firn::ingest
