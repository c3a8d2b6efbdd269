// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/type_fwd.h>

#include "firn/table/data_file.h"
#include "firn/table/expression.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// A row group to be read.
struct RowGroup {
  int index = 0;
  int64_t first_row = 0;  ///< Its position within the file.
  int64_t rows = 0;
  int64_t bytes = 0;  ///< Of the columns read, uncompressed.
};

/// Describes a row group as manifests describe files, as far as its statistics go, for the columns
/// (by field id, with their leaf in the file) given.
table::DataFile RowGroupMetrics(const parquet::RowGroupMetaData& group,
                                const std::vector<std::pair<table::FieldId, int>>& leaves,
                                const table::Schema& schema);

/// Lists the columns that a bound filter tests.
std::vector<table::FieldId> ColumnsOf(const table::Expression& bound);

}  // namespace firn::datafile
