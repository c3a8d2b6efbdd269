// SPDX-License-Identifier: Apache-2.0
//
// Deleted rows, as DuckDB's scans ask for them. Private to the room.
#pragma once

#include <memory>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_data.hpp"
#include "firn/datafile/position_bitmap.h"

namespace firn::sql {

/// Makes the filter that drops the rows at `deleted`; null if `deleted` is.
duckdb::unique_ptr<duckdb::DeleteFilter> MakeDeleteFilter(
    std::shared_ptr<const datafile::PositionBitmap> deleted);

}  // namespace firn::sql
