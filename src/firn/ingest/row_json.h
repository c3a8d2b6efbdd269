// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <arrow/type_fwd.h>

#include "firn/base/json.h"

namespace firn::ingest {

/// A row as `registry::JsonSchemaOf` describes it: a member for each value that is there, instants
/// in ISO 8601, decimals as text, bytes in base64.
Json RowJson(const arrow::RecordBatch& rows, int64_t row);

}  // namespace firn::ingest
