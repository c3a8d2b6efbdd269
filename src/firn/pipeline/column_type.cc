// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/column_type.h"

#include <charconv>
#include <optional>

#include "firn/table/nested_field.h"

namespace firn::pipeline {
namespace {

constexpr int kDepthMax = 16;

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

// Splits at the commas that stand inside no bracket.
std::vector<std::string_view> SplitOuter(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '(') ++depth;
    if (text[i] == '>' || text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) {
      parts.push_back(Trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(Trim(text.substr(begin)));
  return parts;
}

// What stands between "word<" and ">"; unset where `text` is something else.
std::optional<std::string_view> Inside(std::string_view text, std::string_view word) {
  if (!text.starts_with(word) || !text.ends_with('>')) return std::nullopt;
  text.remove_prefix(word.size());
  if (!text.starts_with('<')) return std::nullopt;
  return Trim(text.substr(1, text.size() - 2));
}

Result<table::Type> Parse(std::string_view text, int32_t& next_id, int depth);

// A type with "!" for required; the field takes the next id before what it holds.
Result<table::NestedField> ParseField(std::string_view name, std::string_view type,
                                      int32_t& next_id, int depth) {
  const bool required = type.ends_with('!');
  if (required) type.remove_suffix(1);
  table::NestedField field;
  field.id = table::FieldId(next_id++);
  field.name = name;
  field.required = required;
  FIRN_ASSIGN(field.type, Parse(Trim(type), next_id, depth + 1));
  return field;
}

Result<table::Type> ParseStruct(std::string_view inside, int32_t& next_id, int depth) {
  std::vector<table::NestedField> fields;
  for (const std::string_view part : SplitOuter(inside)) {
    const auto colon = part.find(':');
    if (colon == std::string_view::npos) {
      return InvalidArgument("a struct's field is written name: type", part);
    }
    FIRN_ASSIGN(auto field, ParseField(Trim(part.substr(0, colon)), Trim(part.substr(colon + 1)),
                                       next_id, depth));
    fields.push_back(std::move(field));
  }
  return table::Type::Struct(std::move(fields));
}

Result<table::Type> Parse(std::string_view text, int32_t& next_id, int depth) {
  if (depth > kDepthMax) return InvalidArgument("type nested too deep");
  if (const auto inside = Inside(text, "struct")) return ParseStruct(*inside, next_id, depth);
  if (const auto inside = Inside(text, "list")) {
    FIRN_ASSIGN(auto element, ParseField("element", *inside, next_id, depth));
    return table::Type::List(std::move(element));
  }
  if (const auto inside = Inside(text, "map")) {
    const auto parts = SplitOuter(*inside);
    if (parts.size() != 2) return InvalidArgument("a map is written map<key, value>", text);
    FIRN_ASSIGN(auto key, ParseField("key", parts[0], next_id, depth));
    FIRN_ASSIGN(auto value, ParseField("value", parts[1], next_id, depth));
    return table::Type::Map(std::move(key), std::move(value));
  }
  return table::Type::ParsePrimitive(text);
}

// "month(date)" -> {month, date}; "bucket(16, user_id)" -> {bucket[16], user_id}.
Result<table::PartitionFieldRequest> ParsePartitionField(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos) {
    return table::PartitionFieldRequest{std::string(Trim(text)), table::Transform::Identity(), ""};
  }
  if (!text.ends_with(')')) return InvalidArgument("partition field without ')'", text);
  std::string transform(Trim(text.substr(0, open)));
  const auto parts = SplitOuter(text.substr(open + 1, text.size() - open - 2));
  if (parts.size() > 2) return InvalidArgument("partition field with too many parts", text);
  if (parts.size() == 2) transform += "[" + std::string(parts[0]) + "]";
  FIRN_ASSIGN(auto parsed, table::Transform::Parse(transform));
  if (parsed.kind() == table::Transform::Kind::kUnknown) {
    return InvalidArgument("unknown partition transform", text);
  }
  return table::PartitionFieldRequest{std::string(parts.back()), std::move(parsed), ""};
}

}  // namespace

Result<table::Type> ParseColumnType(std::string_view text, int32_t& next_id) {
  return Parse(Trim(text), next_id, 0);
}

Result<table::Schema> BuildSchema(const std::vector<ColumnSpec>& columns) {
  std::vector<table::NestedField> fields;
  int32_t next_id = 1;
  for (const ColumnSpec& column : columns) {
    table::NestedField field;
    field.id = table::FieldId(next_id++);
    field.name = column.name;
    field.required = column.required;
    field.doc = column.doc;
    auto type = ParseColumnType(column.type, next_id);
    if (!type) return std::move(type).error().Within("column " + column.name);
    field.type = std::move(type).value();
    fields.push_back(std::move(field));
  }
  FIRN_ASSIGN(const auto schema, table::Schema::Make(table::SchemaId(0), std::move(fields)));
  return table::AssignFreshIds(schema);
}

Result<table::PartitionSpec> BuildPartitions(const table::Schema& schema,
                                             const std::vector<std::string>& fields) {
  std::vector<table::PartitionFieldRequest> requests;
  for (const std::string& field : fields) {
    FIRN_ASSIGN(auto request, ParsePartitionField(field));
    requests.push_back(std::move(request));
  }
  return table::BuildPartitionSpec(table::SpecId(0), schema, requests);
}

Result<table::SortOrder> BuildSortOrder(const table::Schema& schema,
                                        const std::vector<std::string>& fields) {
  table::SortOrder order;
  for (const std::string& text : fields) {
    const auto space = text.find(' ');
    const std::string name = text.substr(0, space);
    const std::string_view direction =
        space == std::string::npos ? "asc" : Trim(std::string_view(text).substr(space));
    const table::NestedField* field = schema.FindByName(name);
    if (field == nullptr) return InvalidArgument("sort by an unknown column", name);
    if (direction != "asc" && direction != "desc") {
      return InvalidArgument("a sort direction is asc or desc", text);
    }
    const bool ascending = direction == "asc";
    order.fields.push_back(
        {field->id, table::Transform::Identity(),
         ascending ? table::SortDirection::kAscending : table::SortDirection::kDescending,
         ascending ? table::NullOrder::kNullsFirst : table::NullOrder::kNullsLast});
  }
  if (!order.is_unsorted()) order.id = table::SortOrderId(1);
  return order;
}

Result<table::NewTable> BuildTable(const Model& model, const table::Schema* native_schema,
                                   std::string_view scale) {
  table::NewTable table;
  if (!model.columns.empty()) {
    FIRN_ASSIGN(table.schema, BuildSchema(model.columns));
  } else if (native_schema != nullptr) {
    table.schema = *native_schema;
  } else {
    return InvalidArgument("model without columns", model.name);
  }
  FIRN_ASSIGN(table.spec, BuildPartitions(table.schema, model.PartitionAt(scale)));
  FIRN_ASSIGN(table.sort_order, BuildSortOrder(table.schema, model.sort_by));
  table.properties = model.properties;
  const auto dot = model.name.find('.');
  table.properties.emplace("firn.layer", model.name.substr(0, dot));
  std::string keys;
  for (const std::string& key : model.keys)
    keys += (keys.empty() ? "" : ",") + key;
  if (!keys.empty()) table.properties.emplace("firn.keys", keys);
  if (!model.description.empty()) table.properties.emplace("comment", model.description);
  return table;
}

}  // namespace firn::pipeline
