// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/parquet_rows.h"

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/json.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/parquet_export.h"

namespace firn::lakehouse {
namespace {

using datafile::FromArrow;

Error Misfit(const Column& column, const Cell& cell) {
  return Internal("a cell of column " + column.name + " is no " + column.type, cell.text);
}

template <typename Number>
Result<Number> ParseNumber(const Column& column, const Cell& cell) {
  Number number{};
  const char* end = cell.text.data() + cell.text.size();
  const auto parsed = std::from_chars(cell.text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return Misfit(column, cell);
  return number;
}

Status AppendTexts(const Column& column, const Cell& cell, arrow::ListBuilder& builder) {
  FIRN_ASSIGN(const Json json, Json::Parse(cell.text));
  if (json.as_array() == nullptr) return Misfit(column, cell);
  FIRN_TRY(FromArrow(builder.Append()));
  auto& items = static_cast<arrow::StringBuilder&>(*builder.value_builder());
  for (const Json& item : *json.as_array()) {
    if (item.as_string() == nullptr) return Misfit(column, cell);
    FIRN_TRY(FromArrow(items.Append(*item.as_string())));
  }
  return Ok();
}

Status AppendCell(const Column& column, const Cell& cell, arrow::ArrayBuilder& builder) {
  if (cell.kind == Cell::Kind::kNull) return FromArrow(builder.AppendNull());
  switch (builder.type()->id()) {
    case arrow::Type::INT64: {
      FIRN_ASSIGN(const auto number, ParseNumber<int64_t>(column, cell));
      return FromArrow(static_cast<arrow::Int64Builder&>(builder).Append(number));
    }
    case arrow::Type::DOUBLE: {
      FIRN_ASSIGN(const auto number, ParseNumber<double>(column, cell));
      return FromArrow(static_cast<arrow::DoubleBuilder&>(builder).Append(number));
    }
    case arrow::Type::DECIMAL128: {
      FIRN_ASSIGN(const auto number, FromArrow(arrow::Decimal128::FromString(cell.text)));
      return FromArrow(static_cast<arrow::Decimal128Builder&>(builder).Append(number));
    }
    case arrow::Type::BOOL:
      return FromArrow(static_cast<arrow::BooleanBuilder&>(builder).Append(cell.text == "true"));
    case arrow::Type::LIST:
      return AppendTexts(column, cell, static_cast<arrow::ListBuilder&>(builder));
    default:
      return FromArrow(static_cast<arrow::StringBuilder&>(builder).Append(cell.text));
  }
}

Result<std::shared_ptr<arrow::DataType>> TypeOf(const Column& column) {
  const std::pair<std::string_view, std::shared_ptr<arrow::DataType>> types[] = {
      {"BIGINT", arrow::int64()},
      {"DOUBLE", arrow::float64()},
      {"BOOLEAN", arrow::boolean()},
      {"VARCHAR", arrow::utf8()},
      {"VARCHAR[]", arrow::list(arrow::utf8())},
      {"DECIMAL(38,9)", arrow::decimal128(38, 9)}};
  for (const auto& [name, type] : types) {
    if (name == column.type) return type;
  }
  return Internal("no such type of a report's column", column.type);
}

Result<std::shared_ptr<arrow::Array>> ArrayOf(const Column& column, size_t at,
                                              const std::shared_ptr<arrow::DataType>& type,
                                              std::span<const Row> rows) {
  FIRN_ASSIGN(const auto builder, FromArrow(arrow::MakeBuilder(type)));
  for (const Row& row : rows)
    FIRN_TRY(AppendCell(column, row.at(at), *builder));
  return FromArrow(builder->Finish());
}

}  // namespace

Status WriteParquetRows(std::span<const Column> columns, std::span<const Row> rows,
                        const ByteSink& sink) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t at = 0; at < columns.size(); ++at) {
    FIRN_ASSIGN(auto type, TypeOf(columns[at]));
    FIRN_ASSIGN(auto array, ArrayOf(columns[at], at, type, rows));
    fields.push_back(arrow::field(columns[at].name, std::move(type)));
    arrays.push_back(std::move(array));
  }
  const auto schema = arrow::schema(fields);
  FIRN_ASSIGN(const auto file, datafile::ParquetExport::Open(schema, sink));
  FIRN_TRY(file->Write(
      arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()), std::move(arrays))));
  return file->Close();
}

}  // namespace firn::lakehouse
