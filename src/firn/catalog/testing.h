// SPDX-License-Identifier: Apache-2.0
//
// Tables and catalogs for tests; include only from tests.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"
#include "firn/table/append.h"
#include "firn/table/data_file.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/nested_field.h"
#include "firn/table/operation.h"
#include "firn/table/overwrite.h"
#include "firn/table/scan.h"

namespace firn::catalog {

/// A table of one column, `id long`.
inline table::NewTable TableOfIds(Properties properties = {}) {
  table::NewTable made;
  made.schema = table::Schema::Make(table::SchemaId(0),
                                    {table::NestedField::Required(1, "id", table::Type::Long())})
                    .value();
  made.properties = std::move(properties);
  return made;
}

/// A data file that says of itself it holds one row. Its contents are never read.
inline table::DataFile FileNamed(const LoadedTable& table, const std::string& name) {
  table::DataFile file;
  file.file_path = io::JoinLocation(table.metadata->location, "data/" + name);
  file.spec_id = table.metadata->default_spec_id;
  file.record_count = 1;
  file.file_size_bytes = 100;
  return file;
}

/// The names of the data files a reader of `table` finds, sorted.
inline Result<std::vector<std::string>> FilesOf(const LoadedTable& table, io::FileIO& files) {
  std::vector<std::string> names;
  if (table.metadata->current_snapshot() == nullptr) return names;
  FIRN_ASSIGN(const auto live,
              table::LiveFiles(*table.metadata, *table.metadata->current_snapshot(), files));
  for (const table::ManifestEntry& entry : live) {
    names.emplace_back(io::FileNameOf(entry.file.file_path));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The same of the table as the catalog has it now.
inline Result<std::vector<std::string>> FilesOf(Catalog& catalog, const TableName& name,
                                                io::FileIO& files) {
  FIRN_ASSIGN(const auto table, catalog.LoadTable(name));
  return FilesOf(table, files);
}

/// Appends one file of that name to a table.
inline PendingChange Append(const LoadedTable& table, const std::string& file) {
  return {table.name, table::FastAppend({FileNamed(table, file)})};
}

/// A catalog of either kind over files in memory, with the namespace "ns".
class CatalogFixture : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    catalog_ = MakeCatalog(files_);
    ASSERT_THAT(catalog_->CreateNamespace({"ns"}), IsOk());
  }

  /// Every call opens the same SQLite file, but makes a new memory catalog.
  std::unique_ptr<Catalog> MakeCatalog(io::FileIO& files) {
    if (GetParam() == "memory") return MakeMemoryCatalog(kWarehouse, files, env_);
    auto opened = OpenSqliteCatalog(folder_.path() + "/catalog.db", kWarehouse, files, env_);
    EXPECT_THAT(opened, IsOk());
    return std::move(opened).value();
  }

  LoadedTable MakeTable(const std::string& name, Properties properties = {}) {
    auto made = catalog_->CreateTable({{"ns"}, name}, TableOfIds(std::move(properties)));
    EXPECT_THAT(made, IsOk());
    return std::move(made).value();
  }

  static constexpr char kWarehouse[] = "file:///warehouse";

  FixedEnv env_;
  io::TemporaryFolder folder_;
  io::MemoryFileIO files_;
  std::unique_ptr<Catalog> catalog_;
};

#define FIRN_FOR_EVERY_CATALOG(Suite)                                         \
  INSTANTIATE_TEST_SUITE_P(All, Suite, ::testing::Values("memory", "sqlite"), \
                           [](const auto& kind) { return kind.param; })

}  // namespace firn::catalog
