// SPDX-License-Identifier: Apache-2.0
//
// The views of the catalog. Private to the room.
#pragma once

#include "duckdb.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"
#include "firn/base/result.h"
#include "firn/sql/duckdb_lake.h"

namespace firn::sql {

/// The view `name` of the catalog; null where there is none. Unqualified names in it are looked up
/// in the view's own namespace. A view without SQL that DuckDB understands, or that means names of
/// another namespace, can be listed and dropped; reading it is refused.
duckdb::unique_ptr<duckdb::CatalogEntry> MakeViewEntry(duckdb::SchemaCatalogEntry& schema,
                                                       const Lake& lake, const QualifiedName& name);

/// Makes or replaces the view `info` in the catalog, with its SQL in the dialect "duckdb" (view
/// spec, "SQL representation"). The query is bound already: its columns are known.
/// Errors: `kNotFound` for the namespace; `kAlreadyExists`; `kUnsupported`, naming the column, for
/// a type Iceberg has no word for; `kConflict`.
Status CreateLakeView(duckdb::ClientContext& context, Lake& lake,
                      const duckdb::CreateViewInfo& info);

/// Takes the view `info` out of the catalog. Errors: `kNotFound`.
Status DropLakeView(duckdb::ClientContext& context, Lake& lake, const duckdb::DropInfo& info);

}  // namespace firn::sql
