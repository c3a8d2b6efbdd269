// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/base/result.h"
#include "firn/ingest/row_builder.h"
#include "firn/ingest/source.h"
#include "firn/table/schema.h"

namespace firn::io {
class FileIO;
}  // namespace firn::io

namespace firn::ingest {

/// Gives an error about a broken source the advice that fits it: no file of the lake is damaged.
Error AboutSource(Error error);

/// Opens a Parquet file as rows of `schema`; its columns are the table's by name, whatever field
/// ids it has. Values are converted where nothing is lost.
///
/// A row that lacks a required value is a reject. Errors: `kInvalidArgument` for a column the table
/// lacks or a value that does not fit (the file is then left at the batch before); `kConflict`
/// where the file is not the one that a run before began to read.
Result<std::unique_ptr<RecordSource>> OpenParquet(const FileTask& task, SourceReader& reader,
                                                  io::FileIO& source_io,
                                                  const table::Schema& schema, RowOrigin origin);

}  // namespace firn::ingest
