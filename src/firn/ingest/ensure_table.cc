// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/ensure_table.h"

#include <utility>

#include "firn/ingest/positions.h"
#include "firn/ingest/reject.h"

namespace firn::ingest {

Status EnsureNamespace(catalog::Catalog& catalog, const catalog::Namespace& levels) {
  FIRN_ASSIGN(const bool exists, catalog.NamespaceExists(levels));
  if (exists) return Ok();
  const Status created = catalog.CreateNamespace(levels);
  if (!created && created.error().kind == ErrorKind::kAlreadyExists) return Ok();
  return created;
}

Result<catalog::LoadedTable> EnsureTable(catalog::Catalog& catalog, const catalog::TableName& name,
                                         const table::NewTable& blueprint) {
  auto loaded = catalog.LoadTable(name);
  if (loaded || loaded.error().kind != ErrorKind::kNotFound) return loaded;
  FIRN_TRY(EnsureNamespace(catalog, name.levels));
  auto created = catalog.CreateTable(name, blueprint);
  if (created || created.error().kind != ErrorKind::kAlreadyExists) return created;
  return catalog.LoadTable(name);
}

catalog::TableName PositionsTableName() {
  return {{"bronze"}, "source_files"};
}

table::NewTable PositionsBlueprint() {
  table::NewTable blueprint;
  blueprint.schema = PositionsSchema();
  blueprint.properties = {{"firn.layer", "bronze"},
                          {"write.parquet.compression-codec", "zstd"},
                          {"write.metadata.delete-after-commit.enabled", "true"},
                          {"write.metadata.previous-versions-max", "20"}};
  return blueprint;
}

catalog::TableName RejectedTableName(const catalog::TableName& target) {
  return {target.levels, target.name + "_rejected"};
}

table::NewTable RejectedBlueprint() {
  table::NewTable blueprint;
  blueprint.schema = RejectedSchema();
  blueprint.properties = {{"write.parquet.compression-codec", "zstd"}};
  return blueprint;
}

}  // namespace firn::ingest
