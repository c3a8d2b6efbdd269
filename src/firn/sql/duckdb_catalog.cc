// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_catalog.h"

#include <set>
#include <utility>

#include "duckdb/parser/parsed_data/attach_info.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"
#include "duckdb/storage/database_size.hpp"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

// Reading needs no bookkeeping beyond what a query saw.
class LakeTransactions : public duckdb::TransactionManager {
 public:
  using TransactionManager::TransactionManager;

  duckdb::Transaction& StartTransaction(duckdb::ClientContext& context) override {
    auto transaction = duckdb::make_uniq<LakeTransaction>(*this, context);
    duckdb::Transaction& started = *transaction;
    const std::lock_guard lock(mutex_);
    active_.emplace(&started, std::move(transaction));
    return started;
  }
  duckdb::ErrorData CommitTransaction(duckdb::ClientContext& context,
                                      duckdb::Transaction& transaction) override {
    static_cast<void>(context);
    End(transaction);
    return {};
  }
  void RollbackTransaction(duckdb::Transaction& transaction) override { End(transaction); }
  void Checkpoint(duckdb::ClientContext& context, bool force) override {
    static_cast<void>(context);
    static_cast<void>(force);
  }

 private:
  void End(duckdb::Transaction& transaction) {
    const std::lock_guard lock(mutex_);
    active_.erase(&transaction);
  }

  std::mutex mutex_;
  std::map<duckdb::Transaction*, duckdb::unique_ptr<LakeTransaction>> active_;
};

struct LakeStorageInfo : public duckdb::StorageExtensionInfo {
  std::shared_ptr<Lake> lake;
};

duckdb::unique_ptr<duckdb::Catalog> AttachLake(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo> info, duckdb::ClientContext& context,
    duckdb::AttachedDatabase& database, const duckdb::string& name, duckdb::AttachInfo& attach,
    duckdb::AttachOptions& options) {
  static_cast<void>(context);
  static_cast<void>(name);
  static_cast<void>(attach);
  static_cast<void>(options);
  auto& storage = static_cast<LakeStorageInfo&>(*info);
  auto catalog = duckdb::make_uniq<LakeCatalog>(database, storage.lake);
  storage.lake->attached = catalog.get();
  return catalog;
}

duckdb::unique_ptr<duckdb::TransactionManager> MakeTransactions(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo> info, duckdb::AttachedDatabase& database,
    duckdb::Catalog& catalog) {
  static_cast<void>(info);
  static_cast<void>(catalog);
  return duckdb::make_uniq<LakeTransactions>(database);
}

}  // namespace

duckdb::optional_ptr<duckdb::CatalogEntry> LakeTransaction::GetOrMake(const std::string& key,
                                                                      const MakeEntry& make) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second.get();
  return entries_.emplace(key, make()).first->second.get();
}

LakeSchema& LakeCatalog::SchemaFor(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& schema = schemas_[duckdb::StringUtil::Lower(name)];
  if (!schema) {
    duckdb::CreateSchemaInfo info;
    info.schema = name;
    schema = duckdb::make_uniq<LakeSchema>(*this, info);
  }
  return *schema;
}

std::vector<std::string> LakeCatalog::SchemaNames() {
  std::map<std::string, std::string> names;  // By name in lower case.
  const auto add = [&names](const std::string& name) {
    names.emplace(duckdb::StringUtil::Lower(name), name);
  };
  for (const auto& levels : OrThrow(lake_->catalog.ListNamespaces())) {
    add(catalog::NamespaceText(levels));
  }
  for (const std::string& name : lake_->RelationSchemas())
    add(name);
  add(kDefaultSchema);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, schema] : schemas_) {
      if (schema->HasDefinitions()) add(schema->name);
    }
  }
  std::vector<std::string> result;
  for (const auto& [key, name] : names)
    result.push_back(name);
  return result;
}

duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LakeCatalog::LookupSchema(
    duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
    duckdb::OnEntryNotFound if_not_found) {
  static_cast<void>(transaction);
  const std::string& wanted = lookup.GetEntryName();
  if (duckdb::StringUtil::CIEquals(wanted, kDefaultSchema)) return &SchemaFor(kDefaultSchema);
  for (const std::string& name : SchemaNames()) {
    if (duckdb::StringUtil::CIEquals(name, wanted)) return &SchemaFor(name);
  }
  if (if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) return nullptr;
  ThrowInDuckDb(NotFound("namespace not found", wanted));
}

void LakeCatalog::ScanSchemas(duckdb::ClientContext& context,
                              std::function<void(duckdb::SchemaCatalogEntry&)> callback) {
  static_cast<void>(context);
  for (const std::string& name : SchemaNames())
    callback(SchemaFor(name));
}

duckdb::DatabaseSize LakeCatalog::GetDatabaseSize(duckdb::ClientContext& context) {
  static_cast<void>(context);
  return {};
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeCatalog::CreateSchema(duckdb::CatalogTransaction,
                                                                     duckdb::CreateSchemaInfo&) {
  ThrowReadOnly("CREATE SCHEMA");
}

duckdb::PhysicalOperator& LakeCatalog::PlanCreateTableAs(duckdb::ClientContext&,
                                                         duckdb::PhysicalPlanGenerator&,
                                                         duckdb::LogicalCreateTable&,
                                                         duckdb::PhysicalOperator&) {
  ThrowReadOnly("CREATE TABLE");
}

duckdb::PhysicalOperator& LakeCatalog::PlanInsert(duckdb::ClientContext&,
                                                  duckdb::PhysicalPlanGenerator&,
                                                  duckdb::LogicalInsert&,
                                                  duckdb::optional_ptr<duckdb::PhysicalOperator>) {
  ThrowReadOnly("INSERT");
}

duckdb::PhysicalOperator& LakeCatalog::PlanDelete(duckdb::ClientContext&,
                                                  duckdb::PhysicalPlanGenerator&,
                                                  duckdb::LogicalDelete&,
                                                  duckdb::PhysicalOperator&) {
  ThrowReadOnly("DELETE");
}

duckdb::PhysicalOperator& LakeCatalog::PlanUpdate(duckdb::ClientContext&,
                                                  duckdb::PhysicalPlanGenerator&,
                                                  duckdb::LogicalUpdate&,
                                                  duckdb::PhysicalOperator&) {
  ThrowReadOnly("UPDATE");
}

duckdb::PhysicalOperator& LakeCatalog::PlanMergeInto(duckdb::ClientContext&,
                                                     duckdb::PhysicalPlanGenerator&,
                                                     duckdb::LogicalMergeInto&,
                                                     duckdb::PhysicalOperator&) {
  ThrowReadOnly("MERGE");
}

void LakeCatalog::DropSchema(duckdb::ClientContext&, duckdb::DropInfo&) {
  ThrowReadOnly("DROP SCHEMA");
}

void RegisterLakeStorage(duckdb::DBConfig& config, std::shared_ptr<Lake> lake) {
  auto info = duckdb::make_shared_ptr<LakeStorageInfo>();
  info->lake = std::move(lake);
  auto storage = duckdb::make_shared_ptr<duckdb::StorageExtension>();
  storage->attach = AttachLake;
  storage->create_transaction_manager = MakeTransactions;
  storage->storage_info = std::move(info);
  duckdb::StorageExtension::Register(config, kLakeName, std::move(storage));
}

}  // namespace firn::sql
