// SPDX-License-Identifier: Apache-2.0
//
// Iceberg's types and values as DuckDB's, and back. Private to the room.
#pragma once

#include <optional>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_data.hpp"
#include "firn/base/result.h"
#include "firn/table/literal.h"
#include "firn/table/schema.h"

namespace firn::sql {

/// The type a column of `type` has in SQL. Where DuckDB has no such type, the nearest it reads:
/// zoned nanoseconds are TIMESTAMPTZ, cut to microseconds; geographies GEOMETRY; unknown columns
/// INTEGER, always null.
Result<duckdb::LogicalType> ToDuckDb(const table::Type& type);

/// The value in SQL of `literal`.
duckdb::Value ToDuckDb(const table::Literal& literal);

/// The value of a column of type `type` that equals `value`; unset where there is none, so that
/// no conversion ever rounds. NaN and null have none.
std::optional<table::Literal> FromDuckDb(const duckdb::Value& value, const table::Type& type);

/// The columns of `schema` as a Parquet scan maps them: by field id at every depth, absent ones
/// read as their initial default, else null.
Result<duckdb::vector<duckdb::MultiFileColumnDefinition>> ToColumns(const table::Schema& schema);

}  // namespace firn::sql
