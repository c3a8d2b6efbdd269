// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_sink.h"

#include <algorithm>

#include <arrow/api.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/ingest/report/report_tables.h"

namespace firn::ingest {

Result<std::shared_ptr<arrow::RecordBatch>> KeepRows(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::vector<bool>& keep) {
  if (std::find(keep.begin(), keep.end(), false) == keep.end()) {
    return rows->num_rows() == 0 ? nullptr : rows;
  }
  arrow::RecordBatchVector runs;
  for (auto from = keep.begin(); from != keep.end();) {
    from = std::find(from, keep.end(), true);
    const auto to = std::find(from, keep.end(), false);
    if (from != to) runs.push_back(rows->Slice(from - keep.begin(), to - from));
    from = to;
  }
  if (runs.empty()) return std::shared_ptr<arrow::RecordBatch>();
  return datafile::FromArrow(arrow::ConcatenateRecordBatches(runs));
}

Result<std::vector<int32_t>> DaysOf(const arrow::RecordBatch& rows) {
  const auto column = std::dynamic_pointer_cast<arrow::Date32Array>(
      rows.GetColumnByName(std::string(kDatePartition)));
  if (column == nullptr) return Corrupt("column absent or of another type", kDatePartition);
  std::vector<int32_t> days;
  days.reserve(static_cast<size_t>(rows.num_rows()));
  for (int64_t row = 0; row < rows.num_rows(); ++row)
    days.push_back(column->Value(row));
  return days;
}

}  // namespace firn::ingest
