// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/table/metadata.h"

namespace firn::ingest {

/// Makes a namespace where it is absent.
Status EnsureNamespace(catalog::Catalog& catalog, const catalog::Namespace& levels);

/// Loads a table, making it (and its namespace) as `blueprint` says where it is absent. When
/// somebody else makes it meanwhile, theirs is taken.
Result<catalog::LoadedTable> EnsureTable(catalog::Catalog& catalog, const catalog::TableName& name,
                                         const table::NewTable& blueprint);

/// `bronze.source_files`.
catalog::TableName PositionsTableName();
/// What `bronze.source_files` is made of.
table::NewTable PositionsBlueprint();

/// `<ns>.<table>_rejected`.
catalog::TableName RejectedTableName(const catalog::TableName& target);
/// What a table of rejected rows is made of.
table::NewTable RejectedBlueprint();

}  // namespace firn::ingest
