// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/price_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace firn::conversations {
namespace {

// "claude-sonnet-4-5-20250929" and "gpt-4o@20240806" without their dates.
std::string_view WithoutDate(std::string_view model) {
  constexpr size_t kDigits = 8;
  if (model.size() <= kDigits) return model;
  const std::string_view digits = model.substr(model.size() - kDigits);
  const char before = model[model.size() - kDigits - 1];
  const bool dated = digits.find_first_not_of("0123456789") == std::string_view::npos &&
                     (before == '-' || before == '@');
  return dated ? model.substr(0, model.size() - kDigits - 1) : model;
}

}  // namespace

PriceTable::PriceTable(std::vector<ModelPrice> prices) : prices_(std::move(prices)) {
  std::ranges::sort(prices_, [](const ModelPrice& a, const ModelPrice& b) {
    return std::tie(a.model, a.valid_from, a.context_above) <
           std::tie(b.model, b.valid_from, b.context_above);
  });
}

std::span<const ModelPrice> PriceTable::Named(std::string_view name) const {
  const auto model = [](const ModelPrice& price) { return std::string_view(price.model); };
  const auto begin = std::ranges::lower_bound(prices_, name, {}, model);
  const auto end = std::ranges::upper_bound(begin, prices_.end(), name, {}, model);
  return {begin, end};
}

std::span<const ModelPrice> PriceTable::RowsOf(std::string_view model) const {
  const std::string_view bare = model.substr(model.rfind('/') + 1);
  for (const std::string_view name : {model, bare, WithoutDate(bare)}) {
    if (const auto rows = Named(name); !rows.empty()) return rows;
  }
  return {};
}

const ModelPrice* PriceTable::Find(std::span<const ModelPrice> rows, int32_t day,
                                   int64_t prompt_tokens) {
  const ModelPrice* found = nullptr;
  for (const ModelPrice& row : rows) {
    const bool valid = row.valid_from <= day && (!row.valid_to || day < *row.valid_to);
    const bool large = row.context_above == 0 || prompt_tokens > row.context_above;
    if (valid && large) found = &row;
  }
  return found;
}

std::optional<table::Int128> CostOf(const ModelPrice& price, const TokenCounts& tokens) {
  if (!price.input || !price.output) return std::nullopt;
  const int64_t write_5m = price.cache_write_5m.value_or(*price.input);
  const auto cost = [](int64_t count, int64_t each) {
    return static_cast<table::Int128>(count) * each;
  };
  return cost(tokens.input, *price.input) + cost(tokens.output, *price.output) +
         cost(tokens.cache_read, price.cache_read.value_or(*price.input)) +
         cost(tokens.cache_write_5m, write_5m) +
         cost(tokens.cache_write_1h, price.cache_write_1h.value_or(write_5m));
}

}  // namespace firn::conversations
