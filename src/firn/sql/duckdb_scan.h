// SPDX-License-Identifier: Apache-2.0
//
// A lake table's scan: DuckDB's own Parquet scan, told by Firn which files, which columns (by
// field id) and which rows. Private to the room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "duckdb.hpp"
#include "duckdb/function/table_function.hpp"
#include "firn/table/ids.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::table {
class ManifestCache;
}

namespace firn::io {
class FileIO;
}

namespace firn::sql {

/// What one scan reads. Immutable.
struct ScanSource {
  std::string name;  ///< For EXPLAIN and errors.
  std::shared_ptr<const table::TableMetadata> metadata;
  std::string metadata_location;              ///< "" where it is not known.
  std::optional<table::SnapshotId> snapshot;  ///< Unset: an empty table.
  table::Schema schema;                       ///< The columns as the query sees them.
  /// Set: exactly these files, whatever the snapshot holds.
  std::optional<std::vector<table::FileScanTask>> files;
  io::FileIO* io = nullptr;
  table::ManifestCache* manifests = nullptr;  ///< Decoded manifests; null = none are kept.

  /// The schema that planning binds filters to: that of the snapshot.
  const table::Schema& plan_schema() const;
};

/// Binds a scan of `source`; `entry` is the table it belongs to.
duckdb::TableFunction BindScan(duckdb::ClientContext& context,
                               std::shared_ptr<const ScanSource> source,
                               duckdb::TableCatalogEntry& entry,
                               duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace firn::sql
