// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/schema_casts.h"

#include <utility>

#include "firn/pipeline/sql_text.h"
#include "firn/table/nested_field.h"

namespace firn::lakehouse {
namespace {

using table::NestedField;
using table::Type;
using table::TypeId;

enum class Group { kNumber, kText, kInstant, kSpelled, kOther };

// Values of a group can be read as one another, and all but the last be written as text.
Group GroupOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
      return Group::kNumber;
    case TypeId::kString:
      return Group::kText;
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return Group::kInstant;
    case TypeId::kBoolean:
    case TypeId::kTime:
    case TypeId::kUuid:
      return Group::kSpelled;
    default:
      return Group::kOther;
  }
}

bool CanCast(const Type& from, const Type& to) {
  const Group before = GroupOf(from), after = GroupOf(to);
  if (before == Group::kOther || after == Group::kOther) return false;
  const bool alike = before == after && before != Group::kSpelled;
  return alike || before == Group::kText || after == Group::kText;
}

std::string SqlName(const Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
      return "INTEGER";
    case TypeId::kLong:
      return "BIGINT";
    case TypeId::kFloat:
      return "REAL";
    case TypeId::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision()) + "," + std::to_string(type.scale()) +
             ")";
    case TypeId::kString:
      return "VARCHAR";
    case TypeId::kTimestampTz:
      return "TIMESTAMPTZ";
    default:
      return type.ToString();  // The names that SQL has, too.
  }
}

// Whether two columns hold the same, whatever their ids and whether nulls are among it.
Result<bool> HoldTheSame(const NestedField& left, const NestedField& right) {
  const auto alone = [](NestedField field) -> Result<table::Schema> {
    field.required = false;
    field.doc.clear();
    FIRN_ASSIGN(const auto schema, table::Schema::Make(table::SchemaId(0), {std::move(field)}));
    return table::AssignFreshIds(schema);
  };
  FIRN_ASSIGN(const table::Schema one, alone(left));
  FIRN_ASSIGN(const table::Schema other, alone(right));
  return one.SameColumns(other);
}

std::string SourceOf(std::string_view column) {
  return "t." + pipeline::QuotedName(column);
}

std::string TryCast(const std::string& value, const std::string& type) {
  return "TRY_CAST(" + value + " AS " + type + ")";
}

// Text is cut or rounded on its way to some types: only what spells a value exactly is one.
std::string InexactText(const std::string& source, const std::string& value, const Type& to) {
  const auto spelled_otherwise = [&](const std::string& pattern) {
    return " OR NOT regexp_full_match(trim(" + source + "), '" + pattern + "')";
  };
  switch (to.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
      return spelled_otherwise("[+-]?[0-9]+");
    case TypeId::kDecimal:
      return spelled_otherwise("[+-]?[0-9]*([.][0-9]{0," + std::to_string(to.scale()) + "}0*)?");
    case TypeId::kDate:
      return " OR " + TryCast(source, "TIMESTAMP") + " IS DISTINCT FROM " +
             TryCast(value, "TIMESTAMP");
    default:
      return "";
  }
}

void SetCast(const Type& from, const Type& to, ColumnCast& cast) {
  const std::string source = SourceOf(cast.column);
  cast.value = TryCast(source, SqlName(to));
  cast.fault = source + " IS NOT NULL AND (" + cast.value + " IS NULL";
  if (GroupOf(from) == GroupOf(to)) {
    cast.fault += " OR " + TryCast(cast.value, SqlName(from)) + " IS DISTINCT FROM " + source;
  } else if (GroupOf(from) == Group::kText) {
    cast.fault += InexactText(source, cast.value, to);
  }
  cast.fault += ")";
}

Result<ColumnCast> CastTo(const NestedField& wanted, const NestedField* known) {
  ColumnCast cast;
  cast.column = wanted.name;
  cast.to = wanted.type.ToString();
  cast.required = wanted.required;
  if (known == nullptr) {
    if (!wanted.required) return cast;
    return InvalidArgument("a required column, of which the table knows nothing", wanted.name)
        .WithHint("make it optional, or write a model that makes it: docs/how-to/own-models.md");
  }
  FIRN_ASSIGN(const bool same, HoldTheSame(*known, wanted));
  cast.from = same ? cast.to : known->type.ToString();
  cast.value = SourceOf(wanted.name);
  if (same) return cast;
  if (!CanCast(known->type, wanted.type)) {
    return InvalidArgument("column '" + wanted.name + "' cannot become " + cast.to + " from " +
                           cast.from)
        .WithHint("give the new column another name, or write a model: docs/how-to/own-models.md");
  }
  SetCast(known->type, wanted.type, cast);
  return cast;
}

}  // namespace

Result<std::vector<ColumnCast>> PlanCasts(const table::Schema& before, const table::Schema& after) {
  std::vector<ColumnCast> casts;
  for (const NestedField& wanted : after.fields()) {
    FIRN_ASSIGN(casts.emplace_back(), CastTo(wanted, before.FindByName(wanted.name)));
  }
  for (const NestedField& known : before.fields()) {
    if (after.FindByName(known.name) != nullptr) continue;
    casts.push_back({known.name, known.type.ToString(), "", "", "", false});
  }
  return casts;
}

std::string CastQuery(std::string_view relation, const std::vector<ColumnCast>& casts) {
  std::string values, faults, row;
  for (size_t at = 0; at < casts.size(); ++at) {
    const ColumnCast& cast = casts[at];
    const std::string name = pipeline::QuotedName(cast.column);
    if (!cast.from.empty())
      row += (row.empty() ? "" : ", ") + name + " := " + SourceOf(cast.column);
    if (cast.value.empty()) continue;
    values += cast.value + " AS " + name + ", ";
    std::string fault = cast.fault;
    if (cast.required) fault += (fault.empty() ? "" : " OR ") + cast.value + " IS NULL";
    if (!fault.empty()) faults += " WHEN " + fault + " THEN " + std::to_string(at);
  }
  const std::string fault = pipeline::QuotedName(kFaultColumn);
  return "SELECT " + values + fault + ", CASE WHEN " + fault +
         " IS NOT NULL THEN CAST(to_json(struct_pack(" + row + ")) AS VARCHAR) END AS " +
         pipeline::QuotedName(kRawColumn) + " FROM (SELECT *, CAST(" +
         (faults.empty() ? "NULL" : "CASE" + faults + " END") + " AS INTEGER) AS " + fault +
         " FROM " + std::string(relation) + " AS t) AS t";
}

}  // namespace firn::lakehouse
