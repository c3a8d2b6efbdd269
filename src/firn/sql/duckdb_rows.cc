// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_rows.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp"
#include "duckdb/common/arrow/arrow_wrapper.hpp"
#include "duckdb/function/table/arrow.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"
#include "firn/datafile/arrow_wall.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

const RowsSource& SourceAt(uintptr_t pointer) {
  return *reinterpret_cast<const RowsSource*>(pointer);
}

// DuckDB calls this once per scan.
duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper> OpenStream(
    uintptr_t source, duckdb::ArrowStreamParameters& parameters) {
  static_cast<void>(parameters);
  auto reader = OrThrow(SourceAt(source).open());
  auto stream = duckdb::make_uniq<duckdb::ArrowArrayStreamWrapper>();
  stream->number_of_rows = -1;
  OrThrow(datafile::FromArrow(
      arrow::ExportRecordBatchReader(std::move(reader), &stream->arrow_array_stream)));
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

duckdb::TableFunction BindRowsScan(duckdb::ClientContext& context, const RowsSource& source,
                                   duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  using duckdb::LogicalType;
  auto& entry = duckdb::Catalog::GetEntry<duckdb::TableFunctionCatalogEntry>(
      context, SYSTEM_CATALOG, DEFAULT_SCHEMA, "arrow_scan_dumb");
  duckdb::TableFunction scan = entry.functions.GetFunctionByArguments(
      context, {LogicalType::POINTER, LogicalType::POINTER, LogicalType::POINTER});
  duckdb::vector<duckdb::Value> inputs = {Pointer(&source),
                                          Pointer(reinterpret_cast<const void*>(&OpenStream)),
                                          Pointer(reinterpret_cast<const void*>(&ExportSchema))};
  duckdb::named_parameter_map_t parameters;
  duckdb::vector<LogicalType> types;
  duckdb::vector<duckdb::string> names;
  const duckdb::TableFunctionRef no_ref;
  duckdb::TableFunctionBindInput input(inputs, parameters, types, names, nullptr, nullptr, scan,
                                       no_ref);
  bind_data = scan.bind(context, input, types, names);
  return scan;
}

}  // namespace firn::sql
