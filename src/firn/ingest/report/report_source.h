// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/ingest/report/report_name.h"
#include "firn/ingest/source.h"

namespace firn::ingest {

/// Opens a report as rows of its table, `date_partition` included.
///
/// The rows of a daily report are of its day; other rows are of the day on which their timestamp
/// falls in `zone`, and of `fallback_day` without one. Columns of a CSV file that the table lacks
/// are named in `left_out`. All arguments but `fallback_day` outlive the source.
/// Errors: as `OpenCsv`; `kResourceExhausted` for a JSON or text report that is too long.
Result<std::unique_ptr<RecordSource>> OpenReport(const ReportName& report, const FileTask& task,
                                                 SourceReader& reader, const TimeZone& zone,
                                                 int32_t fallback_day,
                                                 std::vector<std::string>& left_out);

/// The day on which an instant falls in `zone`.
int32_t DayIn(const TimeZone& zone, int64_t micros);

}  // namespace firn::ingest
