// SPDX-License-Identifier: Apache-2.0

#include "firn/table/sort_order.h"

#include "firn/table/transform_json.h"
#include "firn/table/unknown_fields.h"

namespace firn::table {
namespace {

Result<SortDirection> ParseDirection(const std::string& text) {
  if (text == "asc") return SortDirection::kAscending;
  if (text == "desc") return SortDirection::kDescending;
  return Corrupt("not a direction", text);
}

Result<NullOrder> ParseNullOrder(const std::string& text) {
  if (text == "nulls-first") return NullOrder::kNullsFirst;
  if (text == "nulls-last") return NullOrder::kNullsLast;
  return Corrupt("not a null order", text);
}

Result<SortField> FieldFromJson(const Json& json) {
  SortField field;
  FIRN_ASSIGN(SourceIds sources, ReadSourceIds(json));
  FIRN_ASSIGN(field.transform, ReadTransform(json, sources));
  field.source_id = sources.first;
  field.other_source_ids = std::move(sources.others);
  FIRN_ASSIGN(const std::string direction, json.GetString("direction"));
  FIRN_ASSIGN(field.direction, ParseDirection(direction));
  FIRN_ASSIGN(const std::string nulls, json.GetString("null-order"));
  FIRN_ASSIGN(field.null_order, ParseNullOrder(nulls));
  field.unknown =
      UnknownFields(json, {"transform", "source-id", "source-ids", "direction", "null-order"});
  return field;
}

Json FieldToJson(const SortField& field) {
  Json json;
  json.Set("transform", field.transform.ToString());
  PutSourceIds(json, {field.source_id, field.other_source_ids});
  json.Set("direction", ToString(field.direction));
  json.Set("null-order", ToString(field.null_order));
  PutUnknown(json, field.unknown);
  return json;
}

}  // namespace

std::string_view ToString(SortDirection direction) {
  return direction == SortDirection::kAscending ? "asc" : "desc";
}

std::string_view ToString(NullOrder order) {
  return order == NullOrder::kNullsFirst ? "nulls-first" : "nulls-last";
}

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
    fields.push_back(FieldToJson(field));
  }
  Json json;
  json.Set("order-id", order.id.value);
  json.Set("fields", std::move(fields));
  PutUnknown(json, order.unknown);
  return json;
}

Result<SortOrder> SortOrderFromJson(const Json& json) {
  FIRN_ASSIGN(const int64_t id, json.GetInt64("order-id"));
  if (id < 0 || id > INT32_MAX) return Corrupt("sort order id out of range", id);
  SortOrder order{SortOrderId(static_cast<int32_t>(id)), {}};
  FIRN_ASSIGN(const Json::Array* fields, json.GetArray("fields"));
  for (const Json& item : *fields) {
    FIRN_ASSIGN(SortField field, FieldFromJson(item));
    order.fields.push_back(std::move(field));
  }
  order.unknown = UnknownFields(json, {"order-id", "fields"});
  return order;
}

}  // namespace firn::table
