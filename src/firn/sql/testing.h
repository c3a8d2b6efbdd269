// SPDX-License-Identifier: Apache-2.0
//
// A lake in memory for tests of SQL; include only from tests.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/testing.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/datafile/delete_writer.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"
#include "firn/sql/engine.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/operation.h"
#include "firn/table/overwrite.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/row_delta.h"
#include "firn/table/scan.h"

namespace firn::sql {

/// How an empty table is made.
struct TestTable {
  std::vector<table::NestedField> fields;
  std::vector<table::PartitionFieldRequest> partition;
  int format_version = 2;
};

/// A catalog, its files and an engine, all in memory, with a clock that stands still.
class TestLake {
 public:
  TestLake()
      : catalog_(catalog::MakeMemoryCatalog("file:///warehouse", files_, env_)),
        engine_(Engine::Open(*catalog_, files_, env_, Options()).value()) {}

  Engine& engine() { return *engine_; }
  catalog::Catalog& catalog() { return *catalog_; }
  io::MemoryFileIO& files() { return files_; }
  FixedEnv& env() { return env_; }

  static catalog::TableName Name(std::string_view name) {
    return catalog::TableName::Parse(name).value();
  }

  Status Create(std::string_view name, const TestTable& made) {
    const catalog::TableName table = Name(name);
    FIRN_ASSIGN(const bool exists, catalog_->NamespaceExists(table.levels));
    if (!exists) FIRN_TRY(catalog_->CreateNamespace(table.levels));
    table::NewTable fresh;
    FIRN_ASSIGN(fresh.schema, table::Schema::Make(table::SchemaId(0), made.fields));
    FIRN_ASSIGN(fresh.spec,
                table::BuildPartitionSpec(table::SpecId(0), fresh.schema, made.partition));
    fresh.properties["format-version"] = std::to_string(made.format_version);
    FIRN_TRY(catalog_->CreateTable(table, fresh));
    return Ok();
  }

  /// Writes the rows of `select` as new data files of the table, without committing them.
  Result<std::vector<table::DataFile>> Write(std::string_view name, std::string_view select,
                                             const datafile::WriterOptions& options = {}) {
    FIRN_ASSIGN(const auto loaded, catalog_->LoadTable(Name(name)));
    FIRN_ASSIGN(const auto writer, datafile::TableWriter::Open(*loaded.metadata, loaded.name.name,
                                                               files_, env_, options));
    FIRN_ASSIGN(const auto stream, engine_->Query(select));
    while (true) {
      FIRN_ASSIGN(const auto batch, stream->Next());
      if (batch == nullptr) return writer->Close();
      FIRN_TRY(writer->Write(batch));
    }
  }

  Status Append(std::string_view name, std::string_view select,
                table::SnapshotOptions options = {}) {
    FIRN_ASSIGN(auto written, Write(name, select));
    return Commit(name, table::MergeAppend(std::move(written), std::move(options)));
  }

  /// Deletes the rows that match `condition` without writing their files again: by position delete
  /// files (v2) or deletion vectors. Adds the rows of `added`, where given, in the same commit;
  /// they keep their row ids if it selects _row_id.
  Status Delete(std::string_view name, const std::string& condition, std::string_view added = {}) {
    FIRN_ASSIGN(const auto loaded, catalog_->LoadTable(Name(name)));
    FIRN_ASSIGN(const auto plan, table::PlanScan(*loaded.metadata, {}, files_));
    FIRN_ASSIGN(const auto writer,
                datafile::DeleteWriter::Open(*loaded.metadata, loaded.name.name, files_, env_));
    for (const table::FileScanTask& task : plan.tasks) {
      FIRN_ASSIGN(const auto rows,
                  Rows("SELECT _pos FROM " + std::string(name) + " WHERE _file = '" +
                       task.file.file_path + "' AND (" + condition + ")"));
      datafile::PositionBitmap positions;
      for (const std::string& position : rows)
        positions.Add(std::stoll(position));
      if (!rows.empty()) FIRN_TRY(writer->Delete(task.file, positions, task.deletes));
    }
    FIRN_ASSIGN(const datafile::WrittenDeletes written, writer->Close());
    table::RowDeltaChange change;
    change.added_deletes = written.added;
    change.removed_deletes = written.replaced;
    change.validation.from = loaded.metadata->current_snapshot_id;
    if (!added.empty()) {
      datafile::WriterOptions options;
      options.row_lineage = added.find("_row_id") != std::string_view::npos;
      FIRN_ASSIGN(change.added, Write(name, added, options));
    }
    return Commit(name, table::RowDelta(std::move(change)));
  }

  /// Writes all rows again, in new files; changes none.
  Status Rewrite(std::string_view name) {
    FIRN_ASSIGN(const auto loaded, catalog_->LoadTable(Name(name)));
    FIRN_ASSIGN(const auto plan, table::PlanScan(*loaded.metadata, {}, files_));
    table::FileRewrite rewrite;
    for (const table::FileScanTask& task : plan.tasks)
      rewrite.removed.push_back(task.file);
    datafile::WriterOptions options;
    options.row_lineage = loaded.metadata->rules().row_lineage;
    const std::string lineage =
        options.row_lineage ? ", _row_id, _last_updated_sequence_number" : "";
    FIRN_ASSIGN(rewrite.added,
                Write(name, "SELECT *" + lineage + " FROM " + std::string(name), options));
    rewrite.planned_on = *loaded.metadata->current_snapshot_id;
    return Commit(name, table::RewriteFiles(std::move(rewrite)));
  }

  Status Commit(std::string_view name, std::unique_ptr<table::Operation> operation) {
    env_.Advance(Millis{1000});
    FIRN_TRY(catalog::CommitOperation(*catalog_, files_, env_, Name(name), std::move(operation)));
    return Ok();
  }

  Status Evolve(std::string_view name, std::function<void(table::SchemaUpdate&)> edit) {
    return Commit(name, table::UpdateSchema(std::move(edit)));
  }

  Result<table::SnapshotId> Snapshot(std::string_view name) {
    FIRN_ASSIGN(const auto loaded, catalog_->LoadTable(Name(name)));
    if (!loaded.metadata->current_snapshot_id) return NotFound("empty table", name);
    return *loaded.metadata->current_snapshot_id;
  }

  /// The rows of a query, each a text of its values joined with '|', null as NULL.
  Result<std::vector<std::string>> Rows(std::string_view sql) {
    FIRN_ASSIGN(const auto stream, engine_->Query(sql));
    FIRN_ASSIGN(const auto batches, ReadAll(*stream));
    std::vector<std::string> rows;
    for (const auto& batch : batches) {
      for (int64_t row = 0; row < batch->num_rows(); ++row)
        rows.push_back(RowText(*batch, row));
    }
    return rows;
  }

 private:
  static EngineOptions Options() {
    EngineOptions options;
    options.warehouse = "file:///warehouse";
    return options;
  }

  static std::string RowText(const arrow::RecordBatch& batch, int64_t row) {
    std::string text;
    for (int column = 0; column < batch.num_columns(); ++column) {
      const auto value = batch.column(column)->GetScalar(row).ValueOrDie();
      if (column > 0) text += '|';
      text += value->is_valid ? value->ToString() : "NULL";
    }
    return text;
  }

  FixedEnv env_;
  io::MemoryFileIO files_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace firn::sql
