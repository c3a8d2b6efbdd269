// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"
#include "firn/table/metadata.h"

namespace firn::ingest {

struct AdoptRequest {
  catalog::TableName table;
  std::vector<std::string> locations;     ///< Of Parquet files.
  std::optional<table::NewTable> create;  ///< What the table is made of, where it is absent.
  bool skip_existing = false;             ///< Pass over files that the table has.
  bool dry_run = false;
};

struct AdoptReport {
  int64_t files = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t skipped = 0;
  bool created = false;  ///< The table.
};

/// Adds Parquet files that are there already to a table, as they are: nothing is read but their
/// footers, nothing is copied. All of them or none.
///
/// Files without field ids are read by the table's name mapping, which gets the names its columns
/// have now.
/// Every file must fit the table (`datafile::DescribeFile`) and be of one partition
/// (`PartitionOfFile`).
/// Errors: `kAlreadyExists` for a file that the table has; `kForbidden` for one that lies in the
/// folder of another table of the catalog, which may delete it; `kNotFound` for an absent table;
/// those of the two functions; `kConflict`.
Result<AdoptReport> AdoptFiles(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                               const AdoptRequest& request);

}  // namespace firn::ingest
