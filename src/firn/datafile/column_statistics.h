// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/theta_sketch.h"
#include "firn/io/file_io.h"
#include "firn/table/metadata.h"
#include "firn/table/type.h"

namespace firn::datafile {

/// Feeds the values of a column of `type`, in the layout of `ToArrow(type)`, to a sketch, each by
/// its bytes (spec, Appendix D, binary). Nulls are not counted.
/// Errors: `kUnsupported` for types without such bytes.
Status AddToSketch(const arrow::Array& column, const table::Type& type, AlphaSketch& sketch);

/// Counts the distinct values of columns of a snapshot, and writes the sketches and their estimates
/// (property `ndv`) to a new Puffin file beside the metadata. Commit the result by
/// `table::SetStatistics`. `columns` are dotted names of primitive columns outside lists and maps;
/// empty = all primitive columns at the top, as Spark's compute_table_stats.
/// Errors: `kNotFound` for a snapshot or column; `kInvalidArgument` for a nested column; those of
/// reading the table.
Result<table::StatisticsFile> WriteColumnStatistics(io::FileIO& files,
                                                    const table::TableMetadata& metadata,
                                                    table::SnapshotId snapshot,
                                                    std::vector<std::string> columns, Env& env);

}  // namespace firn::datafile
