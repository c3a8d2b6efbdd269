// SPDX-License-Identifier: Apache-2.0
//
// One schema of the lake: a namespace's tables, and the views, macros and relations defined for
// this engine. Private to the room.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "duckdb.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/parser/parsed_data/create_macro_info.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "firn/sql/duckdb_lake.h"

namespace firn::sql {

class LakeCatalog;

/// Thread-safe.
class LakeSchema : public duckdb::SchemaCatalogEntry {
 public:
  LakeSchema(LakeCatalog& owner, duckdb::CreateSchemaInfo& info);

  /// Adds or replaces a view; its query is bound when it is used.
  void DefineView(duckdb::CreateViewInfo& info);
  /// Adds or replaces a macro (scalar or table).
  void DefineMacro(duckdb::CreateMacroInfo& info);
  /// Drops the view or macro `entry_name`, if there is one.
  void Undefine(const std::string& entry_name);
  bool HasDefinitions();

  duckdb::optional_ptr<duckdb::CatalogEntry> LookupEntry(
      duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup) override;
  duckdb::SimilarCatalogEntry GetSimilarEntry(duckdb::CatalogTransaction transaction,
                                              const duckdb::EntryLookupInfo& lookup) override;
  void Scan(duckdb::ClientContext& context, duckdb::CatalogType kind,
            const std::function<void(duckdb::CatalogEntry&)>& callback) override;
  void Scan(duckdb::CatalogType kind,
            const std::function<void(duckdb::CatalogEntry&)>& callback) override;

  using Created = duckdb::optional_ptr<duckdb::CatalogEntry>;
  Created CreateIndex(duckdb::CatalogTransaction transaction, duckdb::CreateIndexInfo& info,
                      duckdb::TableCatalogEntry& table) override;
  Created CreateFunction(duckdb::CatalogTransaction transaction,
                         duckdb::CreateFunctionInfo& info) override;
  Created CreateTable(duckdb::CatalogTransaction transaction,
                      duckdb::BoundCreateTableInfo& info) override;
  Created CreateView(duckdb::CatalogTransaction transaction, duckdb::CreateViewInfo& info) override;
  Created CreateSequence(duckdb::CatalogTransaction transaction,
                         duckdb::CreateSequenceInfo& info) override;
  Created CreateTableFunction(duckdb::CatalogTransaction transaction,
                              duckdb::CreateTableFunctionInfo& info) override;
  Created CreateCopyFunction(duckdb::CatalogTransaction transaction,
                             duckdb::CreateCopyFunctionInfo& info) override;
  Created CreatePragmaFunction(duckdb::CatalogTransaction transaction,
                               duckdb::CreatePragmaFunctionInfo& info) override;
  Created CreateCollation(duckdb::CatalogTransaction transaction,
                          duckdb::CreateCollationInfo& info) override;
  Created CreateType(duckdb::CatalogTransaction transaction, duckdb::CreateTypeInfo& info) override;
  void DropEntry(duckdb::ClientContext& context, duckdb::DropInfo& info) override;
  void Alter(duckdb::CatalogTransaction transaction, duckdb::AlterInfo& info) override;
  using SchemaCatalogEntry::CreateIndex;

 private:
  enum class Kind { kView, kMacro, kTableMacro };
  struct Definition {
    Kind kind;
    duckdb::shared_ptr<duckdb::CatalogEntry> entry;
  };

  Created FindDefinition(const std::string& entry_name, Kind kind);
  void Define(const std::string& entry_name, Kind kind,
              duckdb::unique_ptr<duckdb::CatalogEntry> entry);
  Created FindTable(duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup);
  duckdb::unique_ptr<duckdb::CatalogEntry> MakeTable(duckdb::ClientContext& context,
                                                     const duckdb::EntryLookupInfo& lookup);
  std::vector<std::string> TableNames();

  LakeCatalog& lake_catalog_;
  std::mutex mutex_;
  // Replaced entries stay: plans under way may hold them.
  std::map<std::string, Definition> definitions_;  // By kind and name in lower case.
  std::vector<duckdb::shared_ptr<duckdb::CatalogEntry>> replaced_;
};

}  // namespace firn::sql
