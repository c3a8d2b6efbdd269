// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_table_changes.h"

#include <string>
#include <utility>
#include <vector>

#include "duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp"
#include "duckdb/function/function_set.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/changelog_reader.h"
#include "firn/sql/duckdb_at_clause.h"
#include "firn/sql/duckdb_rows.h"
#include "firn/sql/duckdb_wall.h"
#include "firn/table/changelog.h"

namespace firn::sql {
namespace {

constexpr char kFunction[] = "table_changes";
constexpr char kAppendsOnly[] = "appends_only";

struct TableChangesInfo : public duckdb::TableFunctionInfo {
  std::shared_ptr<Lake> lake;
};

Result<table::ChangelogPlan> PlanOf(const ScanSource& table, const ChangesRequest& request) {
  if (!request.to) {
    table::ChangelogPlan nothing;
    nothing.schema = table.metadata->schema();
    return nothing;
  }
  return table::PlanChangelog(*table.metadata, {request.from, *request.to, request.appends_only},
                              *table.io);
}

Result<ChangesRequest> RequestOf(duckdb::ClientContext& context,
                                 const duckdb::TableFunctionBindInput& input,
                                 const ScanSource& table) {
  ChangesRequest request;
  request.to = table.snapshot;
  const auto& values = input.inputs;
  if (values.size() > 1 && !values[1].IsNull()) {
    FIRN_ASSIGN(request.from, SnapshotAt(context, values[1], *table.metadata));
  }
  if (values.size() > 2 && !values[2].IsNull()) {
    FIRN_ASSIGN(request.to, SnapshotAt(context, values[2], *table.metadata));
  }
  const auto appends_only = input.named_parameters.find(kAppendsOnly);
  request.appends_only = appends_only != input.named_parameters.end() &&
                         !appends_only->second.IsNull() &&
                         duckdb::BooleanValue::Get(appends_only->second);
  return request;
}

Result<std::shared_ptr<const RowsSource>> ChangesAsked(
    duckdb::ClientContext& context, Lake& lake, const duckdb::TableFunctionBindInput& input) {
  if (input.inputs[0].IsNull()) return InvalidArgument("table_changes takes a table's name");
  const auto name = QualifiedName::Parse(duckdb::StringValue::Get(input.inputs[0]));
  FIRN_ASSIGN(const auto loaded, lake.Load(name));
  FIRN_ASSIGN(auto table, SourceAt(context, loaded, lake, nullptr));
  FIRN_ASSIGN(const ChangesRequest request, RequestOf(context, input, *table));
  return ChangesOf(std::move(table), request);
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext& context,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<duckdb::string>& names) {
  Lake& lake = *input.info->Cast<TableChangesInfo>().lake;
  return BindRows(context, OrThrow(ChangesAsked(context, lake, input)), types, names);
}

}  // namespace

Result<std::shared_ptr<const RowsSource>> ChangesOf(std::shared_ptr<const ScanSource> table,
                                                    const ChangesRequest& request) {
  auto rows = std::make_shared<RowsSource>();
  FIRN_ASSIGN(const table::Schema schema, datafile::ChangelogSchema(table->metadata->schema()));
  FIRN_ASSIGN(rows->schema, datafile::ToArrow(schema));
  rows->open_columns = [table = std::move(table), request](const std::vector<std::string>& columns)
      -> Result<std::unique_ptr<datafile::BatchReader>> {
    FIRN_ASSIGN(auto plan, PlanOf(*table, request));
    datafile::ChangelogReadOptions options;
    options.columns = columns;
    FIRN_ASSIGN(auto reader, datafile::ChangelogReader::Open(*table->io, *table->metadata,
                                                             std::move(plan), std::move(options)));
    return std::unique_ptr<datafile::BatchReader>(std::move(reader));
  };
  return std::shared_ptr<const RowsSource>(std::move(rows));
}

void RegisterTableChanges(duckdb::DuckDB& database, std::shared_ptr<Lake> lake) {
  using duckdb::LogicalType;
  duckdb::ExtensionLoader loader(*database.instance, kLakeName);
  duckdb::TableFunction function =
      loader.GetTableFunction(kRowsFunction).functions.GetFunctionByOffset(0);
  auto info = duckdb::make_shared_ptr<TableChangesInfo>();
  info->lake = std::move(lake);
  function.name = kFunction;
  function.bind = Bind;
  function.filter_pushdown = function.filter_prune = false;
  function.function_info = std::move(info);
  function.named_parameters[kAppendsOnly] = LogicalType::BOOLEAN;
  duckdb::TableFunctionSet overloads(kFunction);
  function.arguments = {LogicalType::VARCHAR};
  for (int optional = 0; optional < 3; ++optional) {
    overloads.AddFunction(function);
    function.arguments.push_back(LogicalType::ANY);
  }
  loader.RegisterFunction(std::move(overloads));
}

}  // namespace firn::sql
