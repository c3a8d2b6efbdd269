// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_source.h"

#include <arrow/api.h>

#include "firn/base/testing.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/memory_file_io.h"
#include "firn/registry/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kLocation[] = "file:///r/report";
constexpr int32_t kFallbackDay = 20'000;  // 2024-10-04

struct Rows {
  std::vector<std::string> rows;     // "value|value", null as "-".
  std::vector<std::string> rejects;  // "line: rule".
  std::vector<std::string> left_out;
  Status status;
};

void AddRows(const arrow::RecordBatch& batch, std::vector<std::string>& rows) {
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string text;
    for (const auto& column : batch.columns()) {
      const auto value = *column->GetScalar(row);
      text += (text.empty() ? "" : "|") + (value->is_valid ? value->ToString() : "-");
    }
    rows.push_back(std::move(text));
  }
}

Rows Read(std::string_view name, std::string bytes, const TimeZone& zone = TimeZone()) {
  io::MemoryFileIO files;
  FileTask task;
  task.size_bytes = static_cast<int64_t>(bytes.size());
  files.Replace(kLocation, std::move(bytes));
  const auto reader = SourceReader::Open(files.Open(kLocation).value(), 0, task.size_bytes);
  const ReportName report = *ParseReportName(name);
  Rows out;
  const auto source = OpenReport(report, task, **reader, zone, kFallbackDay, out.left_out);
  if (!source) {
    out.status = source.error();
    return out;
  }
  while (true) {
    auto batch = (*source)->Next();
    if (!batch) out.status = batch.error();
    if (!batch || !*batch) return out;
    if ((*batch)->rows != nullptr) AddRows(*(*batch)->rows, out.rows);
    for (const Reject& reject : (*batch)->rejects)
      out.rejects.push_back(std::to_string(reject.line.value_or(0)) + ": " + reject.rule);
  }
}

// Clocks two hours east of UTC.
TimeZone East() {
  TimeZone::Rules rules;
  rules.before = 7200;
  return TimeZone(std::move(rules));
}

TEST(DailyReport, IsOfTheDayInItsName) {
  const Rows read = Read("query_perf_daily_20251028.csv",
                         "query_hash,execution_time_ms,cache_hit,timestamp,server\n"
                         "ab,1.5,TRUE,2025-10-28 00:30:00,db1\n"
                         "cd,,0,,db2\n");
  EXPECT_THAT(read.rows,
              ElementsAre("2025-10-28 00:30:00.000000Z|ab|-|1.5|-|-|true|-|-|-|-|2025-10-28",
                          "-|cd|-|-|-|-|false|-|-|-|-|2025-10-28"));
  EXPECT_THAT(read.left_out, ElementsAre("server"));
}

TEST(DailyReport, TakesTimesWithoutAZoneInTheOneGiven) {
  const Rows read = Read("query_perf_daily_20251028.csv",
                         "timestamp,query_hash\n2025-10-28 00:30:00,a\n2025-10-28T00:30:00Z,b\n"
                         "1761611400,c\n",
                         East());
  EXPECT_THAT(read.rows,
              ElementsAre(HasSubstr("2025-10-27 22:30:00"), HasSubstr("2025-10-28 00:30:00"),
                          HasSubstr("2025-10-28 00:30:00")));
}

TEST(WeeklyReport, IsOfTheDaysOfItsRows) {
  const Rows read = Read("query_perf_weekly_202544.csv",
                         "timestamp,query_hash,date_partition\n"
                         "2025-10-27T21:59:59Z,a,x\n2025-10-27T22:00:00Z,b,x\n,c,x\n",
                         East());
  EXPECT_THAT(read.rows,
              ElementsAre(testing::EndsWith("|2025-10-27"), testing::EndsWith("|2025-10-28")));
  EXPECT_THAT(read.rejects, ElementsAre("4: required"));
  EXPECT_THAT(read.left_out, IsEmpty());
}

TEST(WeeklyReport, MustSayWhenItsRowsAreOf) {
  const Rows read = Read("query_perf_weekly_202544.csv", "query_hash\nab\n");
  EXPECT_THAT(read.status, IsError(ErrorKind::kInvalidArgument));
}

TEST(AdvisorReport, MapsTheNamesThatAdvisorsUse) {
  const Rows read =
      Read("index_advisor_report.json",
           R"({"generated_at": "2025-10-28T06:00:00Z", "tables": ["a"], "recommendations": [
    {"table": "orders", "index": ["placed", "id"], "query": "q", "estimated_speedup": 3.5,
     "cost": "12", "priority": "high", "status": null, "other": 1},
    {"timestamp": "2025-10-27T10:00:00Z", "table_name": "t", "table": "not this"},
    {"estimated_speedup": "fast"}]})");
  EXPECT_THAT(read.rows,
              ElementsAre("2025-10-28 06:00:00.000000Z|orders|[\"placed\",\"id\"]|q|3.5|12|high|-|"
                          "2025-10-28",
                          "2025-10-27 10:00:00.000000Z|t|-|-|-|-|-|-|2025-10-27"));
  EXPECT_THAT(read.rejects, ElementsAre("0: type"));
}

TEST(AdvisorReport, IsAnArrayOrAnObjectOrAnObjectALine) {
  const std::string row = R"({"table": "t"})";
  const std::string shown = "-|t|-|-|-|-|-|-|2024-10-04";
  for (const std::string& text :
       {"[" + row + "]", row, "{\"indexes\": [" + row + "], \"note\": 1}", "\xef\xbb\xbf" + row}) {
    EXPECT_THAT(Read("index_advisor_report.json", text).rows, ElementsAre(shown)) << text;
  }
  EXPECT_THAT(Read("index_advisor_report.json", row + "\n\n" + row + "\n").rows,
              ElementsAre(shown, shown));
  EXPECT_THAT(Read("index_advisor_report.json", "{\"table\": ").status,
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Read("index_advisor_report.json", "7").status, IsError(ErrorKind::kInvalidArgument));
}

TEST(OptimizationSummary, IsReadAsPeopleWriteIt) {
  const Rows read = Read("optimization_summary.txt",
                         "Query Optimization Summary\r\n"
                         "==========================\r\n"
                         "Generated: 2025-10-28 06:00:00\r\n"
                         "\r\n"
                         "## Cache\r\n"
                         "- Hit rate: 34.5%\r\n"
                         "Entries = 12,345\n"
                         "Average query time: 45.2 ms (was 61.0)\n"
                         "Last reset: 2025-10-01\n"
                         "All went well in this run of the optimizer, as it should.\n");
  const std::string at = "2025-10-28 06:00:00.000000Z|cache|", day = "|2025-10-28";
  EXPECT_THAT(
      read.rows,
      ElementsAre(at + "hit_rate|34.5|{\"unit\":\"%\"}" + day, at + "entries|12345|-" + day,
                  at + "average_query_time|45.2|{\"unit\":\"ms\",\"note\":\"was 61.0\"}" + day,
                  at + "last_reset|-|{\"text\":\"2025-10-01\"}" + day,
                  at +
                      "-|-|{\"text\":\"All went well in this run of the optimizer, as it "
                      "should.\"}" +
                      day));
  EXPECT_THAT(read.rejects, IsEmpty());
}

TEST(OptimizationSummary, HoldsEventsWithTheirOwnTime) {
  const Rows read = Read("optimization_summary.txt",
                         "[2025-10-27 05:58:12] INDEX_CREATED table=orders speedup=3.2 rows=7\n"
                         "2025-10-27 06:00:00 | VACUUM | note='all of it'\n"
                         "timestamp=2025-10-26T01:00:00Z event_type=cache metric_name=hits "
                         "metric_value=5 node=a\n");
  EXPECT_THAT(
      read.rows,
      ElementsAre("2025-10-27 05:58:12.000000Z|index_created|speedup|3.2|{\"table\":\"orders\"}|"
                  "2025-10-27",
                  "2025-10-27 05:58:12.000000Z|index_created|rows|7|{\"table\":\"orders\"}|"
                  "2025-10-27",
                  "2025-10-27 06:00:00.000000Z|vacuum|-|-|{\"note\":\"all of it\"}|2025-10-27",
                  "2025-10-26 01:00:00.000000Z|cache|hits|5|{\"node\":\"a\"}|2025-10-26"));
}

TEST(OptimizationSummary, TakesObjectsOfJsonByTheNamesOfTheirMembers) {
  const Rows read =
      Read("optimization_summary.txt",
           R"({"timestamp": "2025-10-27T00:00:00Z", "event_type": "e", "metric_name": "m",
"broken
{"timestamp": "2025-10-27T00:00:00Z", "event_type": "e", "metric_name": "m", "metric_value": 2, "x": [1]}
{"timestamp": "soon", "metric_value": 3}
metric_name=m metric_value=much
)");
  EXPECT_THAT(read.rows, ElementsAre("2025-10-27 00:00:00.000000Z|e|m|2|{\"x\":[1]}|2025-10-27"));
  EXPECT_THAT(read.rejects, ElementsAre("1: json", "4: type", "5: type"));
}

TEST(ReportTables, HaveAJsonSchemaFileThatIsTrue) {
  for (const std::string_view table : ReportTables())
    registry::ExpectSchemaFile(ReportTableName(table).ToString(), ReportSchema(table));
}

}  // namespace
}  // namespace firn::ingest
