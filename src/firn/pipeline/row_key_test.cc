// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/row_key.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/pipeline/batches.h"

namespace firn::pipeline {
namespace {

std::string RenderRow(const std::vector<std::string>& row) {
  const auto batch = MakeTextBatch({"a", "b"}, {row});
  const auto keys = KeyColumns::Make(*batch.value()->schema(), {"a", "b"});
  std::string out;
  keys->Append(*batch.value(), 0, out);
  return out;
}

TEST(KeyColumns, TellsApartRowsWhoseTextsJoinAlike) {
  EXPECT_NE(RenderRow({"ab", "c"}), RenderRow({"a", "bc"}));
  EXPECT_NE(RenderRow({"", "N"}), RenderRow({"N", ""}));
  EXPECT_EQ(RenderRow({"x", "y"}), RenderRow({"x", "y"}));
}

TEST(KeyColumns, RefusesMissingColumns) {
  const auto schema = arrow::schema({arrow::field("a", arrow::utf8())});
  EXPECT_THAT(KeyColumns::Make(*schema, {"b"}), IsError(ErrorKind::kNotFound));
}

TEST(KeyColumns, RefusesFloatingPoint) {
  const auto schema = arrow::schema({arrow::field("a", arrow::float64())});
  EXPECT_THAT(KeyColumns::Make(*schema, {"a"}), IsError(ErrorKind::kUnsupported));
}

TEST(Precedence, OrdersTextAsBytesAlsoWithZeros) {
  FixedEnv env;
  const auto draw = [&] {
    std::string text;
    for (auto left = env.Random64() % 5; left > 0; --left)
      text.push_back(static_cast<char>(env.Random64() % 3));
    return text;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string one = draw(), two = draw();
    const auto batch = MakeTextBatch({"a"}, {{one}, {two}});
    ASSERT_THAT(batch, IsOk());
    const auto ascending = Precedence::Make(*(*batch)->schema(), {"a"});
    const auto descending = Precedence::Make(*(*batch)->schema(), {"a desc"});
    EXPECT_EQ(one < two, ascending->Of(**batch, 0) < ascending->Of(**batch, 1));
    EXPECT_EQ(one > two, descending->Of(**batch, 0) < descending->Of(**batch, 1));
  }
}

TEST(Precedence, PassesOverColumnsTheRowsLack) {
  const auto batch = MakeTextBatch({"a"}, {{"x"}});
  const auto order = Precedence::Make(*(*batch)->schema(), {"revision desc", "sequence"});
  ASSERT_THAT(order, IsOk());
  EXPECT_TRUE(order->empty());
}

}  // namespace
}  // namespace firn::pipeline
