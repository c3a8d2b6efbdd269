// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <arrow/type_fwd.h>

namespace firn::datafile {

/// A value that its column cannot hold.
struct BadValue {
  int64_t at = 0;  ///< Its place in the array.
  std::string value;
  std::string rule;  ///< What it breaks: "int holds -2147483648 to 2147483647".
};

/// Finds the first value of `array`, a leaf in the layout of `ToArrow`, that its bytes allow and
/// its type does not: a decimal of too many digits, a time beyond the day, text that is not UTF-8.
std::optional<BadValue> FindBadValue(const arrow::Array& array);

/// Finds the first value of `given` that `wanted` does not hold, where `CastLeaf` failed; unset
/// where it takes no value of that type.
std::optional<BadValue> FindUncastable(const std::shared_ptr<arrow::Array>& given,
                                       const std::shared_ptr<arrow::DataType>& wanted);

}  // namespace firn::datafile
