// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_table_entry.h"

#include "duckdb/parser/constraints/not_null_constraint.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/storage/statistics/base_statistics.hpp"
#include "firn/sql/duckdb_rows.h"
#include "firn/sql/duckdb_types.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

duckdb::CreateTableInfo Info(duckdb::SchemaCatalogEntry& schema, const std::string& name,
                             const duckdb::vector<duckdb::string>& names,
                             const duckdb::vector<duckdb::LogicalType>& types) {
  duckdb::CreateTableInfo info(schema, name);
  for (size_t i = 0; i < names.size(); ++i) {
    info.columns.AddColumn(duckdb::ColumnDefinition(names[i], types[i]));
  }
  return info;
}

}  // namespace

duckdb::unique_ptr<duckdb::BaseStatistics> ReadOnlyEntry::GetStatistics(
    duckdb::ClientContext& context, duckdb::column_t column) {
  static_cast<void>(context);
  static_cast<void>(column);
  return nullptr;
}

duckdb::TableStorageInfo ReadOnlyEntry::GetStorageInfo(duckdb::ClientContext& context) {
  static_cast<void>(context);
  return {};
}

duckdb::TableFunction ScanEntry::GetScanFunction(
    duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  return BindScan(context, source_, *this, bind_data);
}

duckdb::TableFunction RowsEntry::GetScanFunction(
    duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  return BindRowsScan(context, source_, bind_data);
}

duckdb::TableFunction MetadataEntry::GetScanFunction(
    duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  static_cast<void>(context);
  return BindMetadataScan(table_, bind_data);
}

duckdb::TableFunction BrokenEntry::GetScanFunction(
    duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  static_cast<void>(context);
  static_cast<void>(bind_data);
  ThrowInDuckDb(error_);
}

duckdb::unique_ptr<duckdb::CatalogEntry> MakeScanEntry(duckdb::SchemaCatalogEntry& schema,
                                                       const std::string& name,
                                                       std::shared_ptr<const ScanSource> source) {
  auto columns = ToColumns(source->schema);
  if (!columns) {
    return MakeBrokenEntry(schema, name, std::move(columns).error().Within(source->name));
  }
  duckdb::vector<duckdb::string> names;
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::MultiFileColumnDefinition::ExtractNamesAndTypes(*columns, names, types);
  auto info = Info(schema, name, names, types);
  for (size_t i = 0; i < names.size(); ++i) {
    if (!source->schema.fields()[i].required) continue;
    info.constraints.push_back(
        duckdb::make_uniq<duckdb::NotNullConstraint>(duckdb::LogicalIndex(i)));
  }
  return duckdb::make_uniq<ScanEntry>(schema, info, std::move(source));
}

duckdb::unique_ptr<duckdb::CatalogEntry> MakeRowsEntry(duckdb::ClientContext& context,
                                                       duckdb::SchemaCatalogEntry& schema,
                                                       const std::string& name,
                                                       std::shared_ptr<const RowsSource> source) {
  duckdb::vector<duckdb::string> names;
  duckdb::vector<duckdb::LogicalType> types;
  ColumnsOfRows(context, *source, names, types);
  auto info = Info(schema, name, names, types);
  return duckdb::make_uniq<RowsEntry>(schema, info, std::move(source));
}

duckdb::unique_ptr<duckdb::CatalogEntry> MakeMetadataEntry(
    duckdb::SchemaCatalogEntry& schema, const std::string& name,
    std::shared_ptr<const MetadataTable> table) {
  auto info = Info(schema, name, table->names, table->types);
  return duckdb::make_uniq<MetadataEntry>(schema, info, std::move(table));
}

duckdb::unique_ptr<duckdb::CatalogEntry> MakeBrokenEntry(duckdb::SchemaCatalogEntry& schema,
                                                         const std::string& name, Error error) {
  auto info = Info(schema, name, {"error"}, {duckdb::LogicalType::VARCHAR});
  return duckdb::make_uniq<BrokenEntry>(schema, info, std::move(error));
}

}  // namespace firn::sql
