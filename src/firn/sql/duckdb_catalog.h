// SPDX-License-Identifier: Apache-2.0
//
// The lake as a database DuckDB can attach. Private to the room.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "duckdb.hpp"
#include "duckdb/catalog/catalog.hpp"
#include "duckdb/storage/storage_extension.hpp"
#include "duckdb/transaction/transaction.hpp"
#include "duckdb/transaction/transaction_manager.hpp"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_schema.h"

namespace firn::sql {

/// What one query saw of the lake: a table is loaded once, so all its scans read one state.
class LakeTransaction : public duckdb::Transaction {
 public:
  using Transaction::Transaction;
  using MakeEntry = std::function<duckdb::unique_ptr<duckdb::CatalogEntry>()>;

  /// The entry remembered under `key`, or what `make` makes of it (null included).
  duckdb::optional_ptr<duckdb::CatalogEntry> GetOrMake(const std::string& key,
                                                       const MakeEntry& make);

 private:
  std::mutex mutex_;
  std::map<std::string, duckdb::unique_ptr<duckdb::CatalogEntry>> entries_;
};

/// The lake's namespaces as schemas, and the default schema for views and relations.
class LakeCatalog : public duckdb::Catalog {
 public:
  LakeCatalog(duckdb::AttachedDatabase& attached, std::shared_ptr<Lake> lake)
      : Catalog(attached), lake_(std::move(lake)) {}

  Lake& lake() { return *lake_; }
  /// The schema `name`, made if it is absent (for views of packages).
  LakeSchema& SchemaFor(const std::string& name);

  void Initialize(bool load_builtin) override { static_cast<void>(load_builtin); }
  duckdb::string GetCatalogType() override { return kLakeName; }
  duckdb::string GetDefaultSchema() const override { return kDefaultSchema; }
  bool SupportsTimeTravel() const override { return true; }
  bool InMemory() override { return true; }
  duckdb::string GetDBPath() override { return ""; }
  duckdb::DatabaseSize GetDatabaseSize(duckdb::ClientContext& context) override;

  duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(
      duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
      duckdb::OnEntryNotFound if_not_found) override;
  void ScanSchemas(duckdb::ClientContext& context,
                   std::function<void(duckdb::SchemaCatalogEntry&)> callback) override;

  duckdb::optional_ptr<duckdb::CatalogEntry> CreateSchema(duckdb::CatalogTransaction transaction,
                                                          duckdb::CreateSchemaInfo& info) override;
  duckdb::PhysicalOperator& PlanCreateTableAs(duckdb::ClientContext& context,
                                              duckdb::PhysicalPlanGenerator& planner,
                                              duckdb::LogicalCreateTable& op,
                                              duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanInsert(
      duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
      duckdb::LogicalInsert& op, duckdb::optional_ptr<duckdb::PhysicalOperator> plan) override;
  duckdb::PhysicalOperator& PlanDelete(duckdb::ClientContext& context,
                                       duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalDelete& op,
                                       duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanUpdate(duckdb::ClientContext& context,
                                       duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalUpdate& op,
                                       duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanMergeInto(duckdb::ClientContext& context,
                                          duckdb::PhysicalPlanGenerator& planner,
                                          duckdb::LogicalMergeInto& op,
                                          duckdb::PhysicalOperator& plan) override;
  using Catalog::PlanDelete;
  using Catalog::PlanUpdate;

 private:
  void DropSchema(duckdb::ClientContext& context, duckdb::DropInfo& info) override;
  std::vector<std::string> SchemaNames();

  std::shared_ptr<Lake> lake_;
  std::mutex mutex_;
  std::map<std::string, duckdb::unique_ptr<LakeSchema>> schemas_;  // By name in lower case.
};

/// Lets `ATTACH '' AS firn (TYPE firn)` attach `lake`.
void RegisterLakeStorage(duckdb::DBConfig& config, std::shared_ptr<Lake> lake);

}  // namespace firn::sql
