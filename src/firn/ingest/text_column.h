// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/ingest/text_value.h"
#include "firn/table/type.h"

namespace firn::ingest {

/// The texts of one column of many rows.
struct TextColumn {
  std::span<const std::string_view> values;  ///< One without data (null) is no value.
  std::string_view around;                   ///< Bytes that may be read where a text is among them.
  bool is_utf8 = false;                      ///< The texts are known to be UTF-8.
};

/// A text that may not stand in its column.
struct RefusedText {
  size_t row = 0;
  Violation violation;
};

/// Appends texts to `builder` as `AppendText` does one by one, and a null for each that is no value
/// or is refused. Returns those that are refused, in their order. Errors: for want of memory.
Result<std::vector<RefusedText>> AppendTexts(const table::Type& type, const TextColumn& texts,
                                             arrow::ArrayBuilder& builder,
                                             const TimeZone* zone = nullptr);

}  // namespace firn::ingest
