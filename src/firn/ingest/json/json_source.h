// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/base/result.h"
#include "firn/ingest/json/json_framer.h"
#include "firn/ingest/row_builder.h"
#include "firn/ingest/source.h"
#include "firn/table/schema.h"

namespace firn::ingest {

/// How to read JSON files.
struct JsonOptions {
  JsonPath records;      ///< Where a document has them, see `JsonFramer`.
  bool flatten = false;  ///< Inferring: members of objects become columns, "address_city".
};

/// Opens a file of JSON objects as rows of `schema`, see `JsonRows`.
///
/// What is no object, has a member the table lacks or a value that does not fit is a reject. A last
/// line that is not finished is left for the run that finds the file grown; once the file has not
/// been written to for `kFinishedAfter`, it is a reject.
/// A document that ends within its array or within a value is an error (`kCorrupt`, naming the
/// line), after the rows of the values before that.
Result<std::unique_ptr<RecordSource>> OpenJson(const FileTask& task, SourceReader& reader,
                                               const table::Schema& schema, RowOrigin origin,
                                               JsonFraming framing,
                                               const JsonOptions& options = {});

}  // namespace firn::ingest
