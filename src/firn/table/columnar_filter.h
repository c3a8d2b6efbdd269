// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "firn/table/expression.h"
#include "firn/table/manifest_columns.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Marks rows of a manifest: one byte each, 0 or 1.
using RowMarks = std::vector<uint8_t>;

/// The columns whose facts judge a bound filter, each once.
std::vector<NestedField> FilterColumns(const Expression& bound, const Schema& schema);

/// Marks those of the rows `among` whose files may hold a row for which the bound filter is true:
/// `FileMightMatch` of each. The manifest must have the facts of `FilterColumns`; a column it does
/// not have decides nothing.
RowMarks MightMatch(const ManifestColumns& manifest, const Expression& bound, RowMarks among);

}  // namespace firn::table
