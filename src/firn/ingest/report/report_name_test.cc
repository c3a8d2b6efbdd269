// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_name.h"

#include "firn/base/testing.h"
#include "firn/base/time.h"

namespace firn::ingest {
namespace {

std::string Read(std::string_view path) {
  const auto name = ParseReportName(path);
  if (!name) return "none";
  return std::string(ReportKindName(name->kind)) + " " +
         (name->period.empty() ? name->name : FormatDate(name->first_day));
}

TEST(ParseReportName, ReadsTheDayOrTheMonday) {
  EXPECT_EQ(Read("/r/query_perf_daily_20251028.csv"), "query_perf_daily 2025-10-28");
  EXPECT_EQ(Read("query_perf_weekly_202544.csv"), "query_perf_weekly 2025-10-27");
  EXPECT_EQ(Read("query_perf_weekly_202501.csv"), "query_perf_weekly 2024-12-30");
  EXPECT_EQ(Read("query_perf_weekly_202653.csv"), "query_perf_weekly 2026-12-28");
  EXPECT_EQ(Read("a/index_advisor_report.json"), "index_advisor_report index_advisor_report.json");
  EXPECT_EQ(Read("optimization_summary.txt"), "optimization_summary optimization_summary.txt");
}

TEST(ParseReportName, IsTheSameForACompressedFile) {
  EXPECT_EQ(ParseReportName("/a/query_perf_daily_20251028.csv.gz"),
            ParseReportName("/b/query_perf_daily_20251028.csv"));
}

TEST(ParseReportName, PassesOverOtherFiles) {
  for (const char* path : {"query_perf_daily_20251032.csv", "query_perf_daily_2025102.csv",
                           "query_perf_weekly_202554.csv", "query_perf_weekly_202500.csv",
                           "query_perf_daily_.csv", "query_perf_daily_20251028.txt", "notes.txt",
                           "query_perf_daily_2025-1-1.csv", "xquery_perf_daily_20251028.csv", ""}) {
    EXPECT_EQ(Read(path), "none") << path;
  }
}

TEST(DailyReportName, IsWhatParseReportNameReads) {
  const auto name = ParseReportName("query_perf_daily_20240229.csv");
  ASSERT_TRUE(name);
  EXPECT_EQ(DailyReportName(name->first_day), name->name);
}

}  // namespace
}  // namespace firn::ingest
