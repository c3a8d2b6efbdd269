// SPDX-License-Identifier: Apache-2.0
//
// How one data file becomes rows of its table. Private to the room.
#pragma once

#include <memory>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_reader.hpp"
#include "duckdb/function/table_function.hpp"
#include "firn/sql/duckdb_scan.h"

namespace firn::sql {

/// Carries the source from the table function to the reader it makes.
struct LakeScanInfo : public duckdb::TableFunctionInfo {
  std::shared_ptr<const ScanSource> source;
  duckdb::table_function_pushdown_complex_filter_t prune = nullptr;  ///< DuckDB's own.
};

/// Maps files to the source's schema by field id (spec, "Column Projection"): absent columns are
/// the file's identity partition value, else the initial default, else null.
class LakeFileReader : public duckdb::MultiFileReader {
 public:
  using Columns = duckdb::vector<duckdb::MultiFileColumnDefinition>;

  explicit LakeFileReader(std::shared_ptr<const ScanSource> source);

  /// Makes the reader of a function whose `function_info` is a `LakeScanInfo`.
  static duckdb::unique_ptr<duckdb::MultiFileReader> Make(const duckdb::TableFunction& function);

  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(
      duckdb::ClientContext& context, const duckdb::vector<duckdb::string>& paths,
      const duckdb::FileGlobInput& glob_input) override;
  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
            duckdb::vector<duckdb::LogicalType>& return_types,
            duckdb::vector<duckdb::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override;
  duckdb::unique_ptr<duckdb::MultiFileReaderGlobalState> InitializeGlobalState(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& file_options,
      const duckdb::MultiFileReaderBindData& bind_data, const duckdb::MultiFileList& file_list,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
      const duckdb::vector<duckdb::ColumnIndex>& global_column_ids) override;
  void FinalizeBind(duckdb::MultiFileReaderData& reader_data,
                    const duckdb::MultiFileOptions& file_options,
                    const duckdb::MultiFileReaderBindData& options,
                    const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
                    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
                    duckdb::ClientContext& context,
                    duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> global_state) override;
  duckdb::ReaderInitializeType CreateMapping(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
      const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
      duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::MultiFileList& multi_file_list,
      const duckdb::MultiFileReaderBindData& bind_data,
      const duckdb::virtual_column_map_t& virtual_columns,
      duckdb::MultiFileColumnMappingMode mapping_mode) override;
  duckdb::unique_ptr<duckdb::Expression> GetVirtualColumnExpression(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& local_columns,
      duckdb::idx_t& column_id, const duckdb::LogicalType& type,
      duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& global_column_reference) override;
  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override;

  using duckdb::MultiFileReader::CreateFileList;
  using duckdb::MultiFileReader::CreateMapping;

 private:
  std::shared_ptr<const ScanSource> source_;
  Columns lineage_;  // How files that store row lineage name its columns.
};

}  // namespace firn::sql
