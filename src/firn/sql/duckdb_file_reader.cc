// SPDX-License-Identifier: Apache-2.0
//
// DuckDB opens a file, then asks in this order: FinalizeBind (which columns are constant in this
// file), CreateMapping (where the others are in it, and the pushed-down filters in its terms).

#include "firn/sql/duckdb_file_reader.h"

#include <optional>
#include <utility>

#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/filter/expression_filter.hpp"
#include "duckdb/planner/table_filter.hpp"
#include "firn/datafile/scan_deletes.h"
#include "firn/sql/duckdb_delete_filter.h"
#include "firn/sql/duckdb_file_list.h"
#include "firn/sql/duckdb_file_system.h"
#include "firn/sql/duckdb_types.h"
#include "firn/sql/duckdb_virtual_columns.h"
#include "firn/sql/duckdb_wall.h"
#include "firn/table/metadata_columns.h"

namespace firn::sql {
namespace {

using duckdb::LogicalTypeId;
using duckdb::MultiFileColumnDefinition;
using Columns = duckdb::vector<MultiFileColumnDefinition>;

struct ScanState : public duckdb::MultiFileReaderGlobalState {
  explicit ScanState(const LakeFileList& list)
      : MultiFileReaderGlobalState({}, &list),
        files(list),
        deletes(OrThrow(datafile::ScanDeletes::Make(*list.source().io, *list.source().metadata))) {}
  const LakeFileList& files;
  const std::unique_ptr<datafile::ScanDeletes> deletes;
};

// The file that is being opened.
const table::FileScanTask& TaskOf(const duckdb::MultiFileReaderData& reader_data,
                                  const LakeFileList& files) {
  return files.Plan().tasks[reader_data.reader->file_list_idx.GetIndex()];
}

const MultiFileColumnDefinition* FindColumn(const Columns& columns, int32_t field_id) {
  for (const auto& column : columns) {
    if (!column.identifier.IsNull() && column.GetIdentifierFieldId() == field_id) return &column;
  }
  return nullptr;
}

bool HasFieldIds(const Columns& columns) {
  for (const auto& column : columns) {
    if (!column.identifier.IsNull()) return true;
  }
  return columns.empty();
}

// The value a file holds for all its rows of a column partitioned by identity.
std::optional<duckdb::Value> PartitionConstant(const ScanSource& source,
                                               const table::DataFile& file,
                                               const MultiFileColumnDefinition& column) {
  const table::PartitionSpec* spec = source.metadata->FindSpec(file.spec_id);
  if (spec == nullptr) return std::nullopt;
  for (size_t i = 0; i < spec->fields.size() && i < file.partition.size(); ++i) {
    const table::PartitionField& field = spec->fields[i];
    if (field.source_id.value != column.GetIdentifierFieldId() ||
        field.transform.kind() != table::Transform::Kind::kIdentity) {
      continue;
    }
    if (!file.partition[i]) return duckdb::Value(column.type);
    const duckdb::Value value = ToDuckDb(*file.partition[i]);
    return value.DefaultCastAs(column.type);  // The tuple may be older than a promotion.
  }
  return std::nullopt;
}

// Gives the columns of a file without field ids those of the table's columns of equal name, as the
// table's name mapping says (spec, "Name Mapping Serialization").
void AssignIdsByName(const Columns& wanted, Columns& local) {
  for (auto& column : local) {
    for (const auto& candidate : wanted) {
      if (!duckdb::StringUtil::CIEquals(candidate.name, column.name)) continue;
      column.identifier = candidate.identifier;
      if (candidate.type.id() == LogicalTypeId::STRUCT) {
        AssignIdsByName(candidate.children, column.children);
      }
      break;
    }
  }
}

// What can be tested on the values of a file. DuckDB would round a double constant to float to test
// a float column that is double by now: x = 0.1 then finds 0.1f. Such filters run after the
// widening instead. Those on row lineage are left out: they come from joins, which test each row
// themselves.
duckdb::unique_ptr<duckdb::TableFilterSet> SafeFilters(
    const duckdb::TableFilterSet& filters, const Columns& global, const Columns& local,
    const duckdb::vector<duckdb::ColumnIndex>& column_ids) {
  auto safe = duckdb::make_uniq<duckdb::TableFilterSet>();
  for (const auto& [index, filter] : filters.filters) {
    auto copy = filter->Copy();
    const auto column_id = column_ids[index].GetPrimaryIndex();
    if (IsLineageColumn(column_id)) continue;
    if (column_id < global.size() && global[column_id].type.id() == LogicalTypeId::DOUBLE) {
      const auto* column = FindColumn(local, global[column_id].GetIdentifierFieldId());
      if (column != nullptr && column->type.id() == LogicalTypeId::FLOAT) {
        const duckdb::BoundReferenceExpression reference(global[column_id].type, 0ULL);
        copy = duckdb::make_uniq<duckdb::ExpressionFilter>(filter->ToExpression(reference));
      }
    }
    safe->filters.emplace(index, std::move(copy));
  }
  return safe;
}

}  // namespace

LakeFileReader::LakeFileReader(std::shared_ptr<const ScanSource> source)
    : source_(std::move(source)) {
  for (const table::NestedField& column : table::LineageColumns()) {
    auto& definition = lineage_.emplace_back(column.name, duckdb::LogicalType::BIGINT);
    definition.identifier = duckdb::Value::INTEGER(column.id.value);
  }
}

duckdb::unique_ptr<duckdb::MultiFileReader> LakeFileReader::Make(
    const duckdb::TableFunction& function) {
  return duckdb::make_uniq<LakeFileReader>(function.function_info->Cast<LakeScanInfo>().source);
}

duckdb::shared_ptr<duckdb::MultiFileList> LakeFileReader::CreateFileList(
    duckdb::ClientContext& context, const duckdb::vector<duckdb::string>& paths,
    const duckdb::FileGlobInput& glob_input) {
  static_cast<void>(context);
  static_cast<void>(paths);
  static_cast<void>(glob_input);
  return duckdb::make_shared_ptr<LakeFileList>(source_, table::Expression::True(), nullptr);
}

bool LakeFileReader::Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
                          duckdb::vector<duckdb::LogicalType>& return_types,
                          duckdb::vector<duckdb::string>& names,
                          duckdb::MultiFileReaderBindData& bind_data) {
  static_cast<void>(files);
  options.auto_detect_hive_partitioning = false;
  bind_data.schema = OrThrow(ToColumns(source_->schema));
  bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_FIELD_ID;
  for (const auto& column : bind_data.schema) {
    return_types.push_back(column.type);
    names.push_back(column.name);
  }
  return true;
}

duckdb::unique_ptr<duckdb::MultiFileReaderGlobalState> LakeFileReader::InitializeGlobalState(
    duckdb::ClientContext& context, const duckdb::MultiFileOptions& file_options,
    const duckdb::MultiFileReaderBindData& bind_data, const duckdb::MultiFileList& file_list,
    const duckdb::vector<MultiFileColumnDefinition>& global_columns,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids) {
  static_cast<void>(context);
  static_cast<void>(file_options);
  static_cast<void>(bind_data);
  static_cast<void>(global_columns);
  static_cast<void>(global_column_ids);
  return duckdb::make_uniq<ScanState>(file_list.Cast<LakeFileList>());
}

void LakeFileReader::FinalizeBind(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileOptions& file_options,
    const duckdb::MultiFileReaderBindData& options,
    const duckdb::vector<MultiFileColumnDefinition>& global_columns,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids, duckdb::ClientContext& context,
    duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> global_state) {
  static_cast<void>(file_options);
  static_cast<void>(options);
  static_cast<void>(context);
  auto& state = global_state->Cast<ScanState>();
  duckdb::BaseFileReader& reader = *reader_data.reader;
  const table::FileScanTask& task = TaskOf(reader_data, state.files);
  if (!HasFieldIds(reader.columns)) AssignIdsByName(global_columns, reader.columns);
  for (size_t i = 0; i < global_column_ids.size(); ++i) {
    const auto column_id = global_column_ids[i].GetPrimaryIndex();
    std::optional<duckdb::Value> constant;
    if (column_id >= global_columns.size()) {
      constant = VirtualConstant(*source_->metadata, task, column_id, reader.columns);
    } else if (!HoldsField(reader.columns, global_columns[column_id].GetIdentifierFieldId())) {
      constant = PartitionConstant(*source_, task.file, global_columns[column_id]);
    }
    if (constant) {
      reader_data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), *std::move(constant));
    }
  }
  reader.deletion_filter =
      MakeDeleteFilter(OrThrow(state.deletes->For(task, state.files.Plan().schema)));
}

duckdb::ReaderInitializeType LakeFileReader::CreateMapping(
    duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
    const duckdb::vector<MultiFileColumnDefinition>& global_columns,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
    duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::MultiFileList& multi_file_list,
    const duckdb::MultiFileReaderBindData& bind_data,
    const duckdb::virtual_column_map_t& virtual_columns,
    duckdb::MultiFileColumnMappingMode mapping_mode) {
  duckdb::unique_ptr<duckdb::TableFilterSet> safe;
  if (filters) {
    safe = SafeFilters(*filters, global_columns, reader_data.reader->columns, global_column_ids);
    filters = safe.get();
  }
  const Columns local = reader_data.reader->columns;  // Mapping adds to them.
  const auto initialized = MultiFileReader::CreateMapping(
      context, reader_data, global_columns, global_column_ids, filters, multi_file_list, bind_data,
      virtual_columns, mapping_mode);
  if (initialized == duckdb::ReaderInitializeType::INITIALIZED) {
    const auto& task = TaskOf(reader_data, multi_file_list.Cast<LakeFileList>());
    InheritLineage(context, task, global_column_ids, local, reader_data);
  }
  return initialized;
}

// Lineage columns are references to what the file stores, or else positions, until they are
// completed; so is _pos.
duckdb::unique_ptr<duckdb::Expression> LakeFileReader::GetVirtualColumnExpression(
    duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
    const Columns& local_columns, duckdb::idx_t& column_id, const duckdb::LogicalType& type,
    duckdb::MultiFileLocalIndex local_index,
    duckdb::optional_ptr<MultiFileColumnDefinition>& global_column_reference) {
  const std::optional<int32_t> field_id = StoredFieldId(column_id);
  if (field_id && HoldsField(local_columns, *field_id)) {
    for (MultiFileColumnDefinition& column : lineage_) {
      if (column.GetIdentifierFieldId() == *field_id) global_column_reference = column;
    }
    return nullptr;
  }
  column_id = COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
  return MultiFileReader::GetVirtualColumnExpression(context, reader_data, local_columns, column_id,
                                                     type, local_index, global_column_reference);
}

duckdb::unique_ptr<duckdb::MultiFileReader> LakeFileReader::Copy() const {
  return duckdb::make_uniq<LakeFileReader>(source_);
}

}  // namespace firn::sql
