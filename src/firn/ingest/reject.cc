// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/reject.h"

#include <utility>

#include "firn/base/bytes.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/ingest/column_access.h"
#include "firn/ingest/path_text.h"

namespace firn::ingest {

using table::NestedField;
using table::Type;

table::Schema RejectedSchema() {
  auto schema = table::Schema::Make(table::SchemaId(0),
                                    {NestedField::Required(1, "rejected_at", Type::TimestampTz()),
                                     NestedField::Required(2, "run_id", Type::String()),
                                     NestedField::Required(3, "source_file", Type::String()),
                                     NestedField::Required(4, "source_offset", Type::Long()),
                                     NestedField::Optional(5, "line", Type::Long()),
                                     NestedField::Optional(6, "column", Type::String()),
                                     NestedField::Required(7, "rule", Type::String()),
                                     NestedField::Required(8, "message", Type::String()),
                                     NestedField::Optional(9, "raw", Type::String())});
  FIRN_ASSERT(schema.has_value());
  return std::move(schema).value();
}

Result<std::shared_ptr<arrow::RecordBatch>> RejectRows(std::span<const Reject> rejects,
                                                       const RejectOrigin& origin) {
  FIRN_ASSIGN(auto schema, datafile::ToArrow(RejectedSchema()));
  RowsBuilder rows(std::move(schema));
  for (const Reject& reject : rejects) {
    rows.TimeOrNull(origin.rejected_at).Text(origin.run_id).Text(origin.source_file);
    rows.Long(reject.offset).LongOrNull(reject.line).TextOrNull(reject.column);
    rows.Text(reject.rule).Text(ReplaceInvalidUtf8(reject.message));
    rows.Text(RawText(std::string_view(reject.raw).substr(0, kRejectRawBytesMax)));
    FIRN_TRY(rows.EndRow());
  }
  return rows.Finish();
}

}  // namespace firn::ingest
