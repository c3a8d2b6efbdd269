// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"

namespace firn::pipeline {

/// Joins batches of one schema into one.
Result<std::shared_ptr<arrow::RecordBatch>> ConcatenateBatches(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

/// Makes a batch of text columns, row by row.
Result<std::shared_ptr<arrow::RecordBatch>> MakeTextBatch(
    const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows);

/// Makes a batch of one row and one text column.
Result<std::shared_ptr<arrow::RecordBatch>> OneTextBatch(const std::string& column,
                                                         const std::string& value);

}  // namespace firn::pipeline
