// SPDX-License-Identifier: Apache-2.0
//
// Position delete files hold (file_path, pos) rows sorted by both (spec, "Position Delete Files").
// One may speak of many data files, so each is read once per scan and kept by data file.

#include "firn/sql/duckdb_position_deletes.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "duckdb/common/multi_file/multi_file_reader.hpp"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/schema.h"

namespace firn::sql {
namespace {

using RowPositions = std::vector<int64_t>;

// Passes the rows of a chunk that are not deleted. DuckDB asks ascending within a row group, but
// several threads take row groups of one file.
class PositionFilter : public duckdb::DeleteFilter {
 public:
  explicit PositionFilter(RowPositions deleted) : deleted_(std::move(deleted)) {}

  duckdb::idx_t Filter(duckdb::row_t start_row_index, duckdb::idx_t count,
                       duckdb::SelectionVector& result) override {
    result.Initialize(count);
    auto next = std::lower_bound(deleted_.begin(), deleted_.end(), start_row_index);
    duckdb::idx_t kept = 0;
    for (duckdb::idx_t i = 0; i < count; ++i) {
      const int64_t row = start_row_index + static_cast<int64_t>(i);
      if (next != deleted_.end() && *next == row) {
        ++next;
      } else {
        result.set_index(kept++, i);
      }
    }
    return kept;
  }

 private:
  RowPositions deleted_;  // Ascending, each once.
};

table::Schema DeleteFileSchema() {
  using table::NestedField;
  using table::Type;
  auto schema = table::Schema::Make(
      table::SchemaId(0),
      {NestedField::Required(duckdb::MultiFileReader::DELETE_FILE_PATH_FIELD_ID, "file_path",
                             Type::String()),
       NestedField::Required(duckdb::MultiFileReader::DELETE_POS_FIELD_ID, "pos", Type::Long())});
  return std::move(schema).value();
}

}  // namespace

Result<std::shared_ptr<const PositionDeletes::Positions>> PositionDeletes::Load(
    const table::DataFile& file) {
  const std::lock_guard lock(mutex_);
  auto& loaded = loaded_[file.file_path];
  if (loaded) return loaded;
  FIRN_ASSIGN(const auto reader, datafile::ReadFile(io_, file, DeleteFileSchema()));
  auto positions = std::make_shared<PositionDeletes::Positions>();
  while (true) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) break;
    const auto& paths = static_cast<const arrow::StringArray&>(*batch->column(0));
    const auto& rows = static_cast<const arrow::Int64Array&>(*batch->column(1));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      (*positions)[io::NormalizeLocation(paths.GetView(i))].push_back(rows.Value(i));
    }
  }
  loaded = std::move(positions);
  return loaded;
}

Result<duckdb::unique_ptr<duckdb::DeleteFilter>> PositionDeletes::FilterFor(
    const table::FileScanTask& task) {
  const std::string path = io::NormalizeLocation(task.file.file_path);
  RowPositions deleted;
  for (const table::DataFile& file : task.deletes) {
    FIRN_ASSIGN(const auto positions, Load(file));
    const auto found = positions->find(path);
    if (found == positions->end()) continue;
    deleted.insert(deleted.end(), found->second.begin(), found->second.end());
  }
  std::ranges::sort(deleted);
  const auto repeated = std::ranges::unique(deleted);
  deleted.erase(repeated.begin(), repeated.end());
  duckdb::unique_ptr<duckdb::DeleteFilter> filter;
  if (!deleted.empty()) filter = duckdb::make_uniq<PositionFilter>(std::move(deleted));
  return filter;
}

}  // namespace firn::sql
