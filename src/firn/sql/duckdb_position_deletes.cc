// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_position_deletes.h"

#include <string>
#include <utility>
#include <vector>

#include "firn/datafile/position_deletes_reader.h"

namespace firn::sql {

Result<std::shared_ptr<const RowsSource>> PositionDeletesOf(
    std::shared_ptr<const ScanSource> table) {
  auto rows = std::make_shared<RowsSource>();
  FIRN_ASSIGN(rows->schema, datafile::PositionDeletesLayout(*table->metadata));
  rows->open_columns = [table = std::move(table)](const std::vector<std::string>& columns)
      -> Result<std::unique_ptr<datafile::BatchReader>> {
    FIRN_ASSIGN(auto reader, datafile::PositionDeletesReader::Open(*table->io, *table->metadata,
                                                                   table->snapshot, columns));
    return std::unique_ptr<datafile::BatchReader>(std::move(reader));
  };
  return std::shared_ptr<const RowsSource>(std::move(rows));
}

}  // namespace firn::sql
