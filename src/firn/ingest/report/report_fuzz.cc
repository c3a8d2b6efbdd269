// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a report of any kind: reading ends, and every row has a day.

#include <string>
#include <string_view>
#include <vector>

#include <arrow/api.h>

#include "firn/base/assert.h"
#include "firn/ingest/report/report_sink.h"
#include "firn/ingest/report/report_source.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/memory_file_io.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  constexpr char kLocation[] = "file:///fuzz";
  io::MemoryFileIO files;
  files.Replace(kLocation, std::string(bytes));
  const auto size = static_cast<int64_t>(bytes.size());
  for (const char* name :
       {"query_perf_weekly_202544.csv", "index_advisor_report.json", "optimization_summary.txt"}) {
    auto input = files.Open(kLocation);
    FIRN_ASSERT(input.has_value());
    auto reader = ingest::SourceReader::Open(std::move(*input), 0, size);
    FIRN_ASSERT(reader.has_value());
    const auto report = ingest::ParseReportName(name);
    ingest::FileTask task;
    task.size_bytes = size;
    const TimeZone utc;
    std::vector<std::string> left_out;
    const auto source = ingest::OpenReport(*report, task, **reader, utc, 0, left_out);
    while (source) {
      const auto batch = (*source)->Next();
      if (!batch || !*batch) break;
      if ((*batch)->rows == nullptr) continue;
      const auto days = ingest::DaysOf(*(*batch)->rows);
      FIRN_ASSERT(days.has_value());
      FIRN_ASSERT(static_cast<int64_t>(days->size()) == (*batch)->rows->num_rows());
    }
  }
}

}  // namespace firn
