// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_typed_field.h"

#include <algorithm>
#include <utility>

#include "firn/sql/duckdb_types.h"
#include "firn/table/partition_spec.h"

namespace firn::sql {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

TypedField TypedField::Of(table::FieldId id, std::string name, const table::Type& type) {
  auto sql_type = ToDuckDb(type);
  return {id, std::move(name), type, sql_type ? *sql_type : LogicalType(LogicalTypeId::VARCHAR)};
}

Value TypedField::ValueOf(const std::optional<table::Literal>& literal) const {
  if (!literal) return Value(sql_type);
  if (sql_type.id() == LogicalTypeId::VARCHAR) return Value(literal->ToString());
  const auto cast = literal->CastTo(type);
  return cast ? ToDuckDb(*cast) : Value(sql_type);
}

std::vector<TypedField> PartitionFields(const table::TableMetadata& metadata) {
  std::vector<TypedField> fields;
  for (const table::PartitionSpec& spec : metadata.partition_specs) {
    const table::Type type = table::PartitionType(spec, metadata.schema());
    for (const table::NestedField& field : type.fields()) {
      const bool known = std::any_of(fields.begin(), fields.end(),
                                     [&](const TypedField& f) { return f.id == field.id; });
      if (!known) fields.push_back(TypedField::Of(field.id, field.name, field.type));
    }
  }
  return fields;
}

LogicalType StructOf(const std::vector<TypedField>& fields) {
  duckdb::child_list_t<LogicalType> children;
  for (const TypedField& field : fields) {
    children.emplace_back(field.name, field.sql_type);
  }
  return LogicalType::STRUCT(std::move(children));
}

Value PartitionValue(const std::vector<TypedField>& fields, const table::TableMetadata& metadata,
                     const table::DataFile& file) {
  const table::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
  duckdb::child_list_t<Value> children;
  for (const TypedField& field : fields) {
    std::optional<table::Literal> literal;
    for (size_t at = 0; spec != nullptr && at < spec->fields.size(); ++at) {
      if (spec->fields[at].field_id == field.id) literal = file.partition[at];
    }
    children.emplace_back(field.name, field.ValueOf(literal));
  }
  return Value::STRUCT(std::move(children));
}

}  // namespace firn::sql
