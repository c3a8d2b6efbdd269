// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_rows.h"

#include <string>
#include <utility>
#include <vector>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp"
#include "duckdb/common/arrow/arrow_wrapper.hpp"
#include "duckdb/function/table/arrow.hpp"
#include "duckdb/main/external_dependencies.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/stream.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

// Keeps the source as long as the scan is bound to it.
struct SourceOwner : public duckdb::DependencyItem {
  explicit SourceOwner(std::shared_ptr<const RowsSource> rows) : source(std::move(rows)) {}
  const std::shared_ptr<const RowsSource> source;
};

const RowsSource& SourceAt(uintptr_t pointer) {
  return *reinterpret_cast<const RowsSource*>(pointer);
}

// What a query asks for that needs no column at all, only to know how many rows there are.
std::vector<std::string> OrFirst(const RowsSource& source, std::vector<std::string> columns) {
  if (columns.empty()) columns.push_back(source.schema->field(0)->name());
  return columns;
}

// DuckDB calls this once per scan.
duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper> OpenStream(
    uintptr_t pointer, duckdb::ArrowStreamParameters& parameters) {
  const RowsSource& source = SourceAt(pointer);
  auto stream = duckdb::make_uniq<duckdb::ArrowArrayStreamWrapper>();
  stream->number_of_rows = -1;
  if (source.open_columns) {
    auto reader =
        OrThrow(source.open_columns(OrFirst(source, parameters.projected_columns.columns)));
    OrThrow(datafile::ExportStream(std::move(reader), &stream->arrow_array_stream));
  } else {
    OrThrow(datafile::FromArrow(
        arrow::ExportRecordBatchReader(OrThrow(source.open()), &stream->arrow_array_stream)));
  }
  return stream;
}

void ExportSchema(ArrowArrayStream* source, ArrowSchema& schema) {
  const RowsSource& rows = SourceAt(reinterpret_cast<uintptr_t>(source));
  OrThrow(datafile::FromArrow(arrow::ExportSchema(*rows.schema, &schema)));
}

duckdb::Value Pointer(const void* pointer) {
  return duckdb::Value::POINTER(reinterpret_cast<uintptr_t>(pointer));
}

}  // namespace

void ColumnsOfRows(duckdb::ClientContext& context, const RowsSource& source,
                   duckdb::vector<duckdb::string>& names,
                   duckdb::vector<duckdb::LogicalType>& types) {
  duckdb::ArrowSchemaWrapper exported;
  OrThrow(datafile::FromArrow(arrow::ExportSchema(*source.schema, &exported.arrow_schema)));
  duckdb::ArrowTableSchema table;
  duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, table, exported.arrow_schema);
  names = table.GetNames();
  types = table.GetTypes();
}

duckdb::unique_ptr<duckdb::FunctionData> BindRows(duckdb::ClientContext& context,
                                                  std::shared_ptr<const RowsSource> source,
                                                  duckdb::vector<duckdb::LogicalType>& types,
                                                  duckdb::vector<duckdb::string>& names) {
  duckdb::vector<duckdb::Value> inputs = {Pointer(source.get()),
                                          Pointer(reinterpret_cast<const void*>(&OpenStream)),
                                          Pointer(reinterpret_cast<const void*>(&ExportSchema))};
  duckdb::named_parameter_map_t parameters;
  duckdb::TableFunction no_function;
  const duckdb::TableFunctionRef no_ref;
  duckdb::TableFunctionBindInput input(inputs, parameters, types, names, nullptr, nullptr,
                                       no_function, no_ref);
  auto bound = duckdb::ArrowTableFunction::ArrowScanBind(context, input, types, names);
  auto& scan = bound->Cast<duckdb::ArrowScanFunctionData>();
  scan.projection_pushdown_enabled = source->open_columns != nullptr;
  scan.dependency = duckdb::make_shared_ptr<SourceOwner>(std::move(source));
  return bound;
}

duckdb::TableFunction BindRowsScan(duckdb::ClientContext& context,
                                   std::shared_ptr<const RowsSource> source,
                                   duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  using duckdb::LogicalType;
  auto& entry = duckdb::Catalog::GetEntry<duckdb::TableFunctionCatalogEntry>(
      context, SYSTEM_CATALOG, DEFAULT_SCHEMA, kRowsFunction);
  duckdb::TableFunction scan = entry.functions.GetFunctionByArguments(
      context, {LogicalType::POINTER, LogicalType::POINTER, LogicalType::POINTER});
  scan.projection_pushdown = source->open_columns != nullptr;
  scan.filter_pushdown = scan.filter_prune = false;  // No source tests rows.
  duckdb::vector<LogicalType> types;
  duckdb::vector<duckdb::string> names;
  bind_data = BindRows(context, std::move(source), types, names);
  return scan;
}

}  // namespace firn::sql
