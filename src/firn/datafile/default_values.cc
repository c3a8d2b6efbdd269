// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/default_values.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/literal_array.h"

namespace firn::datafile {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

Result<ArrayPtr> StructOfDefaults(const table::Type& type, DefaultKind kind, int64_t rows) {
  FIRN_ASSIGN(const auto layout, ToArrow(type));
  arrow::ArrayVector children;
  for (const table::NestedField& field : type.fields()) {
    FIRN_ASSIGN(ArrayPtr child, DefaultArray(field, kind, rows));
    children.push_back(std::move(child));
  }
  return ArrayPtr(std::make_shared<arrow::StructArray>(layout, rows, std::move(children)));
}

}  // namespace

Result<ArrayPtr> DefaultArray(const table::NestedField& field, DefaultKind kind, int64_t rows) {
  const auto& value = kind == DefaultKind::kInitial ? field.initial_default : field.write_default;
  if (value && value->is_field_defaults()) return StructOfDefaults(field.type, kind, rows);
  if (value) return RepeatLiteral(*value, rows);
  if (field.required) return InvalidArgument("a required column is missing", field.name);
  FIRN_ASSIGN(const auto layout, ToArrow(field.type));
  return FromArrow(arrow::MakeArrayOfNull(layout, rows));
}

}  // namespace firn::datafile
