// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <arrow/api.h>

#include "firn/base/result.h"
#include "firn/datafile/typed_column.h"

namespace firn::search {

/// The text in a row of a column; "" where there is none.
inline Result<std::string> RowText(const arrow::RecordBatch& rows, const std::string& name,
                                   int64_t row) {
  FIRN_ASSIGN(const auto* column, datafile::TypedColumn<arrow::StringArray>(rows, name));
  return std::string(datafile::TextAt(*column, row).value_or(""));
}

}  // namespace firn::search
