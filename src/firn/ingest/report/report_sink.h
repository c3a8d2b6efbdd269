// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/ingest/positions.h"
#include "firn/ingest/reject.h"
#include "firn/ingest/report/known_reports.h"

namespace firn::ingest {

/// A report that has been read, on its way into a sink.
struct FinishedReport {
  ReportName name;
  std::vector<int32_t> days;      ///< Of which it holds rows, ascending.
  std::vector<int32_t> replaced;  ///< Of these no other rows stay.
  Position position;              ///< What was read; without generation, state and time.
};

/// Where reports go: a lake, or a folder of plain files. Not thread-safe.
///
/// What is written between two calls of `Commit` becomes visible at once or not at all.
class ReportSink {
 public:
  virtual ~ReportSink() = default;

  /// What went in before. Begins anew: what was not committed is given up.
  virtual Result<KnownReports> Load() = 0;
  /// Begins the rows of a report.
  virtual Status Begin(const ReportName& report) = 0;
  /// Takes rows of the table of the report begun, `date_partition` included.
  virtual Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) = 0;
  /// Takes what broke a rule.
  virtual Status WriteRejects(const std::vector<Reject>& rejects, std::string_view path) = 0;
  /// Ends the report; returns the bytes its rows take.
  virtual Result<int64_t> End(FinishedReport report) = 0;
  /// Gives up the report begun.
  virtual void Drop() = 0;
  /// Makes all reports ended visible. False when somebody else was first: load and decide anew.
  virtual Result<bool> Commit() = 0;
  /// The bytes of all tables, after a commit.
  virtual Result<int64_t> SizeBytes() = 0;
};

/// The rows of `rows` for which `keep` is set; null where there are none.
Result<std::shared_ptr<arrow::RecordBatch>> KeepRows(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::vector<bool>& keep);

/// The day of each row.
Result<std::vector<int32_t>> DaysOf(const arrow::RecordBatch& rows);

}  // namespace firn::ingest
