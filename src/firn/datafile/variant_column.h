// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// The Arrow type of variant columns: metadata and value, both binary and required, in the
/// extension "arrow.parquet.variant".
std::shared_ptr<arrow::DataType> VariantType();

/// Tells whether `type` is Arrow's extension for variants.
bool IsVariant(const arrow::DataType& type);

/// Reads a variant column in any layout files have it, into `VariantType()`: as it is, or shredded
/// (Parquet's "Variant Shredding"), when each value is put together again from its typed columns.
/// Errors: `kCorrupt` where columns contradict each other; `kUnsupported` for typed columns of a
/// type that variants have no word for; `kInvalidArgument` for a column that holds no variants.
Result<std::shared_ptr<arrow::Array>> ReadVariants(const std::shared_ptr<arrow::Array>& given);

}  // namespace firn::datafile
