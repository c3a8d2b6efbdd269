// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// Returns the rows of `batch` at `rows`, which are ascending. Shares memory where they are a run.
Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::vector<int64_t>& rows);

}  // namespace firn::datafile
