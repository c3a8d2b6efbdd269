// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/ingest/csv/csv_sniff.h"
#include "firn/ingest/row_builder.h"
#include "firn/ingest/source.h"
#include "firn/table/schema.h"

namespace firn::ingest {

struct CsvOptions {
  CsvHints hints;
  std::optional<std::string> null_text;  ///< An unquoted field that reads so is null.
  /// Set: columns of the file that the table lacks are left out, and named here.
  std::vector<std::string>* left_out = nullptr;
};

/// Opens a CSV file as rows of `schema`.
///
/// The header's names are the table's columns, exactly or but for case; a file without one gives
/// the columns in the table's order. An unquoted empty field is null, "" an empty text. Blank lines
/// are skipped. A record with too few or too many fields, a value that does not fit its column and
/// a broken quote are rejects; the rest goes on.
///
/// Errors: `kInvalidArgument` where the header names a column the table lacks, or lacks one it
/// requires; `kConflict` where a file grew in the middle of its last line.
Result<std::unique_ptr<RecordSource>> OpenCsv(const FileTask& task, SourceReader& reader,
                                              const table::Schema& schema, RowOrigin origin,
                                              const CsvOptions& options);

}  // namespace firn::ingest
