// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_schema.h"

#include <algorithm>
#include <utility>

#include "duckdb/catalog/catalog_entry/scalar_macro_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_macro_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/view_catalog_entry.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"
#include "firn/sql/duckdb_at_clause.h"
#include "firn/sql/duckdb_catalog.h"
#include "firn/sql/duckdb_metadata_table.h"
#include "firn/sql/duckdb_position_deletes.h"
#include "firn/sql/duckdb_table_changes.h"
#include "firn/sql/duckdb_table_entry.h"
#include "firn/sql/duckdb_view.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

using duckdb::CatalogType;
using Entry = duckdb::unique_ptr<duckdb::CatalogEntry>;

std::string Lower(const std::string& text) {
  return duckdb::StringUtil::Lower(text);
}

LakeTransaction& LakeOf(duckdb::CatalogTransaction& transaction) {
  return transaction.transaction->Cast<LakeTransaction>();
}

// "messages$files" is the table "messages" and the suffix "files".
std::pair<std::string, std::string> SplitSuffix(const std::string& name) {
  const size_t dollar = name.rfind('$');
  if (dollar == std::string::npos || dollar == 0) return {name, {}};
  return {name.substr(0, dollar), name.substr(dollar + 1)};
}

Error NoSuchMetadataTable(const std::string& name) {
  std::string known;
  for (const auto suffix : MetadataTableSuffixes())
    known.append(" $").append(suffix);
  return NotFound("no metadata table of that name", name).WithHint("there are" + known);
}

}  // namespace

LakeSchema::LakeSchema(LakeCatalog& owner, duckdb::CreateSchemaInfo& info)
    : SchemaCatalogEntry(owner, info), lake_catalog_(owner) {}

void LakeSchema::Define(const std::string& entry_name, Kind kind, Entry entry) {
  const std::lock_guard lock(mutex_);
  Definition& slot = definitions_[std::to_string(static_cast<int>(kind)) + Lower(entry_name)];
  if (slot.entry) replaced_.push_back(std::move(slot.entry));
  slot = {kind, std::move(entry)};
}

void LakeSchema::DefineView(duckdb::CreateViewInfo& info) {
  Define(info.view_name, Kind::kView,
         duckdb::make_uniq<duckdb::ViewCatalogEntry>(catalog, *this, info));
}

void LakeSchema::DefineMacro(duckdb::CreateMacroInfo& info) {
  if (info.type == CatalogType::TABLE_MACRO_ENTRY) {
    Define(info.name, Kind::kTableMacro,
           duckdb::make_uniq<duckdb::TableMacroCatalogEntry>(catalog, *this, info));
  } else {
    Define(info.name, Kind::kMacro,
           duckdb::make_uniq<duckdb::ScalarMacroCatalogEntry>(catalog, *this, info));
  }
}

void LakeSchema::Undefine(const std::string& entry_name) {
  const std::lock_guard lock(mutex_);
  for (auto at = definitions_.begin(); at != definitions_.end();) {
    const bool same = at->first.substr(1) == Lower(entry_name);
    if (same) replaced_.push_back(at->second.entry);
    at = same ? definitions_.erase(at) : std::next(at);
  }
}

bool LakeSchema::HasDefinitions() {
  const std::lock_guard lock(mutex_);
  return !definitions_.empty();
}

LakeSchema::Created LakeSchema::FindDefinition(const std::string& entry_name, Kind kind) {
  const std::lock_guard lock(mutex_);
  const auto found = definitions_.find(std::to_string(static_cast<int>(kind)) + Lower(entry_name));
  return found == definitions_.end() ? nullptr : found->second.entry.get();
}

LakeSchema::Created LakeSchema::LookupEntry(duckdb::CatalogTransaction transaction,
                                            const duckdb::EntryLookupInfo& lookup) {
  switch (lookup.GetCatalogType()) {
    case CatalogType::TABLE_ENTRY:
    case CatalogType::VIEW_ENTRY:
      return FindTable(transaction, lookup);
    case CatalogType::SCALAR_FUNCTION_ENTRY:
    case CatalogType::AGGREGATE_FUNCTION_ENTRY:
    case CatalogType::MACRO_ENTRY:
      return FindDefinition(lookup.GetEntryName(), Kind::kMacro);
    case CatalogType::TABLE_FUNCTION_ENTRY:
    case CatalogType::TABLE_MACRO_ENTRY:
      return FindDefinition(lookup.GetEntryName(), Kind::kTableMacro);
    default:
      return nullptr;
  }
}

LakeSchema::Created LakeSchema::FindTable(duckdb::CatalogTransaction transaction,
                                          const duckdb::EntryLookupInfo& lookup) {
  if (const auto view = FindDefinition(lookup.GetEntryName(), Kind::kView)) return view;
  if (!transaction.context) return nullptr;
  const std::string key =
      QualifiedName{name, lookup.GetEntryName()}.Key() + "@" + TextOf(lookup.GetAtClause());
  return LakeOf(transaction).GetOrMake(key, [&] {
    return MakeTable(*transaction.context, lookup);
  });
}

Entry LakeSchema::MakeTable(duckdb::ClientContext& context, const duckdb::EntryLookupInfo& lookup) {
  const Lake& lake = lake_catalog_.lake();
  const std::string& wanted = lookup.GetEntryName();
  if (const auto relation = lake.FindRelation({name, wanted})) {
    if (const auto* scan = std::get_if<std::shared_ptr<const ScanSource>>(&*relation)) {
      return MakeScanEntry(*this, wanted, *scan);
    }
    return MakeRowsEntry(context, *this, wanted,
                         std::get<std::shared_ptr<const RowsSource>>(*relation));
  }
  const auto [base, suffix] = SplitSuffix(wanted);
  auto loaded = lake.Load({name, base});
  if (!loaded && loaded.error().kind == ErrorKind::kNotFound) {
    return MakeViewEntry(*this, lake, {name, wanted});
  }
  if (!loaded) return MakeBrokenEntry(*this, wanted, std::move(loaded).error());
  if (const auto ref = RefOfSuffix(suffix)) {
    if (lookup.GetAtClause()) {
      ThrowInDuckDb(InvalidArgument("a branch or tag is read as it is, without AT", wanted));
    }
    return MakeScanEntry(*this, wanted, OrThrow(SourceOfRef(*loaded, lake, *ref)));
  }
  const auto pin = lake.FindPin({name, base});
  auto source = OrThrow(SourceAt(context, *loaded, lake, lookup.GetAtClause()));
  if (pin && !lookup.GetAtClause()) {
    auto pinned = std::make_shared<ScanSource>(*source);
    pinned->snapshot = pin->snapshot;
    source = std::move(pinned);
  }
  if (suffix.empty()) return MakeScanEntry(*this, wanted, std::move(source));
  if (Lower(suffix) == kChangesSuffix) {
    const auto to = source->snapshot;
    return MakeRowsEntry(context, *this, wanted,
                         OrThrow(ChangesOf(std::move(source), {std::nullopt, to, false})));
  }
  if (Lower(suffix) == kPositionDeletesSuffix) {
    return MakeRowsEntry(context, *this, wanted, OrThrow(PositionDeletesOf(std::move(source))));
  }
  auto table = FindMetadataTable(suffix, std::move(source));
  if (!table) ThrowInDuckDb(NoSuchMetadataTable(wanted));
  return MakeMetadataEntry(*this, wanted, std::move(table));
}

std::vector<std::string> LakeSchema::TableNames() {
  const Lake& lake = lake_catalog_.lake();
  std::vector<std::string> names = lake.RelationsIn(name);
  const auto levels = catalog::ParseNamespace(name);
  if (!levels) return names;
  auto tables = lake.catalog.ListTables(*levels);
  if (!tables && tables.error().kind == ErrorKind::kNotFound) return names;
  for (const catalog::TableName& table : OrThrow(std::move(tables))) {
    if (std::ranges::find(names, table.name) == names.end()) names.push_back(table.name);
  }
  for (const catalog::TableName& view : OrThrow(lake.catalog.views().ListViews(*levels)))
    names.push_back(view.name);
  return names;
}

duckdb::SimilarCatalogEntry LakeSchema::GetSimilarEntry(duckdb::CatalogTransaction transaction,
                                                        const duckdb::EntryLookupInfo& lookup) {
  static_cast<void>(transaction);
  duckdb::SimilarCatalogEntry best;
  if (lookup.GetCatalogType() != CatalogType::TABLE_ENTRY) return best;
  for (const std::string& candidate : TableNames()) {
    const double score = duckdb::StringUtil::SimilarityRating(candidate, lookup.GetEntryName());
    if (score <= best.score) continue;
    best.name = candidate;
    best.score = score;
  }
  return best;
}

void LakeSchema::Scan(duckdb::ClientContext& context, CatalogType kind,
                      const std::function<void(duckdb::CatalogEntry&)>& callback) {
  if (kind == CatalogType::TABLE_ENTRY || kind == CatalogType::VIEW_ENTRY) {
    auto transaction = catalog.GetCatalogTransaction(context);
    for (const std::string& table : TableNames()) {
      const duckdb::EntryLookupInfo lookup(CatalogType::TABLE_ENTRY, table);
      if (FindDefinition(table, Kind::kView)) continue;
      if (auto entry = FindTable(transaction, lookup)) callback(*entry);
    }
  }
  Scan(kind, callback);
}

void LakeSchema::Scan(CatalogType kind,
                      const std::function<void(duckdb::CatalogEntry&)>& callback) {
  std::vector<duckdb::shared_ptr<duckdb::CatalogEntry>> entries;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, definition] : definitions_) {
      const bool table = kind == CatalogType::TABLE_ENTRY || kind == CatalogType::VIEW_ENTRY;
      const bool scalar = kind == CatalogType::SCALAR_FUNCTION_ENTRY;
      const bool function = kind == CatalogType::TABLE_FUNCTION_ENTRY;
      if ((table && definition.kind == Kind::kView) ||
          (scalar && definition.kind == Kind::kMacro) ||
          (function && definition.kind == Kind::kTableMacro)) {
        entries.push_back(definition.entry);
      }
    }
  }
  for (const auto& entry : entries)
    callback(*entry);
}

LakeSchema::Created LakeSchema::CreateIndex(duckdb::CatalogTransaction, duckdb::CreateIndexInfo&,
                                            duckdb::TableCatalogEntry&) {
  ThrowReadOnly("CREATE INDEX");
}

LakeSchema::Created LakeSchema::CreateFunction(duckdb::CatalogTransaction,
                                               duckdb::CreateFunctionInfo&) {
  ThrowReadOnly("CREATE MACRO");
}

LakeSchema::Created LakeSchema::CreateTable(duckdb::CatalogTransaction,
                                            duckdb::BoundCreateTableInfo&) {
  ThrowReadOnly("CREATE TABLE");
}

LakeSchema::Created LakeSchema::CreateView(duckdb::CatalogTransaction transaction,
                                           duckdb::CreateViewInfo& info) {
  info.schema = name;
  OrThrow(CreateLakeView(transaction.GetContext(), lake_catalog_.lake(), info));
  return nullptr;
}

LakeSchema::Created LakeSchema::CreateSequence(duckdb::CatalogTransaction,
                                               duckdb::CreateSequenceInfo&) {
  ThrowReadOnly("CREATE SEQUENCE");
}

LakeSchema::Created LakeSchema::CreateTableFunction(duckdb::CatalogTransaction,
                                                    duckdb::CreateTableFunctionInfo&) {
  ThrowReadOnly("CREATE FUNCTION");
}

LakeSchema::Created LakeSchema::CreateCopyFunction(duckdb::CatalogTransaction,
                                                   duckdb::CreateCopyFunctionInfo&) {
  ThrowReadOnly("CREATE FUNCTION");
}

LakeSchema::Created LakeSchema::CreatePragmaFunction(duckdb::CatalogTransaction,
                                                     duckdb::CreatePragmaFunctionInfo&) {
  ThrowReadOnly("CREATE FUNCTION");
}

LakeSchema::Created LakeSchema::CreateCollation(duckdb::CatalogTransaction,
                                                duckdb::CreateCollationInfo&) {
  ThrowReadOnly("CREATE COLLATION");
}

LakeSchema::Created LakeSchema::CreateType(duckdb::CatalogTransaction, duckdb::CreateTypeInfo&) {
  ThrowReadOnly("CREATE TYPE");
}

void LakeSchema::DropEntry(duckdb::ClientContext& context, duckdb::DropInfo& info) {
  if (info.type != CatalogType::VIEW_ENTRY) ThrowReadOnly("DROP");
  info.schema = name;
  OrThrow(DropLakeView(context, lake_catalog_.lake(), info));
}

void LakeSchema::Alter(duckdb::CatalogTransaction, duckdb::AlterInfo&) {
  ThrowReadOnly("ALTER");
}

}  // namespace firn::sql
