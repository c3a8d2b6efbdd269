// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "firn/base/result.h"
#include "firn/datafile/name_mapping.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/ids.h"
#include "firn/table/metadata.h"
#include "firn/table/metrics.h"

namespace firn::datafile {

/// What the columns of a file that others wrote are to a table.
struct DescribeOptions {
  NameMapping names;                 ///< Of the table, for files without field ids.
  std::set<table::FieldId> outside;  ///< Columns whose values the partition gives.
};

/// Describes a Parquet file that is there already as a data file of a table, out of its footer:
/// counts, sizes, splits, and the bounds of columns outside lists and maps, uncut. Spec and
/// partition are left open. No page is read.
///
/// The table must be able to read the file as any engine would: columns are found by their field
/// ids, which must be those that the table's names have, else by name; types are the table's or
/// may be promoted to them; a required column is there, and holds no null as far as is known.
/// Errors: `kInvalidArgument`, naming file and column, where that is not so; `kCorrupt` for what is
/// no Parquet file; those of `FileIO::Open`.
Result<table::DataFile> DescribeFile(io::FileIO& files, const std::string& location,
                                     const table::TableMetadata& metadata,
                                     const DescribeOptions& options);

/// Cuts bounds and drops counts as the metrics modes of a table ask.
void KeepMetrics(const table::Schema& schema,
                 const std::map<table::FieldId, table::MetricsMode>& modes, table::DataFile& file);

}  // namespace firn::datafile
