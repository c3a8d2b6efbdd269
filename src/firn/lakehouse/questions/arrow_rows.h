// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/base/result.h"
#include "firn/lakehouse/rows.h"

namespace arrow {
class Array;
}
namespace firn::sql {
class ResultStream;
}

namespace firn::lakehouse {

/// Shows the batches of a query as rows of cells.
std::unique_ptr<RowStream> MakeRowStream(std::unique_ptr<sql::ResultStream> stream);

/// Renders one value of `array`.
Cell CellOf(const arrow::Array& array, int64_t row);

}  // namespace firn::lakehouse
