// SPDX-License-Identifier: Apache-2.0
//
// A lake in memory and its source files; include only from tests.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/datafile/scan_reader.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/ingest_run.h"
#include "firn/ingest/user_table.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"
#include "firn/table/nested_field.h"
#include "firn/table/scan.h"

namespace firn::ingest {

/// A lake with the table `silver.events(id long required, name string)`.
class TestLake {
 public:
  TestLake() : lake_io_(lake_files_) {
    catalog_ = catalog::MakeMemoryCatalog("file:///lake", lake_io_, env_);
  }

  void MakeTable() {
    ASSERT_THAT(catalog_->CreateNamespace({"silver"}), IsOk());
    table::NewTable blueprint;
    blueprint.schema =
        table::Schema::Make(table::SchemaId(0),
                            {table::NestedField::Required(1, "id", table::Type::Long()),
                             table::NestedField::Optional(2, "name", table::Type::String())})
            .value();
    ASSERT_THAT(catalog_->CreateTable(target(), blueprint), IsOk());
  }

  static catalog::TableName target() { return {{"silver"}, "events"}; }

  /// Puts a source file in place; each change is three seconds after the last.
  void Put(const std::string& path, const std::string& bytes) {
    source_io_.Replace(io::FileLocation(path), bytes);
    files_[path] = {path, static_cast<int64_t>(bytes.size()), env_.Now(), 0};
    env_.Advance(Millis{3000});
  }
  void Append(const std::string& path, const std::string& bytes) {
    const auto before = source_io_.ReadAll(io::FileLocation(path), 1 << 30);
    Put(path, before.value() + bytes);
  }

  /// What a walk over all source files finds.
  Discovery Walk() {
    Discovery found;
    found.began_at = env_.Now();
    for (const auto& [path, file] : files_)
      found.files.push_back(file);
    return found;
  }

  UserTableOptions Options(FileFormat format, const std::string& run_id = "run-1") const {
    UserTableOptions options;
    options.format = format;
    options.ingest.target = target();
    options.ingest.machine = "here";
    options.ingest.run_id = run_id;
    return options;
  }

  IngestContext context() {
    return {*catalog_, lake_io_, source_io_, env_, obs::NoLog(), obs::NoProgress()};
  }

  Result<UserTableReport> Ingest(const UserTableOptions& options) {
    return IngestIntoTable(context(), Walk(), options);
  }

  /// The rows of a table, each as "value|value", sorted; empty where there is no such table.
  std::vector<std::string> Rows(const catalog::TableName& name) {
    std::vector<std::string> out;
    const auto table = catalog_->LoadTable(name);
    if (!table) return out;
    auto plan = table::PlanScan(*table->metadata, {}, lake_io_);
    EXPECT_THAT(plan, IsOk());
    if (!plan) return out;
    auto reader = datafile::ScanReader::Open(lake_io_, *table->metadata, std::move(*plan));
    EXPECT_THAT(reader, IsOk());
    while (reader) {
      const auto batch = (*reader)->Next();
      EXPECT_THAT(batch, IsOk());
      if (!batch || *batch == nullptr) break;
      for (int64_t row = 0; row < (*batch)->num_rows(); ++row)
        out.push_back(RowText(**batch, row));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<std::string> Rows() { return Rows(target()); }

  size_t SnapshotCount(const catalog::TableName& name) {
    const auto table = catalog_->LoadTable(name);
    return table ? table->metadata->snapshots.size() : 0;
  }

  catalog::Catalog& catalog() { return *catalog_; }
  io::ForwardingFileIO& lake_io() { return lake_io_; }
  io::MemoryFileIO& lake_files() { return lake_files_; }
  io::MemoryFileIO& source_io() { return source_io_; }
  FixedEnv& env() { return env_; }

 private:
  static std::string RowText(const arrow::RecordBatch& batch, int64_t row) {
    std::string text;
    for (const auto& column : batch.columns()) {
      const auto value = column->GetScalar(row);
      text += (text.empty() ? "" : "|") + (value.ok() ? (*value)->ToString() : "?");
    }
    return text;
  }

  FixedEnv env_;
  io::MemoryFileIO lake_files_;
  io::MemoryFileIO source_io_;
  io::ForwardingFileIO lake_io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::map<std::string, FoundFile> files_;
};

}  // namespace firn::ingest
