// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/report_tables.h"

#include <array>
#include <utility>
#include <vector>

#include "firn/base/assert.h"
#include "firn/table/partition_spec.h"

namespace firn::ingest {
namespace {

using table::NestedField;
using table::Type;

constexpr std::array<std::string_view, 3> kTables = {"query_perf", "index_advisor",
                                                     "optimization_summary"};

struct Column {
  std::string_view name;
  Type type;
  std::string_view doc;
};

std::vector<Column> QueryPerfColumns() {
  return {{"timestamp", Type::TimestampTz(), "When the query ran"},
          {"query_hash", Type::String(), "Names the query's text"},
          {"query_type", Type::String(), "SELECT, INSERT, ..."},
          {"execution_time_ms", Type::Double(), ""},
          {"rows_examined", Type::Long(), ""},
          {"rows_returned", Type::Long(), ""},
          {"cache_hit", Type::Boolean(), ""},
          {"table_name", Type::String(), ""},
          {"index_used", Type::String(), ""},
          {"cpu_time_ms", Type::Double(), ""},
          {"io_wait_ms", Type::Double(), ""},
          {kDatePartition, Type::Date(), "The day of the report"}};
}

std::vector<Column> IndexAdvisorColumns() {
  return {{"timestamp", Type::TimestampTz(), "When it was recommended"},
          {"table_name", Type::String(), ""},
          {"recommended_index", Type::String(), ""},
          {"query_pattern", Type::String(), ""},
          {"estimated_speedup", Type::Double(), "Times as fast"},
          {"estimated_cost", Type::Double(), ""},
          {"priority", Type::String(), ""},
          {"status", Type::String(), ""},
          {kDatePartition, Type::Date(), "The day of the recommendation"}};
}

std::vector<Column> OptimizationSummaryColumns() {
  return {{"timestamp", Type::TimestampTz(), ""},
          {"event_type", Type::String(), "The section, or the kind of event"},
          {"metric_name", Type::String(), ""},
          {"metric_value", Type::Double(), ""},
          {"metadata", Type::String(), "JSON: units, notes, whatever else the line said"},
          {kDatePartition, Type::Date(), "The day of the event"}};
}

std::vector<Column> ColumnsOf(std::string_view table) {
  if (table == kTables[0]) return QueryPerfColumns();
  return table == kTables[1] ? IndexAdvisorColumns() : OptimizationSummaryColumns();
}

table::Schema MakeSchema(const std::vector<Column>& columns, std::string_view left_out,
                         std::string_view required) {
  std::vector<NestedField> fields;
  int32_t id = 1;
  for (const Column& column : columns) {
    if (column.name == left_out) continue;
    NestedField field = NestedField::Optional(id++, std::string(column.name), column.type);
    field.required = column.name == required;
    field.doc = column.doc;
    fields.push_back(std::move(field));
  }
  auto schema = table::Schema::Make(table::SchemaId(0), std::move(fields));
  FIRN_ASSERT(schema.has_value());
  return std::move(schema).value();
}

}  // namespace

std::span<const std::string_view> ReportTables() {
  return kTables;
}

std::string_view ReportTableOf(ReportKind kind) {
  if (kind == ReportKind::kIndexAdvisor) return kTables[1];
  return kind == ReportKind::kOptimizationSummary ? kTables[2] : kTables[0];
}

catalog::TableName ReportTableName(std::string_view table) {
  return {{"silver"}, std::string(table)};
}

table::Schema ReportSchema(std::string_view table) {
  return MakeSchema(ColumnsOf(table), "", "");
}

table::Schema ReportInputSchema(ReportKind kind) {
  const std::string_view required = kind == ReportKind::kWeekly ? "timestamp" : "";
  return MakeSchema(ColumnsOf(ReportTableOf(kind)), kDatePartition, required);
}

Result<table::NewTable> ReportBlueprint(std::string_view table) {
  table::NewTable blueprint;
  blueprint.schema = ReportSchema(table);
  blueprint.properties = {{"firn.layer", "silver"},
                          {"write.parquet.compression-codec", "zstd"},
                          {"write.metadata.delete-after-commit.enabled", "true"},
                          {"write.metadata.previous-versions-max", "20"}};
  const table::PartitionFieldRequest month{std::string(kDatePartition), table::Transform::Month(),
                                           ""};
  FIRN_ASSIGN(blueprint.spec,
              table::BuildPartitionSpec(table::SpecId(0), blueprint.schema, {month}));
  return blueprint;
}

}  // namespace firn::ingest
