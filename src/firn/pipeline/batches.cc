// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/batches.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::pipeline {

Result<std::shared_ptr<arrow::RecordBatch>> ConcatenateBatches(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  if (batches.size() == 1) return batches.front();
  return datafile::FromArrow(arrow::ConcatenateRecordBatches(batches));
}

Result<std::shared_ptr<arrow::RecordBatch>> MakeTextBatch(
    const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    arrow::StringBuilder builder;
    for (const auto& row : rows)
      FIRN_TRY(datafile::FromArrow(builder.Append(row[i])));
    FIRN_ASSIGN(auto array, datafile::FromArrow(builder.Finish()));
    fields.push_back(arrow::field(columns[i], arrow::utf8()));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                  static_cast<int64_t>(rows.size()), std::move(arrays));
}

Result<std::shared_ptr<arrow::RecordBatch>> OneTextBatch(const std::string& column,
                                                         const std::string& value) {
  return MakeTextBatch({column}, {{value}});
}

}  // namespace firn::pipeline
