// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/table/ids.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// Picks the leaf columns of a file (counted depth first, as Parquet does) that hold `projection`.
/// A struct of which no wanted field is in the file adds one leaf, for its nulls.
std::vector<int> LeavesOf(const arrow::Schema& file,
                          const std::vector<table::NestedField>& projection);

/// The leaves of columns outside lists and maps, by field id.
std::vector<std::pair<table::FieldId, int>> PlainLeaves(const arrow::Schema& file);

}  // namespace firn::datafile
