// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/catalog/table_name.h"
#include "firn/ingest/report/report_name.h"
#include "firn/table/metadata.h"

namespace firn::ingest {

/// The day that a row of any table of the package is of.
inline constexpr std::string_view kDatePartition = "date_partition";

/// The tables of the query_perf package: "query_perf", "index_advisor", "optimization_summary".
std::span<const std::string_view> ReportTables();

/// The table that reports of a kind go to.
std::string_view ReportTableOf(ReportKind kind);

/// `silver.<table>`.
catalog::TableName ReportTableName(std::string_view table);

/// The columns of a table of the package.
table::Schema ReportSchema(std::string_view table);

/// What a table of the package is made of: partitioned by month(date_partition), zstd.
Result<table::NewTable> ReportBlueprint(std::string_view table);

/// The columns that are read from reports of a kind: all but `date_partition`. A weekly report must
/// say when its rows are of.
table::Schema ReportInputSchema(ReportKind kind);

}  // namespace firn::ingest
