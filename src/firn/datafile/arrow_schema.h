// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// The key under which Arrow's Parquet reader and writer keep a field id.
inline constexpr std::string_view kFieldIdKey = "PARQUET:field_id";

/// Converts a table's schema to Arrow's, field ids in the metadata of every level.
///
/// timestamptz is timestamp(us, "UTC"), uuid the extension type arrow.uuid, fixed(n) a
/// fixed_size_binary(n), decimals decimal128, time time64(us). Lists name their field "element",
/// maps "key" and "value". Variants are `VariantType()`, geometries and geographies `WkbType(..)`;
/// unknown columns are Arrow's null and never in a file (`StoredSchema`).
Result<std::shared_ptr<arrow::Schema>> ToArrow(const table::Schema& schema);

/// Converts one type; see `ToArrow` of a schema.
Result<std::shared_ptr<arrow::DataType>> ToArrow(const table::Type& type);

/// Converts a field with its id, optionality and, for nested types, what it holds.
Result<std::shared_ptr<arrow::Field>> ToArrow(const table::NestedField& field);

/// The fields of `schema` that files store: all but those of unknown type (spec, Appendix A).
/// Errors: `kUnsupported`, naming the column, for nested columns of which nothing would be stored.
Result<table::Schema> StoredSchema(const table::Schema& schema);

/// Converts an Arrow schema to a table's, for tables made from data.
///
/// Field ids are taken from the metadata where every field has one, else counted from 1. Integers
/// narrower than 32 bits and unsigned ones become the smallest type that holds them (uint64:
/// decimal(20, 0)), half floats float, timestamps keep whether they have a zone; seconds,
/// milliseconds and nanoseconds become microseconds. Dictionaries become their values' type,
/// the extensions for variants and WKB the types they stand for.
/// Errors: `kUnsupported`, naming the column, for types Iceberg has no word for.
Result<table::Schema> FromArrow(const arrow::Schema& schema);

/// The field id in the metadata of `field`; unset where there is none.
std::optional<table::FieldId> FieldIdOf(const arrow::Field& field);

}  // namespace firn::datafile
