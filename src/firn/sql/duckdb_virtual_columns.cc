// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_virtual_columns.h"

#include <array>
#include <string_view>
#include <utility>

#include "duckdb/common/multi_file/multi_file_reader.hpp"
#include "duckdb/function/function_binder.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "firn/sql/duckdb_typed_field.h"
#include "firn/table/metadata_columns.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::MultiFileReader;
using Columns = duckdb::vector<duckdb::MultiFileColumnDefinition>;
using ExpressionPtr = duckdb::unique_ptr<duckdb::Expression>;

// Ids of our own among DuckDB's virtual columns, which begin at 2^63.
constexpr duckdb::column_t kFirst = (uint64_t{1} << 63) + 4096;
constexpr duckdb::column_t kFile = kFirst;
constexpr duckdb::column_t kPosition = kFirst + 1;
constexpr duckdb::column_t kSpecId = kFirst + 2;
constexpr duckdb::column_t kRowId = kFirst + 3;
constexpr duckdb::column_t kLastUpdated = kFirst + 4;
constexpr duckdb::column_t kPartition = kFirst + 5;

duckdb::Value BigintOrNull(const std::optional<int64_t>& value) {
  return value ? duckdb::Value::BIGINT(*value) : duckdb::Value(LogicalType::BIGINT);
}

// The position of each row in its file, as one more column that the reader gives.
ExpressionPtr AddRowNumber(duckdb::BaseFileReader& reader) {
  const duckdb::MultiFileLocalColumnId id(reader.columns.size());
  const duckdb::idx_t place = reader.column_ids.size();
  reader.columns.emplace_back("file_row_number", LogicalType::BIGINT);
  reader.AddVirtualColumn(MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER);
  reader.column_ids.push_back(id);
  reader.column_indexes.emplace_back(id.GetId());
  return duckdb::make_uniq<duckdb::BoundReferenceExpression>(LogicalType::BIGINT, place);
}

ExpressionPtr Plus(duckdb::ClientContext& context, int64_t constant, ExpressionPtr expression) {
  duckdb::vector<ExpressionPtr> sides;
  sides.push_back(
      duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value::BIGINT(constant)));
  sides.push_back(std::move(expression));
  duckdb::ErrorData error;
  auto sum = duckdb::FunctionBinder(context).BindScalarFunction(
      DEFAULT_SCHEMA, "+", std::move(sides), error, true, nullptr);
  if (error.HasError()) error.Throw();
  return sum;
}

ExpressionPtr FirstOf(ExpressionPtr stored, ExpressionPtr inherited) {
  auto coalesce = duckdb::make_uniq<duckdb::BoundOperatorExpression>(
      duckdb::ExpressionType::OPERATOR_COALESCE, LogicalType::BIGINT);
  coalesce->children.push_back(std::move(stored));
  coalesce->children.push_back(std::move(inherited));
  return coalesce;
}

}  // namespace

duckdb::virtual_column_map_t ScanVirtualColumns(const table::TableMetadata& metadata) {
  duckdb::virtual_column_map_t columns;
  const auto add = [&](duckdb::column_t id, const char* name, LogicalType type) {
    columns.emplace(id, duckdb::TableColumn(name, std::move(type)));
  };
  add(MultiFileReader::COLUMN_IDENTIFIER_FILENAME, "filename", LogicalType::VARCHAR);
  add(MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER, "file_row_number", LogicalType::BIGINT);
  add(duckdb::COLUMN_IDENTIFIER_EMPTY, "", LogicalType::BOOLEAN);
  add(kFile, "_file", LogicalType::VARCHAR);
  add(kPosition, "_pos", LogicalType::BIGINT);
  add(kSpecId, "_spec_id", LogicalType::INTEGER);
  if (const auto fields = PartitionFields(metadata); !fields.empty()) {
    add(kPartition, "_partition", StructOf(fields));
  }
  add(kRowId, "_row_id", LogicalType::BIGINT);
  add(kLastUpdated, "_last_updated_sequence_number", LogicalType::BIGINT);
  return columns;
}

bool IsLineageColumn(duckdb::column_t column) {
  return column == kRowId || column == kLastUpdated;
}

std::optional<int32_t> StoredFieldId(duckdb::column_t column) {
  if (column == kRowId) return table::kRowIdColumn.value;
  if (column == kLastUpdated) return table::kLastUpdatedColumn.value;
  return std::nullopt;
}

bool HoldsField(const Columns& local, int32_t field_id) {
  for (const auto& column : local) {
    if (!column.identifier.IsNull() && column.GetIdentifierFieldId() == field_id) return true;
  }
  return false;
}

std::optional<duckdb::Value> VirtualConstant(const table::TableMetadata& metadata,
                                             const table::FileScanTask& task,
                                             duckdb::column_t column, const Columns& local) {
  if (column == kFile || column == MultiFileReader::COLUMN_IDENTIFIER_FILENAME) {
    return duckdb::Value(task.file.file_path);
  }
  if (column == kPartition) {
    return PartitionValue(PartitionFields(metadata), metadata, task.file);
  }
  if (column == kSpecId) return duckdb::Value::INTEGER(task.file.spec_id.value);
  if (!IsLineageColumn(column)) return std::nullopt;
  if (!task.file.first_row_id) return BigintOrNull(std::nullopt);
  if (column == kLastUpdated && !HoldsField(local, table::kLastUpdatedColumn.value)) {
    return BigintOrNull(task.sequence_number.value);
  }
  return std::nullopt;
}

void InheritLineage(duckdb::ClientContext& context, const table::FileScanTask& task,
                    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
                    const Columns& local, duckdb::MultiFileReaderData& reader_data) {
  if (!task.file.first_row_id) return;  // Constants, null.
  const bool stores_ids = HoldsField(local, table::kRowIdColumn.value);
  const bool stores_updates = HoldsField(local, table::kLastUpdatedColumn.value);
  for (size_t i = 0; i < global_column_ids.size(); ++i) {
    const duckdb::column_t column = global_column_ids[i].GetPrimaryIndex();
    ExpressionPtr& value = reader_data.expressions[i];
    if (column == kRowId && stores_ids) {
      value = FirstOf(std::move(value),
                      Plus(context, *task.file.first_row_id, AddRowNumber(*reader_data.reader)));
    } else if (column == kRowId) {
      value = Plus(context, *task.file.first_row_id, std::move(value));
    } else if (column == kLastUpdated && stores_updates) {
      value = FirstOf(std::move(value), duckdb::make_uniq<duckdb::BoundConstantExpression>(
                                            duckdb::Value::BIGINT(task.sequence_number.value)));
    }
  }
}

}  // namespace firn::sql
