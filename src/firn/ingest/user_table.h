// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/ingest/infer.h"
#include "firn/ingest/ingest_run.h"

namespace firn::ingest {

/// What becomes of a file that was ingested and is something else now.
enum class OnRewritten {
  kRefuse,  ///< It is a problem of the report; the rows it gave stay.
  kAppend,  ///< All its rows are added as those of a new file.
};

struct UserTableOptions {
  IngestOptions ingest;  ///< `target` names the table.
  FileFormat format = FileFormat::kCsv;
  TextOptions text;
  bool create = false;  ///< Make the table, if it is absent, with the schema found in the data.
  OnRewritten on_rewritten = OnRewritten::kRefuse;
  /// A JSON Schema that every row must keep, see `ValidatedFormat`. Columns that it has and the
  /// table lacks are added in the commit of the first rows, types widened; a table that is made has
  /// its columns instead of those found in the data.
  std::optional<Json> schema;
};

struct UserTableReport {
  IngestReport ingest;
  std::optional<InferredSchema> created;  ///< What the table was (would be) made with.
};

/// Ingests CSV, JSON or Parquet files into a table of one's own.
///
/// What was ingested before is not again: an unchanged file gives nothing, one that grew only its
/// new rows, whatever run, machine time or name of the file's folder link it comes by. Every value
/// is checked against the table's schema; rows that break a rule go to `<ns>.<table>_rejected`.
/// A column that a file lacks and a folder of its path names (`day=2025-11-05/`) has that value.
/// Tables made in namespace bronze get the audit columns, and every table that has them gets them
/// filled.
/// Errors: `kNotFound` for an absent table without `create`; `kInvalidArgument` where no schema can
/// be found in the data; `kConflict` where `options.schema` and the table cannot be one, and where
/// another table took the name meanwhile; those of `RunIngest`.
Result<UserTableReport> IngestIntoTable(const IngestContext& context, const Discovery& files,
                                        const UserTableOptions& options);

}  // namespace firn::ingest
