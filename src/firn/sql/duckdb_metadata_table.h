// SPDX-License-Identifier: Apache-2.0
//
// Metadata tables: `t$snapshots` and the like, computed when they are scanned. Private to the room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duckdb.hpp"
#include "duckdb/function/table_function.hpp"
#include "firn/sql/duckdb_scan.h"

namespace firn::sql {

/// A row of a metadata table.
using MetadataRow = duckdb::vector<duckdb::Value>;

/// One of the tables that describe a table. Immutable.
struct MetadataTable {
  /// Makes the rows; reads manifests where it must.
  using MakeRows = Result<std::vector<MetadataRow>> (*)(const ScanSource& source);

  std::string_view suffix;  ///< "snapshots"
  duckdb::vector<duckdb::string> names;
  duckdb::vector<duckdb::LogicalType> types;
  MakeRows make_rows = nullptr;
  std::shared_ptr<const ScanSource> source;
};

/// The metadata table `suffix` of the table `source` reads; null if there is none of that name.
std::shared_ptr<const MetadataTable> FindMetadataTable(std::string_view suffix,
                                                       std::shared_ptr<const ScanSource> source);

/// All suffixes, for advice.
std::vector<std::string_view> MetadataTableSuffixes();

/// Binds a scan of a metadata table.
duckdb::TableFunction BindMetadataScan(std::shared_ptr<const MetadataTable> table,
                                       duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace firn::sql
