// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/pipeline/package.h"
#include "firn/table/metadata.h"
#include "firn/table/schema.h"
#include "firn/table/type.h"

namespace firn::pipeline {

/// Reads a type as headers write it: Iceberg's primitive names, and nested types as
/// "list<string>", "map<string, long>", "struct<a: int!, b: list<string>>" ("!" = required).
/// Field ids count on from `next_id`. Errors: `kInvalidArgument`.
Result<table::Type> ParseColumnType(std::string_view text, int32_t& next_id);

/// Builds the schema that the columns of a header describe, with fresh ids.
/// Errors: `kInvalidArgument` naming the column.
Result<table::Schema> BuildSchema(const std::vector<ColumnSpec>& columns);

/// Builds the partition spec of "platform", "month(date)", "bucket(16, user_id)",
/// "truncate(4, name)" on `schema`.
Result<table::PartitionSpec> BuildPartitions(const table::Schema& schema,
                                             const std::vector<std::string>& fields);

/// Builds the sort order of "date", "user_id desc" on `schema`.
Result<table::SortOrder> BuildSortOrder(const table::Schema& schema,
                                        const std::vector<std::string>& fields);

/// Describes the table of a model: schema (`native_schema` where the header names no columns),
/// partitions at `scale`, order and properties. The location is left open.
Result<table::NewTable> BuildTable(const Model& model, const table::Schema* native_schema,
                                   std::string_view scale);

}  // namespace firn::pipeline
