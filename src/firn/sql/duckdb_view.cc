// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_view.h"

#include <string>
#include <string_view>
#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/type.h>

#include "duckdb/catalog/catalog_entry/view_catalog_entry.hpp"
#include "duckdb/common/arrow/arrow_converter.hpp"
#include "duckdb/main/client_context.hpp"
#include "firn/catalog/catalog.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/sql/duckdb_table_entry.h"
#include "firn/sql/duckdb_wall.h"
#include "firn/sql/engine.h"
#include "firn/table/view.h"

namespace firn::sql {
namespace {

constexpr std::string_view kDialect = "duckdb";

// The catalog knows no rollback: what a statement did to it stays.
Status CheckAlone(duckdb::ClientContext& context, std::string_view statement) {
  if (context.transaction.IsAutoCommit()) return Ok();
  return Unsupported(std::string(statement) + " inside a transaction").WithHint("run it by itself");
}

Result<catalog::TableName> NameOf(const std::string& schema, const std::string& name) {
  FIRN_ASSIGN(auto levels, catalog::ParseNamespace(schema));
  return catalog::TableName{std::move(levels), name};
}

// The columns of the view's query.
Result<table::Schema> SchemaOf(duckdb::ClientContext& context, const duckdb::CreateViewInfo& info) {
  duckdb::vector<duckdb::string> names = info.names;
  for (size_t i = 0; i < info.aliases.size() && i < names.size(); ++i)
    names[i] = info.aliases[i];
  auto properties = context.GetClientProperties();
  properties.time_zone = "UTC";
  ArrowSchema exported;
  duckdb::ArrowConverter::ToArrowSchema(&exported, info.types, names, properties);
  FIRN_ASSIGN(const auto layout, datafile::FromArrow(arrow::ImportSchema(&exported)));
  return datafile::FromArrow(*layout);
}

Result<table::NewView> DefinitionOf(duckdb::ClientContext& context,
                                    const duckdb::CreateViewInfo& info,
                                    const catalog::TableName& name) {
  table::NewView view;
  FIRN_ASSIGN(view.definition.schema, SchemaOf(context, info));
  view.definition.representations = {
      {std::string(table::kSqlRepresentation), info.query->ToString(), std::string(kDialect), {}}};
  view.definition.default_namespace = name.levels;
  view.definition.summary = {{"engine-name", "duckdb"}, {"engine-version", EngineVersion()}};
  if (!info.comment.IsNull()) view.properties["comment"] = info.comment.ToString();
  return view;
}

Status Commit(Lake& lake, const catalog::TableName& name, table::NewView view,
              duckdb::OnCreateConflict on_conflict) {
  catalog::ViewCatalog& views = lake.catalog.views();
  if (on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) {
    FIRN_ASSIGN(const bool exists, views.ViewExists(name));
    if (exists) return Ok();
  }
  const bool replace = on_conflict == duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
  const auto made = replace ? views.CreateOrReplaceView(name, std::move(view), lake.env.NowMs())
                            : views.CreateView(name, std::move(view));
  return made ? Ok() : Status(made.error());
}

}  // namespace

duckdb::unique_ptr<duckdb::CatalogEntry> MakeViewEntry(duckdb::SchemaCatalogEntry& schema,
                                                       const Lake& lake,
                                                       const QualifiedName& name) {
  const auto levels = catalog::ParseNamespace(name.schema);
  if (!levels) return nullptr;
  auto loaded = lake.catalog.views().LoadView({*levels, name.name});
  if (!loaded && loaded.error().kind == ErrorKind::kNotFound) return nullptr;
  const catalog::LoadedView view = OrThrow(std::move(loaded));
  const table::ViewRepresentation* sql = view.metadata->FindSql(kDialect);
  if (sql == nullptr) {
    return MakeBrokenEntry(schema, name.name,
                           Unsupported("the view has no SQL in the dialect duckdb", view.name));
  }
  const auto& names = view.metadata->current_version().default_namespace;
  if (!names.empty() && names != *levels) {
    return MakeBrokenEntry(schema, name.name,
                           Unsupported("the view's names are of another namespace", view.name));
  }
  duckdb::CreateViewInfo info(schema, name.name);
  info.sql = sql->sql;
  info.query = duckdb::CreateViewInfo::ParseSelect(sql->sql);
  for (const table::NestedField& field : view.metadata->schema().fields())
    info.aliases.push_back(field.name);
  return duckdb::make_uniq<duckdb::ViewCatalogEntry>(schema.catalog, schema, info);
}

Status CreateLakeView(duckdb::ClientContext& context, Lake& lake,
                      const duckdb::CreateViewInfo& info) {
  FIRN_TRY(CheckAlone(context, "CREATE VIEW"));
  FIRN_ASSIGN(const catalog::TableName name, NameOf(info.schema, info.view_name));
  FIRN_ASSIGN(const bool known, lake.catalog.NamespaceExists(name.levels));
  if (!known) {
    return NotFound("namespace not found", info.schema)
        .WithHint("a view lies in a namespace: CREATE VIEW gold." + info.view_name +
                  " AS ...; CREATE TEMP VIEW lasts as long as the session");
  }
  FIRN_ASSIGN(table::NewView view, DefinitionOf(context, info, name));
  return Commit(lake, name, std::move(view), info.on_conflict);
}

Status DropLakeView(duckdb::ClientContext& context, Lake& lake, const duckdb::DropInfo& info) {
  FIRN_TRY(CheckAlone(context, "DROP VIEW"));
  FIRN_ASSIGN(const catalog::TableName name, NameOf(info.schema, info.name));
  const Status dropped = lake.catalog.views().DropView(name);
  const bool absent = !dropped && dropped.error().kind == ErrorKind::kNotFound;
  if (!absent) return dropped;
  if (info.if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) return Ok();
  return NotFound("no such view in the catalog", name)
      .WithHint("views of packages are changed in the package");
}

}  // namespace firn::sql
