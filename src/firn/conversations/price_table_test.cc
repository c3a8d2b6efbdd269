// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/price_table.h"

#include "firn/base/testing.h"

namespace firn::conversations {
namespace {

ModelPrice Price(std::string model, int32_t from, std::optional<int32_t> to, int64_t above,
                 int64_t input) {
  ModelPrice price;
  price.model = std::move(model);
  price.valid_from = from;
  price.valid_to = to;
  price.context_above = above;
  price.input = input;
  price.output = 10 * input;
  return price;
}

TEST(PriceTable, KnowsAModelByItsNameWithoutPrefixAndWithoutDate) {
  const PriceTable table({Price("sonnet", 0, {}, 0, 3), Price("vendor/sonnet", 0, {}, 0, 4),
                          Price("sonnet-20250929", 0, {}, 0, 5)});
  EXPECT_EQ(table.RowsOf("vendor/sonnet")[0].input, 4);
  EXPECT_EQ(table.RowsOf("other/sonnet")[0].input, 3);
  EXPECT_EQ(table.RowsOf("sonnet-20250929")[0].input, 5);
  EXPECT_EQ(table.RowsOf("a/b/sonnet@20251231")[0].input, 3);
  EXPECT_TRUE(table.RowsOf("sonnet-2025092").empty());
  EXPECT_TRUE(table.RowsOf("20250929").empty());
  EXPECT_TRUE(table.RowsOf("").empty());
}

TEST(PriceTable, TakesTheRowOfTheDay) {
  const PriceTable table({Price("m", 100, 200, 0, 1), Price("m", 200, {}, 0, 2)});
  const auto rows = table.RowsOf("m");
  EXPECT_EQ(PriceTable::Find(rows, 99, 0), nullptr);
  EXPECT_EQ(PriceTable::Find(rows, 199, 0)->input, 1);
  EXPECT_EQ(PriceTable::Find(rows, 200, 0)->input, 2);
}

TEST(PriceTable, TakesTheRowOfTheLargestContextBelow) {
  const PriceTable table({Price("m", 0, {}, 200'000, 2), Price("m", 0, {}, 0, 1)});
  const auto rows = table.RowsOf("m");
  EXPECT_EQ(PriceTable::Find(rows, 1, 200'000)->input, 1);
  EXPECT_EQ(PriceTable::Find(rows, 1, 200'001)->input, 2);
}

TEST(CostOf, PricesCachesAsInputWhereTheyHaveNoPrice) {
  ModelPrice price = Price("m", 0, {}, 0, 3);
  const TokenCounts tokens{1, 2, 4, 8, 16};
  EXPECT_TRUE(CostOf(price, tokens) == 3 + 2 * 30 + 4 * 3 + 8 * 3 + 16 * 3);
  price.cache_read = 1;
  price.cache_write_5m = 5;
  EXPECT_TRUE(CostOf(price, tokens) == 3 + 2 * 30 + 4 * 1 + 8 * 5 + 16 * 5);
  price.cache_write_1h = 7;
  EXPECT_TRUE(CostOf(price, tokens) == 3 + 2 * 30 + 4 * 1 + 8 * 5 + 16 * 7);
}

TEST(CostOf, IsUnknownWithoutAPriceOfInputOrOutput) {
  ModelPrice price = Price("m", 0, {}, 0, 3);
  price.output.reset();
  EXPECT_FALSE(CostOf(price, {}).has_value());
}

}  // namespace
}  // namespace firn::conversations
