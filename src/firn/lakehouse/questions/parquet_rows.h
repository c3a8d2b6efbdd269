// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "firn/base/result.h"
#include "firn/lakehouse/rows.h"

namespace firn::lakehouse {

/// Writes rows that are no query's as a Parquet file. `type` of a column is BIGINT, DOUBLE,
/// BOOLEAN, VARCHAR, VARCHAR[] (cells are JSON) or DECIMAL(38,9); texts are what `Cell` holds.
/// Errors: `kInternal` for another type or a cell that is not of its column's; those of the sink.
Status WriteParquetRows(std::span<const Column> columns, std::span<const Row> rows,
                        const ByteSink& sink);

}  // namespace firn::lakehouse
