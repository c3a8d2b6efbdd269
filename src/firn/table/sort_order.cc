// SPDX-License-Identifier: Apache-2.0

#include "firn/table/sort_order.h"

namespace firn::table {
namespace {

Result<SortField> FieldFromJson(const Json& json) {
  SortField field;
  FIRN_ASSIGN(const int64_t source, json.GetInt64("source-id"));
  field.source_id = FieldId(static_cast<int32_t>(source));
  FIRN_ASSIGN(const std::string transform, json.GetString("transform"));
  FIRN_ASSIGN(field.transform, Transform::Parse(transform));
  FIRN_ASSIGN(const std::string direction, json.GetString("direction"));
  if (direction != "asc" && direction != "desc") return Corrupt("not a direction", direction);
  field.direction = direction == "asc" ? SortDirection::kAscending : SortDirection::kDescending;
  FIRN_ASSIGN(const std::string nulls, json.GetString("null-order"));
  if (nulls != "nulls-first" && nulls != "nulls-last") return Corrupt("not a null order", nulls);
  field.null_order = nulls == "nulls-first" ? NullOrder::kNullsFirst : NullOrder::kNullsLast;
  return field;
}

}  // namespace

Status CheckSortOrder(const SortOrder& order, const Schema& schema) {
  for (const SortField& field : order.fields) {
    const NestedField* source = schema.FindField(field.source_id);
    if (source == nullptr) {
      return InvalidArgument("sort field's column is not in the schema", field.source_id);
    }
    if (!source->type.is_primitive() || !field.transform.CanTransform(source->type)) {
      return InvalidArgument(
          "transform " + field.transform.ToString() + " takes no " + source->type.ToString(),
          source->name);
    }
  }
  return Ok();
}

Json SortOrderToJson(const SortOrder& order) {
  Json::Array fields;
  for (const SortField& field : order.fields) {
    Json json;
    json.Set("transform", field.transform.ToString());
    json.Set("source-id", field.source_id.value);
    json.Set("direction", field.direction == SortDirection::kAscending ? "asc" : "desc");
    json.Set("null-order",
             field.null_order == NullOrder::kNullsFirst ? "nulls-first" : "nulls-last");
    fields.push_back(std::move(json));
  }
  Json json;
  json.Set("order-id", order.id.value);
  json.Set("fields", std::move(fields));
  return json;
}

Result<SortOrder> SortOrderFromJson(const Json& json) {
  FIRN_ASSIGN(const int64_t id, json.GetInt64("order-id"));
  SortOrder order{SortOrderId(static_cast<int32_t>(id)), {}};
  FIRN_ASSIGN(const Json::Array* fields, json.GetArray("fields"));
  for (const Json& item : *fields) {
    FIRN_ASSIGN(SortField field, FieldFromJson(item));
    order.fields.push_back(std::move(field));
  }
  return order;
}

}  // namespace firn::table
