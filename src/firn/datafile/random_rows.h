// SPDX-License-Identifier: Apache-2.0
//
// Random rows and schemas for tests; include only from tests.
#pragma once

#include <cstdint>
#include <memory>
#include <random>

#include <arrow/type_fwd.h>

#include "firn/table/schema.h"

namespace firn::datafile {

/// A schema with a column of every type of format versions 1 and 2, nested ones included.
table::Schema SchemaOfAllTypes();

/// Rows of `schema`: a fifth of the optional values null, empty and long texts, NaN, both zeros.
std::shared_ptr<arrow::RecordBatch> RandomRows(const table::Schema& schema, int64_t rows,
                                               std::mt19937_64& random);

}  // namespace firn::datafile
