// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/known_reports.h"

#include <algorithm>
#include <set>

namespace firn::ingest {
namespace {

bool Holds(const KnownReport& report, int32_t day) {
  return std::binary_search(report.days.begin(), report.days.end(), day);
}

// The days of `days` that `name` owns, owned while it held `before`, or that nobody owns.
std::vector<int32_t> OwnedDays(const std::string& name, const std::set<int32_t>& days,
                               const std::vector<int32_t>& before, const KnownReports& known) {
  KnownReports known_before = known;
  known_before[name].days = before;
  std::vector<int32_t> owned;
  for (const int32_t day : days) {
    const std::string owner = OwnerOf(day, known);
    if (owner.empty() || owner == name || OwnerOf(day, known_before) == name) owned.push_back(day);
  }
  return owned;
}

}  // namespace

std::string OwnerOf(int32_t day, const KnownReports& known) {
  const std::string daily = DailyReportName(day);
  if (known.contains(daily)) return daily;
  for (auto report = known.rbegin(); report != known.rend(); ++report) {
    if (report->second.kind == ReportKind::kWeekly && Holds(report->second, day)) {
      return report->first;
    }
  }
  return "";
}

std::vector<int32_t> DaysToReplace(const std::string& name, const std::vector<int32_t>& before,
                                   const KnownReports& known) {
  const KnownReport& now = known.at(name);
  std::set<int32_t> days(now.days.begin(), now.days.end());
  switch (now.kind) {
    case ReportKind::kDaily:
      return {ParseReportName(name)->first_day};
    case ReportKind::kWeekly:
      days.insert(before.begin(), before.end());
      return OwnedDays(name, days, before, known);
    case ReportKind::kIndexAdvisor:
    case ReportKind::kOptimizationSummary: {
      const bool later = !before.empty() && !now.days.empty() && now.days.back() > before.back();
      if (!later) days.insert(before.begin(), before.end());
      return {days.begin(), days.end()};
    }
  }
  return {};
}

}  // namespace firn::ingest
