// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/literal.h"

namespace firn::datafile {

/// Reads one value of an array in the layout `ToArrow(type)` gives; null is unset.
/// Errors: `kInternal` when the array has another layout; `kUnsupported` for variant, geo and
/// unknown.
Result<std::optional<table::Literal>> LiteralAt(const arrow::Array& array, int64_t row,
                                                const table::Type& type);

/// The unscaled value in a decimal128 array, which is not null at `row`.
table::Int128 DecimalAt(const arrow::Array& array, int64_t row);

/// Makes an array of `rows` equal values in the layout `ToArrow(value.type())` gives.
/// Errors: `kUnsupported` for types without such a layout.
Result<std::shared_ptr<arrow::Array>> RepeatLiteral(const table::Literal& value, int64_t rows);

/// Finds the column of a field at any depth of structs, nulls of the structs around it applied;
/// `batch` is in the layout of `ToArrow(schema)`, ids in its metadata.
/// Errors: `kNotFound` where there is no such field outside lists and maps.
Result<std::shared_ptr<arrow::Array>> ColumnOf(const arrow::RecordBatch& batch, table::FieldId id);

}  // namespace firn::datafile
