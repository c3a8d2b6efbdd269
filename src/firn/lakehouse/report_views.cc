// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/report_views.h"

#include <string_view>

#include "firn/catalog/catalog.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

// In the order in which they build on each other.
struct Definition {
  std::string_view file;
  std::string_view table;  // Without which there is nothing to define.
};
constexpr Definition kDefinitions[] = {{"query_performance.sql", "query_perf"},
                                       {"index_recommendations.sql", "index_advisor"},
                                       {"avg_query_time.sql", "query_perf"},
                                       {"slow_queries.sql", "query_perf"}};

Result<std::string_view> TextOf(std::string_view path) {
  for (const EmbeddedFile& file : query_perf::Files()) {
    if (file.path == path) return file.bytes;
  }
  return Internal("not part of the package", path);
}

}  // namespace

Status DefineReportViews(catalog::Catalog& catalog, sql::Engine& engine) {
  for (const Definition& definition : kDefinitions) {
    FIRN_ASSIGN(const bool exists, catalog.TableExists(ingest::ReportTableName(definition.table)));
    if (!exists) continue;
    FIRN_ASSIGN(const std::string_view sql, TextOf(definition.file));
    FIRN_TRY(engine.Define(sql));
  }
  return Ok();
}

}  // namespace firn::lakehouse
