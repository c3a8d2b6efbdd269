// SPDX-License-Identifier: Apache-2.0
//
// Fields of metadata as SQL shows them. Private to the room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "duckdb.hpp"
#include "firn/table/data_file.h"
#include "firn/table/ids.h"
#include "firn/table/literal.h"
#include "firn/table/metadata.h"
#include "firn/table/type.h"

namespace firn::sql {

/// A field of a struct or a column: how its type is called in SQL, and its values.
struct TypedField {
  table::FieldId id;
  std::string name;
  table::Type type;
  duckdb::LogicalType sql_type;

  /// Types that SQL has no name for are shown as text.
  static TypedField Of(table::FieldId id, std::string name, const table::Type& type);
  duckdb::Value ValueOf(const std::optional<table::Literal>& literal) const;
};

/// The fields of all partition specs of a table, each once: one struct for files of every spec
/// (spec, "Partition Evolution"). Empty where the table was never partitioned.
std::vector<TypedField> PartitionFields(const table::TableMetadata& metadata);

/// The struct of `fields`, which are not empty.
duckdb::LogicalType StructOf(const std::vector<TypedField>& fields);

/// The partition of a file in that struct; fields its spec does not have are null.
duckdb::Value PartitionValue(const std::vector<TypedField>& fields,
                             const table::TableMetadata& metadata, const table::DataFile& file);

}  // namespace firn::sql
