// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/usage_columns.h"

#include <utility>

#include "firn/lakehouse/questions/lake_columns.h"

namespace firn::lakehouse {
namespace {

using conversations::ModelPrice;
using conversations::PriceTable;

Status ReadPrices(const arrow::RecordBatch& rows, std::vector<ModelPrice>& prices) {
  FIRN_ASSIGN(const auto* model, TypedColumn<arrow::StringArray>(rows, "model"));
  FIRN_ASSIGN(const auto* from, TypedColumn<arrow::Date32Array>(rows, "valid_from"));
  FIRN_ASSIGN(const auto* to, TypedColumn<arrow::Date32Array>(rows, "valid_to"));
  FIRN_ASSIGN(const auto* above, TypedColumn<arrow::Int64Array>(rows, "context_above"));
  FIRN_ASSIGN(const auto* version, TypedColumn<arrow::StringArray>(rows, "version"));
  const std::pair<const char*, std::optional<int64_t> ModelPrice::*> figures[] = {
      {"input_price", &ModelPrice::input},
      {"output_price", &ModelPrice::output},
      {"cache_read_price", &ModelPrice::cache_read},
      {"cache_write_5m_price", &ModelPrice::cache_write_5m},
      {"cache_write_1h_price", &ModelPrice::cache_write_1h}};
  const size_t first = prices.size();
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    ModelPrice& price = prices.emplace_back();
    price.model = TextAt(*model, row).value_or("");
    price.valid_from = from->Value(row);
    if (!to->IsNull(row)) price.valid_to = to->Value(row);
    price.context_above = NumberAt(*above, row).value_or(0);
    price.version = TextAt(*version, row).value_or("");
  }
  for (const auto& [name, member] : figures) {
    FIRN_ASSIGN(const auto* column, TypedColumn<arrow::Decimal128Array>(rows, name));
    for (int64_t row = 0; row < rows.num_rows(); ++row)
      prices[first + static_cast<size_t>(row)].*member = UnscaledAt(*column, row);
  }
  return Ok();
}

}  // namespace

Result<PriceTable> LoadPrices(catalog::Catalog& catalog, io::FileIO& files) {
  std::vector<ModelPrice> prices;
  const ColumnScan scan = {
      "silver.model_prices",
      {"model", "valid_from", "valid_to", "context_above", "version", "input_price", "output_price",
       "cache_read_price", "cache_write_5m_price", "cache_write_1h_price"},
      {}};
  FIRN_TRY(ForEachBatch(catalog, files, scan,
                        [&](const arrow::RecordBatch& rows) { return ReadPrices(rows, prices); }));
  return PriceTable(std::move(prices));
}

std::vector<std::string> CallColumnNames(const std::string& group_column) {
  std::vector<std::string> names = {"platform",
                                    "timestamp",
                                    "model",
                                    "input_tokens",
                                    "output_tokens",
                                    "cache_read_tokens",
                                    "cache_write_5m_tokens",
                                    "cache_write_1h_tokens",
                                    "prompt_tokens",
                                    "total_tokens",
                                    "reported_cost_usd",
                                    "copies"};
  if (!group_column.empty() && group_column != "model") names.push_back(group_column);
  return names;
}

Result<CallColumns> CallColumns::Of(const arrow::RecordBatch& rows,
                                    const std::string& group_column) {
  CallColumns columns;
  FIRN_ASSIGN(columns.timestamp_, TypedColumn<arrow::TimestampArray>(rows, "timestamp"));
  FIRN_ASSIGN(columns.model_, TypedColumn<arrow::StringArray>(rows, "model"));
  FIRN_ASSIGN(columns.platform_, TypedColumn<arrow::StringArray>(rows, "platform"));
  if (!group_column.empty()) {
    FIRN_ASSIGN(columns.group_, TypedColumn<arrow::StringArray>(rows, group_column));
  }
  FIRN_ASSIGN(columns.input_, TypedColumn<arrow::Int64Array>(rows, "input_tokens"));
  FIRN_ASSIGN(columns.output_, TypedColumn<arrow::Int64Array>(rows, "output_tokens"));
  FIRN_ASSIGN(columns.cache_read_, TypedColumn<arrow::Int64Array>(rows, "cache_read_tokens"));
  FIRN_ASSIGN(columns.cache_write_5m_,
              TypedColumn<arrow::Int64Array>(rows, "cache_write_5m_tokens"));
  FIRN_ASSIGN(columns.cache_write_1h_,
              TypedColumn<arrow::Int64Array>(rows, "cache_write_1h_tokens"));
  FIRN_ASSIGN(columns.prompt_, TypedColumn<arrow::Int64Array>(rows, "prompt_tokens"));
  FIRN_ASSIGN(columns.total_, TypedColumn<arrow::Int64Array>(rows, "total_tokens"));
  FIRN_ASSIGN(columns.reported_, TypedColumn<arrow::Decimal128Array>(rows, "reported_cost_usd"));
  FIRN_ASSIGN(columns.copies_, TypedColumn<arrow::Int32Array>(rows, "copies"));
  return columns;
}

Call CallColumns::At(int64_t row) const {
  Call call;
  call.micros = NumberAt(*timestamp_, row);
  call.platform = TextAt(*platform_, row);
  call.model = TextAt(*model_, row);
  if (group_ != nullptr) call.group = TextAt(*group_, row);
  call.input = NumberAt(*input_, row);
  call.output = NumberAt(*output_, row);
  call.cache_read = NumberAt(*cache_read_, row);
  call.cache_write_5m = NumberAt(*cache_write_5m_, row);
  call.cache_write_1h = NumberAt(*cache_write_1h_, row);
  call.prompt = NumberAt(*prompt_, row);
  call.total = NumberAt(*total_, row);
  call.reported_nano_usd = UnscaledAt(*reported_, row);
  call.copies = NumberAt(*copies_, row).value_or(1);
  return call;
}

}  // namespace firn::lakehouse
