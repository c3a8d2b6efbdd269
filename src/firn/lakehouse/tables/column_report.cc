// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/column_report.h"

#include <algorithm>
#include <string>

#include "firn/catalog/catalog.h"
#include "firn/datafile/column_sizes.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

constexpr size_t kFootersMax = 1000;

std::string Joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<ColumnSizeReport> ColumnSizesOf(catalog::Catalog& catalog, io::FileIO& files,
                                       std::string_view name) {
  FIRN_ASSIGN(const catalog::LoadedTable table, LoadForReport(catalog, name));
  const table::TableMetadata& metadata = *table.metadata;
  table::ScanRequest request;
  request.file_metrics = false;
  FIRN_ASSIGN(const table::ScanPlan plan, table::PlanScan(metadata, request, files));
  ColumnSizeReport report;
  report.table = table.name.ToString();
  report.files = static_cast<int64_t>(plan.tasks.size());
  const size_t step = (plan.tasks.size() + kFootersMax - 1) / kFootersMax;
  datafile::ColumnSizeMap sizes;
  for (size_t at = 0; at < plan.tasks.size(); at += std::max<size_t>(step, 1)) {
    const table::DataFile& file = plan.tasks[at].file;
    if (file.file_format != table::FileFormat::kParquet) continue;
    FIRN_TRY(datafile::AddColumnSizes(files, file, sizes));
    ++report.files_read;
    report.rows += file.record_count;
  }
  for (const auto& [id, size] : sizes) {
    const table::NestedField* field = metadata.schema().FindField(id);
    if (field == nullptr) continue;  // Of a column that was dropped.
    report.columns.push_back({id.value, std::string(metadata.schema().NameOf(id)),
                              field->type.ToString(), size.values, size.plain_bytes,
                              size.encoded_bytes, size.compressed_bytes, Joined(size.codecs),
                              Joined(size.encodings), size.bloom_filter});
  }
  return report;
}

}  // namespace firn::lakehouse
