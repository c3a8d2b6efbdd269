// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/table/decimal.h"

namespace firn::conversations {

/// A row of `silver.model_prices`: what one token costs, in billionths of a thousandth of a dollar
/// (1e-12 USD, the scale of the table's decimals).
struct ModelPrice {
  std::string model;
  int32_t valid_from = 0;           ///< Days since the epoch.
  std::optional<int32_t> valid_to;  ///< The first day it no longer holds.
  int64_t context_above = 0;        ///< Prompt tokens above which the row counts.
  std::optional<int64_t> input, output, cache_read, cache_write_5m, cache_write_1h;
  std::string version;
};

/// Tokens of one call or of many.
struct TokenCounts {
  int64_t input = 0, output = 0, cache_read = 0, cache_write_5m = 0, cache_write_1h = 0;
};

/// What models cost, by name and time: the rules of the view `silver.api_call_costs`, for reports
/// that read many calls. A test holds the two equal. Immutable.
class PriceTable {
 public:
  explicit PriceTable(std::vector<ModelPrice> prices);

  /// The rows for calls of `model`: those of its own name, else of what stands behind the last
  /// slash, else of that without a date of eight digits at its end. Empty: it has no price.
  std::span<const ModelPrice> RowsOf(std::string_view model) const;

  /// The one of `rows` that prices a call of `day` with so many tokens in its prompt: of those
  /// valid on that day the one with the largest `context_above` below it. Null: none.
  static const ModelPrice* Find(std::span<const ModelPrice> rows, int32_t day,
                                int64_t prompt_tokens);

 private:
  std::span<const ModelPrice> Named(std::string_view name) const;

  std::vector<ModelPrice> prices_;  // By model, valid_from, context_above.
};

/// What `tokens` cost, in 1e-12 USD; reads and writes of caches without a price of their own cost
/// what input costs. Unset where input or output has no price.
std::optional<table::Int128> CostOf(const ModelPrice& price, const TokenCounts& tokens);

}  // namespace firn::conversations
