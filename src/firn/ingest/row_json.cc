// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/row_json.h"

#include <string>

#include <arrow/api.h>
#include <arrow/util/base64.h>

#include "firn/base/time.h"

namespace firn::ingest {
namespace {

Json ValueOf(const arrow::Array& array, int64_t row);

template <typename ArrayType>
auto At(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

Json InstantOf(const arrow::TimestampArray& array, int64_t row) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  if (type.unit() != arrow::TimeUnit::MICRO) return array.GetScalar(row).ValueOrDie()->ToString();
  std::string text = TimeUs{array.Value(row)}.ToString();
  if (type.timezone().empty() && text.ends_with('Z')) text.pop_back();
  return text;
}

Json ListOf(const arrow::Array& values, int64_t begin, int64_t end) {
  Json::Array items;
  for (int64_t at = begin; at < end; ++at)
    items.push_back(ValueOf(values, at));
  return items;
}

Json MembersOf(const arrow::StructArray& array, int64_t row) {
  Json::Object members;
  for (int i = 0; i < array.num_fields(); ++i) {
    Json value = ValueOf(*array.field(i), row);
    if (!value.is_null()) members.emplace_back(array.type()->field(i)->name(), std::move(value));
  }
  return members;
}

Json MapOf(const arrow::MapArray& array, int64_t row) {
  Json::Object members;
  for (int64_t at = array.value_offset(row); at < array.value_offset(row + 1); ++at) {
    const Json key = ValueOf(*array.keys(), at);
    const std::string* text = key.as_string();
    members.emplace_back(text != nullptr ? *text : key.Dump(), ValueOf(*array.items(), at));
  }
  return members;
}

Json ValueOf(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return {};
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return At<arrow::BooleanArray>(array, row);
    case arrow::Type::INT32:
      return int64_t{At<arrow::Int32Array>(array, row)};
    case arrow::Type::INT64:
      return At<arrow::Int64Array>(array, row);
    case arrow::Type::FLOAT:
      return double{At<arrow::FloatArray>(array, row)};
    case arrow::Type::DOUBLE:
      return At<arrow::DoubleArray>(array, row);
    case arrow::Type::STRING:
      return static_cast<const arrow::StringArray&>(array).GetString(row);
    case arrow::Type::BINARY:
      return arrow::util::base64_encode(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::DATE32:
      return FormatDate(At<arrow::Date32Array>(array, row));
    case arrow::Type::TIMESTAMP:
      return InstantOf(static_cast<const arrow::TimestampArray&>(array), row);
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      return ListOf(*list.values(), list.value_offset(row), list.value_offset(row + 1));
    }
    case arrow::Type::STRUCT:
      return MembersOf(static_cast<const arrow::StructArray&>(array), row);
    case arrow::Type::MAP:
      return MapOf(static_cast<const arrow::MapArray&>(array), row);
    default:
      return array.GetScalar(row).ValueOrDie()->ToString();
  }
}

}  // namespace

Json RowJson(const arrow::RecordBatch& rows, int64_t row) {
  Json::Object members;
  for (int i = 0; i < rows.num_columns(); ++i) {
    Json value = ValueOf(*rows.column(i), row);
    if (!value.is_null()) members.emplace_back(rows.column_name(i), std::move(value));
  }
  return members;
}

}  // namespace firn::ingest
