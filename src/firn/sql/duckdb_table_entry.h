// SPDX-License-Identifier: Apache-2.0
//
// What names in a lake's schema stand for, as DuckDB's catalog entries. Private to the room.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/storage/table_storage_info.hpp"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_metadata_table.h"
#include "firn/sql/duckdb_scan.h"
#include "firn/sql/duckdb_virtual_columns.h"

namespace firn::sql {

/// A relation that is only read.
class ReadOnlyEntry : public duckdb::TableCatalogEntry {
 public:
  ReadOnlyEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info)
      : TableCatalogEntry(owner.catalog, owner, info) {}

  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(duckdb::ClientContext& context,
                                                           duckdb::column_t column) override;
  duckdb::TableStorageInfo GetStorageInfo(duckdb::ClientContext& context) override;
  // There are no row ids.
  duckdb::virtual_column_map_t GetVirtualColumns() const override { return {}; }
  duckdb::vector<duckdb::column_t> GetRowIdColumns() const override { return {}; }
  using TableCatalogEntry::GetScanFunction;
};

/// A table, or files of one.
class ScanEntry : public ReadOnlyEntry {
 public:
  ScanEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info,
            std::shared_ptr<const ScanSource> source)
      : ReadOnlyEntry(owner, info), source_(std::move(source)) {}

  duckdb::TableFunction GetScanFunction(
      duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;
  duckdb::virtual_column_map_t GetVirtualColumns() const override {
    return ScanVirtualColumns(*source_->metadata);
  }

 private:
  std::shared_ptr<const ScanSource> source_;
};

/// Rows in Arrow batches.
class RowsEntry : public ReadOnlyEntry {
 public:
  RowsEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info,
            std::shared_ptr<const RowsSource> source)
      : ReadOnlyEntry(owner, info), source_(std::move(source)) {}

  duckdb::TableFunction GetScanFunction(
      duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;

 private:
  std::shared_ptr<const RowsSource> source_;
};

/// A metadata table, `t$snapshots` and the like.
class MetadataEntry : public ReadOnlyEntry {
 public:
  MetadataEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info,
                std::shared_ptr<const MetadataTable> table)
      : ReadOnlyEntry(owner, info), table_(std::move(table)) {}

  duckdb::TableFunction GetScanFunction(
      duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;

 private:
  std::shared_ptr<const MetadataTable> table_;
};

/// A table that is in the catalog but whose metadata cannot be read: listed, and an error to scan.
class BrokenEntry : public ReadOnlyEntry {
 public:
  BrokenEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info, Error error)
      : ReadOnlyEntry(owner, info), error_(std::move(error)) {}

  duckdb::TableFunction GetScanFunction(
      duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;

 private:
  Error error_;
};

/// Makes the entry of a table read as `source` says.
duckdb::unique_ptr<duckdb::CatalogEntry> MakeScanEntry(duckdb::SchemaCatalogEntry& schema,
                                                       const std::string& name,
                                                       std::shared_ptr<const ScanSource> source);
duckdb::unique_ptr<duckdb::CatalogEntry> MakeRowsEntry(duckdb::ClientContext& context,
                                                       duckdb::SchemaCatalogEntry& schema,
                                                       const std::string& name,
                                                       std::shared_ptr<const RowsSource> source);
duckdb::unique_ptr<duckdb::CatalogEntry> MakeMetadataEntry(
    duckdb::SchemaCatalogEntry& schema, const std::string& name,
    std::shared_ptr<const MetadataTable> table);
duckdb::unique_ptr<duckdb::CatalogEntry> MakeBrokenEntry(duckdb::SchemaCatalogEntry& schema,
                                                         const std::string& name, Error error);

}  // namespace firn::sql
