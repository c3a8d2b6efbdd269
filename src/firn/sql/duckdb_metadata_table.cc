// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_metadata_table.h"

#include <utility>

#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

struct MetadataScanData : public duckdb::TableFunctionData {
  std::shared_ptr<const MetadataTable> table;
};

struct MetadataScanState : public duckdb::GlobalTableFunctionState {
  std::unique_ptr<MetadataRows> rows;
  duckdb::vector<duckdb::column_t> columns;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> BeginScan(
    duckdb::ClientContext& context, duckdb::TableFunctionInitInput& input) {
  static_cast<void>(context);
  const MetadataTable& table = *input.bind_data->Cast<MetadataScanData>().table;
  auto state = duckdb::make_uniq<MetadataScanState>();
  state->rows = OrThrow(table.open());
  state->columns = input.column_ids;
  return state;
}

void EmitRows(duckdb::ClientContext& context, duckdb::TableFunctionInput& input,
              duckdb::DataChunk& output) {
  static_cast<void>(context);
  auto& state = input.global_state->Cast<MetadataScanState>();
  duckdb::idx_t count = 0;
  for (; count < STANDARD_VECTOR_SIZE && OrThrow(state.rows->Next()); ++count) {
    for (duckdb::idx_t at = 0; at < output.ColumnCount(); ++at) {
      // A query that needs no column asks for the row's number.
      if (duckdb::IsVirtualColumn(state.columns[at])) continue;
      output.SetValue(at, count, state.rows->Get(state.columns[at]));
    }
  }
  output.SetCardinality(count);
}

std::vector<MetadataKind> AllKinds() {
  std::vector<MetadataKind> kinds = HistoryTables();
  for (const MetadataKind& kind : FileTables()) {
    kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace

std::shared_ptr<const MetadataTable> FindMetadataTable(std::string_view suffix,
                                                       std::shared_ptr<const ScanSource> source) {
  for (const MetadataKind& kind : AllKinds()) {
    if (duckdb::StringUtil::CIEquals(std::string(kind.suffix), std::string(suffix))) {
      return std::make_shared<const MetadataTable>(kind.make(std::move(source)));
    }
  }
  return nullptr;
}

std::vector<std::string_view> MetadataTableSuffixes() {
  std::vector<std::string_view> suffixes;
  for (const MetadataKind& kind : AllKinds())
    suffixes.push_back(kind.suffix);
  suffixes.push_back(kPositionDeletesSuffix);
  suffixes.push_back(kChangesSuffix);
  return suffixes;
}

duckdb::TableFunction BindMetadataScan(std::shared_ptr<const MetadataTable> table,
                                       duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  auto data = duckdb::make_uniq<MetadataScanData>();
  data->table = std::move(table);
  bind_data = std::move(data);
  duckdb::TableFunction function("lake_metadata_scan", {}, EmitRows, nullptr, BeginScan);
  function.projection_pushdown = true;
  return function;
}

}  // namespace firn::sql
