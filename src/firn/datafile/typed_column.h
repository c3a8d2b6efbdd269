// SPDX-License-Identifier: Apache-2.0
//
// Columns of batches whose layout the reader knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/api.h>

#include "firn/base/result.h"

namespace firn::datafile {

/// A column of a batch as the array it must be. Errors: `kCorrupt` where it is another.
template <typename ArrayType>
Result<const ArrayType*> TypedColumn(const arrow::RecordBatch& rows, const std::string& name) {
  const auto column = rows.GetColumnByName(name);
  const auto* typed = dynamic_cast<const ArrayType*>(column.get());
  if (typed == nullptr) return Corrupt("a column is absent or of another type", name);
  return typed;
}

/// A number of an array, if it is there.
template <typename ArrayType>
std::optional<int64_t> NumberAt(const ArrayType& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  return static_cast<int64_t>(array.Value(row));
}

inline std::optional<std::string_view> TextAt(const arrow::StringArray& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  return array.GetView(row);
}

}  // namespace firn::datafile
