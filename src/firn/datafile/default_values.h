// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/nested_field.h"

namespace firn::datafile {

/// Which default stands for a value that is not there (spec, "Default values").
enum class DefaultKind : uint8_t {
  kInitial,  ///< For rows that are older than the field.
  kWrite,    ///< For rows to be written.
};

/// Makes an array of `rows` defaults of `field` in the layout of `ToArrow(field.type)`: of a struct
/// whose default is {}, the defaults of its fields; null where there is none.
/// Errors: `kInvalidArgument` where a required field has none.
Result<std::shared_ptr<arrow::Array>> DefaultArray(const table::NestedField& field,
                                                   DefaultKind kind, int64_t rows);

}  // namespace firn::datafile
