// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time_zone.h"
#include "firn/table/type.h"

namespace firn::ingest {

/// Why a value may not stand in its column.
struct Violation {
  std::string rule;     ///< "type", "range", "required", "encoding", ...
  std::string message;  ///< Names the value, shortened.
};

/// The Arrow type in which rows for a column are built: that of the table, except uuid, which is
/// text here and converted by the writer.
/// Errors: `kUnsupported` for types that no row can be built of.
Result<std::shared_ptr<arrow::DataType>> BuildType(const table::Type& type);

/// Reads `text` as a value of the primitive `type` and appends it to `builder`, one made for
/// `BuildType(type)`. On a violation nothing is appended.
///
/// Numbers are decimal, without separators; booleans true, false, 1 and 0; dates 2025-11-05; times
/// 09:30:00.5; timestamps as `ParseTimeText` reads them, where a timestamptz without a zone is of
/// `zone` (null is UTC) and digits alone are a `ParseEpoch`; binary and fixed base64. Spaces around
/// anything but text do not count.
std::optional<Violation> AppendText(const table::Type& type, std::string_view text,
                                    arrow::ArrayBuilder& builder, const TimeZone* zone = nullptr);

/// Renders a value for a message: one line, shortened, in quotes.
std::string QuoteValue(std::string_view value);

}  // namespace firn::ingest
