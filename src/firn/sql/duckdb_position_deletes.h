// SPDX-License-Identifier: Apache-2.0
//
// `t$position_deletes`: what position delete files and deletion vectors say. Private to the room.
#pragma once

#include <memory>

#include "firn/base/result.h"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_scan.h"

namespace firn::sql {

/// The positions that are deleted in what `table` reads, with the columns of
/// `datafile::PositionDeletesLayout`. Delete files are listed when they are read.
Result<std::shared_ptr<const RowsSource>> PositionDeletesOf(
    std::shared_ptr<const ScanSource> table);

}  // namespace firn::sql
