// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/take_rows.h"

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {

Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::vector<int64_t>& rows) {
  const auto count = static_cast<int64_t>(rows.size());
  if (count == 0) return batch->Slice(0, 0);
  if (rows.back() - rows.front() + 1 == count) return batch->Slice(rows.front(), count);
  if (batch->num_columns() == 0) {
    return arrow::RecordBatch::Make(batch->schema(), count, arrow::ArrayVector());
  }
  const auto indices = std::make_shared<arrow::Int64Array>(count, arrow::Buffer::Wrap(rows));
  FIRN_ASSIGN(const arrow::Datum taken,
              FromArrow(arrow::compute::Take(arrow::Datum(batch), arrow::Datum(indices),
                                             arrow::compute::TakeOptions::NoBoundsCheck())));
  return taken.record_batch();
}

}  // namespace firn::datafile
