// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// Converts an array of values to `wanted`, a type that is not nested, where no information is
/// lost; returns the same array where it already is of that type.
/// Errors: `kInvalidArgument` for another kind of type or a value that does not fit.
Result<std::shared_ptr<arrow::Array>> CastLeaf(const std::shared_ptr<arrow::Array>& given,
                                               const std::shared_ptr<arrow::DataType>& wanted);

/// Converts large, fixed-size and view lists to a plain list; others are returned as they are.
Result<std::shared_ptr<arrow::Array>> AsPlainList(const std::shared_ptr<arrow::Array>& given);

}  // namespace firn::datafile
