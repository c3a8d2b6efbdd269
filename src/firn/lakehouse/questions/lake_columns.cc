// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/lake_columns.h"

#include <utility>

#include "firn/catalog/catalog.h"
#include "firn/datafile/scan_reader.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {

Status ForEachBatch(catalog::Catalog& catalog, io::FileIO& files, const ColumnScan& scan,
                    const std::function<Status(const arrow::RecordBatch&)>& take) {
  FIRN_ASSIGN(const catalog::TableName name, catalog::TableName::Parse(scan.table));
  const auto loaded = catalog.LoadTable(name);
  if (!loaded.has_value() && loaded.error().kind == ErrorKind::kNotFound) return Ok();
  FIRN_TRY(loaded);
  const table::TableMetadata& metadata = *loaded->metadata;
  table::ScanRequest request;
  request.columns = scan.columns;
  request.filter = scan.filter;
  FIRN_ASSIGN(auto plan, table::PlanScan(metadata, request, files));
  datafile::ScanReadOptions options;
  options.batch_rows = 16 * 1024;
  FIRN_ASSIGN(const auto reader,
              datafile::ScanReader::Open(files, metadata, std::move(plan), options));
  while (true) {
    FIRN_ASSIGN(const auto rows, reader->Next());
    if (rows == nullptr) return Ok();
    FIRN_TRY(take(*rows));
  }
}

}  // namespace firn::lakehouse
