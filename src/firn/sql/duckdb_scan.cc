// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_scan.h"

#include <utility>

#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp"
#include "duckdb/common/multi_file/multi_file_states.hpp"
#include "duckdb/function/partition_stats.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "firn/sql/duckdb_file_list.h"
#include "firn/sql/duckdb_file_reader.h"
#include "firn/sql/duckdb_virtual_columns.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

const LakeFileList& FilesOf(const duckdb::FunctionData& bind_data) {
  return bind_data.Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeFileList>();
}

std::string KeptOf(int64_t kept, int64_t total) {
  return std::to_string(kept) + " of " + std::to_string(total);
}

// What EXPLAIN shows of a scan.
duckdb::InsertionOrderPreservingMap<duckdb::string> Describe(
    duckdb::TableFunctionToStringInput& input) {
  const LakeFileList& files = FilesOf(*input.bind_data);
  const table::ScanPlan& plan = files.Plan();
  duckdb::InsertionOrderPreservingMap<duckdb::string> lines;
  lines["Table"] = files.source().name;
  lines["Snapshot"] = plan.snapshot ? plan.snapshot->ToString() : "none";
  lines["Manifests"] = KeptOf(plan.manifests_kept, plan.manifests_total);
  lines["Files"] = KeptOf(plan.files_kept, plan.files_total);
  lines["Pruned"] = std::to_string(plan.files_total - plan.files_kept) + " files";
  lines["Bytes"] = std::to_string(plan.bytes_kept);
  if (const std::string filter = files.FilterText(); !filter.empty()) lines["Pruned by"] = filter;
  return lines;
}

duckdb::BindInfo TableOf(const duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  duckdb::optional_ptr<duckdb::TableCatalogEntry> entry = FilesOf(*bind_data).entry();
  return entry ? duckdb::BindInfo(*entry) : duckdb::BindInfo(duckdb::ScanType::EXTERNAL);
}

// Rows per file, known without opening it: count(*) needs no scan. Deletes make it unknown.
duckdb::vector<duckdb::PartitionStatistics> CountRows(duckdb::ClientContext& context,
                                                      duckdb::GetPartitionStatsInput& input) {
  static_cast<void>(context);
  duckdb::vector<duckdb::PartitionStatistics> counts;
  duckdb::idx_t row_start = 0;
  for (const table::FileScanTask& task : FilesOf(*input.bind_data).Plan().tasks) {
    if (!task.deletes.empty()) return {};
    duckdb::PartitionStatistics& count = counts.emplace_back();
    count.row_start = row_start;
    count.count = static_cast<duckdb::idx_t>(task.file.record_count);
    count.count_type = duckdb::CountType::COUNT_EXACT;
    row_start += count.count;
  }
  return counts;
}

duckdb::virtual_column_map_t VirtualColumnsOf(
    duckdb::ClientContext& context, duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  static_cast<void>(context);
  auto columns = ScanVirtualColumns(*FilesOf(*bind_data).source().metadata);
  bind_data->Cast<duckdb::MultiFileBindData>().virtual_columns = columns;
  return columns;
}

// Tells whether `expression` reads a virtual column of `scan`.
bool ReadsVirtualColumn(const duckdb::LogicalGet& scan, const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& column = expression.Cast<duckdb::BoundColumnRefExpression>().binding;
    return column.table_index == scan.table_index &&
           scan.GetColumnIds()[column.column_index].IsVirtualColumn();
  }
  bool found = false;
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const duckdb::Expression& child) {
    found = found || ReadsVirtualColumn(scan, child);
  });
  return found;
}

// Prunes files, and lets row groups be pruned. Where a virtual column is filtered, all filters are
// tested above the scan, where such columns are complete: row lineage may be stored or inherited,
// row by row.
void PushFilters(duckdb::ClientContext& context, duckdb::LogicalGet& scan,
                 duckdb::FunctionData* bind_data,
                 duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  for (const auto& filter : filters) {
    if (ReadsVirtualColumn(scan, *filter)) scan.function.filter_pushdown = false;
  }
  scan.function.function_info->Cast<LakeScanInfo>().prune(context, scan, bind_data, filters);
}

duckdb::TableFunction ParquetScan(duckdb::ClientContext& context) {
  auto& entry = duckdb::Catalog::GetEntry<duckdb::TableFunctionCatalogEntry>(
      context, SYSTEM_CATALOG, DEFAULT_SCHEMA, "parquet_scan");
  return entry.functions.GetFunctionByArguments(context, {duckdb::LogicalType::VARCHAR});
}

duckdb::TableFunction LakeScan(duckdb::ClientContext& context,
                               std::shared_ptr<const ScanSource> source) {
  duckdb::TableFunction scan = ParquetScan(context);
  auto info = duckdb::make_shared_ptr<LakeScanInfo>();
  info->source = std::move(source);
  info->prune = scan.pushdown_complex_filter;
  scan.name = "lake_scan";
  scan.function_info = std::move(info);
  scan.get_multi_file_reader = LakeFileReader::Make;
  scan.pushdown_complex_filter = PushFilters;
  scan.get_bind_info = TableOf;
  scan.get_virtual_columns = VirtualColumnsOf;
  scan.get_partition_stats = CountRows;
  scan.to_string = Describe;
  scan.statistics = nullptr;          // Read from one file; a table has many.
  scan.late_materialization = false;  // Would open each file twice.
  scan.get_row_id_columns = nullptr;
  scan.serialize = nullptr;
  scan.deserialize = nullptr;
  return scan;
}

}  // namespace

const table::Schema& ScanSource::plan_schema() const {
  const table::Snapshot* found = snapshot ? metadata->FindSnapshot(*snapshot) : nullptr;
  return found == nullptr ? schema : metadata->SchemaOf(*found);
}

duckdb::TableFunction BindScan(duckdb::ClientContext& context,
                               std::shared_ptr<const ScanSource> source,
                               duckdb::TableCatalogEntry& entry,
                               duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  duckdb::vector<duckdb::Value> inputs = {duckdb::Value(source->name)};
  duckdb::TableFunction scan = LakeScan(context, std::move(source));
  // Without it row groups are skipped by maxima that leave NaN out.
  duckdb::named_parameter_map_t parameters = {{"can_have_nan", duckdb::Value::BOOLEAN(true)}};
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<duckdb::string> names;
  const duckdb::TableFunctionRef no_ref;
  duckdb::TableFunctionBindInput input(inputs, parameters, types, names, nullptr, nullptr, scan,
                                       no_ref);
  bind_data = scan.bind(context, input, types, names);
  bind_data->Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeFileList>().set_entry(entry);
  return scan;
}

}  // namespace firn::sql
