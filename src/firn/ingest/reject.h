// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/schema.h"

namespace firn::ingest {

/// At most so many bytes of a rejected row are kept.
inline constexpr size_t kRejectRawBytesMax = 64 * 1024;

/// A piece of a source file that broke a rule and is not in the table.
struct Reject {
  int64_t offset = 0;           ///< Of its first byte in the file.
  std::optional<int64_t> line;  ///< Counted from 1; unset where the format has no lines.
  std::string column;           ///< "" where the rule is about the row.
  std::string rule;             ///< A word for machines: "type", "required", "field_count", ...
  std::string message;          ///< For people; names the value.
  std::string raw;              ///< Its bytes, the first `kRejectRawBytesMax`.
};

/// Columns of `<ns>.<table>_rejected`.
table::Schema RejectedSchema();

/// Where rejects come from.
struct RejectOrigin {
  TimeUs rejected_at;
  std::string_view run_id;
  std::string_view source_file;  ///< As in a text column.
};

/// Renders rejects as rows of `RejectedSchema`; `raw` as by `RawText`.
Result<std::shared_ptr<arrow::RecordBatch>> RejectRows(std::span<const Reject> rejects,
                                                       const RejectOrigin& origin);

}  // namespace firn::ingest
