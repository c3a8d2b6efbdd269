// SPDX-License-Identifier: Apache-2.0
//
// The columns that a scan offers beside the table's own. Private to the room.
#pragma once

#include <optional>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_states.hpp"
#include "duckdb/common/table_column.hpp"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::sql {

/// filename, file_row_number, and Iceberg's metadata columns: _file, _pos, _spec_id, _partition (of
/// tables that were ever partitioned), _row_id, _last_updated_sequence_number. They are selected by
/// name only.
duckdb::virtual_column_map_t ScanVirtualColumns(const table::TableMetadata& metadata);

/// Tells whether `column` is one of row lineage, whose value may be stored or inherited, row by
/// row: filters on it cannot be tested on what is stored.
bool IsLineageColumn(duckdb::column_t column);

/// The value of a virtual column that is the same for all rows of a file.
std::optional<duckdb::Value> VirtualConstant(
    const table::TableMetadata& metadata, const table::FileScanTask& task, duckdb::column_t column,
    const duckdb::vector<duckdb::MultiFileColumnDefinition>& local);

/// The field id under which a file may store `column`; unset for other columns.
std::optional<int32_t> StoredFieldId(duckdb::column_t column);

/// Tells whether the file's columns hold `field_id`.
bool HoldsField(const duckdb::vector<duckdb::MultiFileColumnDefinition>& local, int32_t field_id);

/// Completes the lineage columns once the columns of a file are mapped: where a row stores none,
/// its id is the file's first row id plus its position, and it was last updated by the file's
/// commit (spec, "Row Lineage").
void InheritLineage(duckdb::ClientContext& context, const table::FileScanTask& task,
                    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
                    const duckdb::vector<duckdb::MultiFileColumnDefinition>& local,
                    duckdb::MultiFileReaderData& reader_data);

}  // namespace firn::sql
