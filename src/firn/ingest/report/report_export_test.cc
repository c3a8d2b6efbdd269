// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_export.h"

#include <algorithm>

#include "firn/base/time.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/report/lake_sink.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/ingest/test_lake.h"
#include "firn/io/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Action = ExportedReport::Action;
using Select = ReportExportOptions::Select;

// Keeps what is logged.
class KeptLog : public obs::Logger {
 public:
  void Log(obs::LogLevel, std::string_view event,
           std::initializer_list<obs::LogField> fields) override {
    std::string line(event);
    for (const obs::LogField& field : fields)
      line += " " + std::string(field.key) + "=" + field.value;
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
};

// A CSV file of "day hash" rows, each at noon.
std::string Csv(const std::vector<std::string>& rows) {
  std::string text = "timestamp,query_hash,execution_time_ms\n";
  for (const std::string& row : rows)
    text += row.substr(0, 10) + " 12:00:00," + row.substr(11) + ",1.5\n";
  return text;
}

class Reports {
 public:
  void Put(const std::string& name, const std::string& bytes) { lake.Put("/r/" + name, bytes); }

  Result<ReportExport> TryExport(const ReportExportOptions& options) {
    LakeSink sink(context, {"run", "", std::nullopt});
    return ExportReports({lake.source_io(), lake.env(), log, obs::NoProgress()}, lake.Walk(),
                         options, sink);
  }
  ReportExport Export(Select select = Select::kHistorical, std::string_view day = "1970-01-01") {
    ReportExportOptions options;
    options.select = select;
    options.day = ParseDate(day).value();
    auto done = TryExport(options);
    EXPECT_THAT(done, IsOk());
    return done ? std::move(*done) : ReportExport{};
  }

  // "day hash" of each row of query_perf, sorted.
  std::vector<std::string> Rows() {
    std::vector<std::string> rows;
    for (const std::string& row : lake.Rows(ReportTableName("query_perf"))) {
      const size_t bar = row.find('|') + 1;
      const std::string hash = row.substr(bar, row.find('|', bar) - bar);
      rows.push_back(row.substr(row.rfind('|') + 1) + " " + hash);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  size_t Snapshots(std::string_view table = "query_perf") {
    return lake.SnapshotCount(ReportTableName(table));
  }

  TestLake lake;
  const IngestContext context = lake.context();
  KeptLog log;
};

std::vector<Action> ActionsOf(const ReportExport& done) {
  std::vector<Action> actions;
  for (const ExportedReport& report : done.reports)
    actions.push_back(report.action);
  return actions;
}

const std::string kWeekly = Csv({"2025-10-27 w27", "2025-10-28 w28", "2025-10-29 w29"});
const std::string kDaily = Csv({"2025-10-28 d28a", "2025-10-28 d28b"});
constexpr char kWeeklyName[] = "query_perf_weekly_202544.csv";
constexpr char kDailyName[] = "query_perf_daily_20251028.csv";

TEST(ExportReports, LetsTheDailyReportWinInWhateverOrderTheyCome) {
  const auto expected =
      ElementsAre("2025-10-27 w27", "2025-10-28 d28a", "2025-10-28 d28b", "2025-10-29 w29");
  Reports together;
  together.Put(kWeeklyName, kWeekly);
  together.Put(kDailyName, kDaily);
  together.Export();
  EXPECT_THAT(together.Rows(), expected);

  Reports weekly_first;
  weekly_first.Put(kWeeklyName, kWeekly);
  weekly_first.Export();
  EXPECT_THAT(weekly_first.Rows(), SizeIs(3));
  weekly_first.Put(kDailyName, kDaily);
  weekly_first.Export();
  EXPECT_THAT(weekly_first.Rows(), expected);

  Reports daily_first;
  daily_first.Put(kDailyName, kDaily);
  daily_first.Export();
  daily_first.Put(kWeeklyName, kWeekly);
  daily_first.Export();
  EXPECT_THAT(daily_first.Rows(), expected);
}

TEST(ExportReports, LetsADailyReportWithoutRowsWinToo) {
  Reports reports;
  reports.Put(kWeeklyName, kWeekly);
  reports.Export();
  reports.Put(kDailyName, Csv({}));
  reports.Export();
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-27 w27", "2025-10-29 w29"));
}

TEST(ExportReports, PassesOverWhatIsThereByItsContent) {
  Reports reports;
  reports.Put(kDailyName, kDaily);
  EXPECT_THAT(ActionsOf(reports.Export()), ElementsAre(Action::kCreated));
  reports.Put(kDailyName, kDaily);  // Written again, the same.
  EXPECT_THAT(ActionsOf(reports.Export()), ElementsAre(Action::kUnchanged));
  EXPECT_EQ(reports.Snapshots(), 1);

  TestLake& lake = reports.lake;
  const Discovery moved = [&] {
    Discovery found = lake.Walk();
    found.files[0].path = "/elsewhere/" + std::string(kDailyName);
    lake.source_io().Replace(io::FileLocation(found.files[0].path), kDaily);
    return found;
  }();
  LakeSink sink(reports.context, {"run", "", std::nullopt});
  const auto done = ExportReports({lake.source_io(), lake.env(), reports.log, obs::NoProgress()},
                                  moved, {}, sink);
  ASSERT_THAT(done, IsOk());
  EXPECT_THAT(ActionsOf(*done), ElementsAre(Action::kUnchanged));
}

TEST(ExportReports, ReplacesTheRowsOfAReportThatChanged) {
  Reports reports;
  reports.Put("query_perf_daily_20251027.csv", Csv({"2025-10-27 d27"}));
  reports.Put(kDailyName, kDaily);
  reports.Export();
  // As long as before, and as old: only the content tells.
  std::string other = kDaily;
  other.replace(other.find("d28b"), 4, "d28c");
  reports.lake.source_io().Replace(io::FileLocation("/r/" + std::string(kDailyName)), other);
  EXPECT_THAT(ActionsOf(reports.Export()), ElementsAre(Action::kReplaced, Action::kUnchanged));
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-27 d27", "2025-10-28 d28a", "2025-10-28 d28c"));
  EXPECT_EQ(reports.Snapshots(), 2);
}

TEST(ExportReports, TakesOutTheDaysThatAWeeklyReportNoLongerHolds) {
  Reports reports;
  reports.Put(kWeeklyName, kWeekly);
  reports.Put(kDailyName, kDaily);
  reports.Export();
  reports.Put(kWeeklyName, Csv({"2025-10-28 v28", "2025-10-29 v29"}));
  reports.Export();
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-28 d28a", "2025-10-28 d28b", "2025-10-29 v29"));
}

TEST(ExportReports, GivesADayOfTwoWeeklyReportsToTheLaterOne) {
  Reports reports;
  reports.Put("query_perf_weekly_202543.csv", Csv({"2025-10-26 a", "2025-10-27 a"}));
  reports.Put(kWeeklyName, Csv({"2025-10-27 b", "2025-10-28 b"}));
  reports.Export();
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-26 a", "2025-10-27 b", "2025-10-28 b"));
  // The later one gives the day up: the earlier one gets it back.
  reports.Put(kWeeklyName, Csv({"2025-10-28 b"}));
  reports.Export();
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-26 a", "2025-10-27 a", "2025-10-28 b"));
}

TEST(ExportReports, ExportsTheLatestOfEachKind) {
  Reports reports;
  reports.Put("query_perf_daily_20251027.csv", Csv({"2025-10-27 d27"}));
  reports.Put(kDailyName, kDaily);
  reports.Put("query_perf_weekly_202543.csv", Csv({"2025-10-20 w"}));
  const ReportExport done = reports.Export(Select::kLatest);
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-20 w", "2025-10-28 d28a", "2025-10-28 d28b"));
  EXPECT_THAT(done.missing, ElementsAre("index_advisor_report.json", "optimization_summary.txt"));
  EXPECT_EQ(done.files_found, 3);
}

TEST(ExportReports, ExportsOneDay) {
  Reports reports;
  reports.Put("query_perf_daily_20251027.csv", Csv({"2025-10-27 d27"}));
  reports.Put(kWeeklyName, kWeekly);
  reports.Put("index_advisor_report.json", R"([{"timestamp": "2025-10-28T01:00:00Z"}])");
  const ReportExport daily = reports.Export(Select::kDay, "2025-10-27");
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-27 d27"));
  EXPECT_THAT(daily.missing,
              ElementsAre("optimization_summary.txt", "index_advisor_report.json of 2025-10-27"));
  EXPECT_EQ(reports.Snapshots("index_advisor"), 0);
  // There is no daily report of this day: the weekly one has it.
  const ReportExport weekly = reports.Export(Select::kDay, "2025-10-28");
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-27 d27", "2025-10-28 w28", "2025-10-29 w29"));
  EXPECT_THAT(weekly.missing,
              ElementsAre("query_perf_daily_20251028.csv", "optimization_summary.txt"));
  EXPECT_EQ(reports.Snapshots("index_advisor"), 1);
}

TEST(ExportReports, GoesOnWhereOneReportCannotBeRead) {
  Reports reports;
  reports.Put("index_advisor_report.json", "{");
  reports.Put(kWeeklyName, "query_hash\nx\n");
  reports.Put(kDailyName, kDaily);
  const ReportExport done = reports.Export();
  EXPECT_THAT(ActionsOf(done), ElementsAre(Action::kCreated, Action::kFailed, Action::kFailed));
  EXPECT_THAT(done.problems, SizeIs(2));
  EXPECT_THAT(reports.Rows(), SizeIs(2));
  // Once it is mended it is read.
  reports.Put(kWeeklyName, kWeekly);
  reports.Export();
  EXPECT_THAT(reports.Rows(), SizeIs(4));
}

TEST(ExportReports, KeepsRejectedRows) {
  Reports reports;
  reports.Put(kDailyName,
              "timestamp,query_hash,execution_time_ms\n2025-10-28 1:00,a,1\n,b,slow\nx,c,1\n");
  const ReportExport done = reports.Export();
  EXPECT_EQ(done.reports[0].rejected, 2);
  EXPECT_THAT(reports.Rows(), ElementsAre("2025-10-28 a"));
  EXPECT_THAT(reports.lake.Rows(RejectedTableName(ReportTableName("query_perf"))), SizeIs(2));
  EXPECT_THAT(done.reject_samples[0],
              HasSubstr("/r/query_perf_daily_20251028.csv:3: column \"execution_time_ms\""));
}

TEST(ExportReports, WritesNothingInADryRun) {
  Reports reports;
  reports.Put(kDailyName, kDaily);
  reports.Put(kWeeklyName, kWeekly);
  ReportExportOptions options;
  options.dry_run = true;
  const auto done = reports.TryExport(options);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->reports[0].rows, 2);
  EXPECT_EQ(done->reports[1].rows, 2);  // The daily report has the third day.
  EXPECT_EQ(reports.Snapshots(), 0);
  EXPECT_THAT(reports.log.lines, IsEmpty());
}

TEST(ExportReports, KeepsWhatEarlierAdviceSaidOfOtherDays) {
  const auto advice = [](const std::string& day, const std::string& table) {
    return "[{\"timestamp\": \"" + day + "T01:00:00Z\", \"table\": \"" + table + "\"}]";
  };
  Reports reports;
  const auto rows = [&] { return reports.lake.Rows(ReportTableName("index_advisor")); };
  reports.Put("index_advisor_report.json", advice("2025-10-27", "a"));
  reports.Export();
  reports.Put("index_advisor_report.json", advice("2025-10-28", "b"));
  reports.Export();
  EXPECT_THAT(rows(), ElementsAre(HasSubstr("|a|"), HasSubstr("|b|")));
  // The same report, written again.
  reports.Put("index_advisor_report.json", advice("2025-10-28", "c"));
  reports.Export();
  EXPECT_THAT(rows(), ElementsAre(HasSubstr("|a|"), HasSubstr("|c|")));
}

TEST(ExportReports, NamesAReportThatIsThereTwice) {
  Reports reports;
  reports.Put(kDailyName, kDaily);
  reports.Put("more/" + std::string(kDailyName), Csv({}));
  const ReportExport done = reports.Export();
  ASSERT_THAT(done.problems, SizeIs(1));
  EXPECT_THAT(done.problems[0].error.ToString(), HasSubstr("a report of this name is also at"));
  EXPECT_THAT(done.reports, SizeIs(1));
}

TEST(ExportReports, LogsALinePerReport) {
  Reports reports;
  reports.Put(kDailyName, kDaily);
  const ReportExport done = reports.Export();
  ASSERT_THAT(reports.log.lines, SizeIs(1));
  EXPECT_THAT(reports.log.lines[0],
              testing::MatchesRegex("export:parquet file=query_perf_20251028.parquet rows=2 "
                                    "compressed_kb=[0-9]+ ratio=-?[0-9]+\\.[0-9]%"));
  EXPECT_GT(done.reports[0].bytes, 0);
  EXPECT_EQ(done.size_bytes, done.reports[0].bytes);
}

TEST(ExportReports, SaysWhenTheTablesAreLarge) {
  Reports reports;
  reports.Put(kDailyName, kDaily);
  ReportExportOptions options;
  options.warn_bytes = 100;
  const auto done = reports.TryExport(options);
  ASSERT_THAT(done, IsOk());
  EXPECT_TRUE(done->too_large);
}

TEST(LakeSink, GivesWayToAnExportThatWasFirst) {
  Reports reports;
  reports.Put(kDailyName, kDaily);
  LakeSink late(reports.context, {"late", "", std::nullopt});
  ASSERT_THAT(late.Load(), HasValue(IsEmpty()));
  ASSERT_THAT(late.Begin(*ParseReportName(kDailyName)), IsOk());
  FinishedReport finished;
  finished.name = *ParseReportName(kDailyName);
  ASSERT_THAT(late.End(std::move(finished)), IsOk());
  reports.Export();
  EXPECT_THAT(late.Commit(), HasValue(false));
  EXPECT_THAT(late.Load(), HasValue(SizeIs(1)));
  EXPECT_THAT(reports.Rows(), SizeIs(2));
}

class ReportFaults : public testing::TestWithParam<io::FaultKind> {};

// After a fault what was there before is there or what should be, and the next export ends in that.
TEST_P(ReportFaults, EndInTheSameRowsAfterTheNextExport) {
  const std::vector<std::string> before = {"2025-10-27 w27", "2025-10-28 w28", "2025-10-29 w29"};
  const std::vector<std::string> after = {"2025-10-27 w27", "2025-10-28 d28a", "2025-10-28 d28b",
                                          "2025-10-29 w29"};
  const int64_t faults = io::ForEachFault(GetParam(), [&](io::FaultPlan plan) {
    Reports reports;
    reports.Put(kWeeklyName, kWeekly);
    reports.Export();
    reports.Put(kDailyName, kDaily);
    io::FaultyFileIO faulty(reports.lake.lake_files(), plan);
    reports.lake.lake_io().SwitchTo(faulty);
    ReportExportOptions options;
    options.select = Select::kHistorical;
    const bool landed = reports.TryExport(options).has_value();
    const bool reached = faulty.fault_reached();
    reports.lake.lake_io().SwitchTo(reports.lake.lake_files());
    const auto rows = reports.Rows();
    EXPECT_TRUE(rows == after || (!landed && rows == before));
    reports.Export();
    EXPECT_EQ(reports.Rows(), after);
    return reached;
  });
  EXPECT_GT(faults, 20);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ReportFaults,
                         testing::Values(io::FaultKind::kFail, io::FaultKind::kCrash));

}  // namespace
}  // namespace firn::ingest
