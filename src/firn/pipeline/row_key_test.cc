// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/row_key.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/pipeline/batches.h"

namespace firn::pipeline {
namespace {

// Keys of the reference implementation's test vectors: bytes 0 to 15.
constexpr uint64_t kSeed0 = 0x0706050403020100;
constexpr uint64_t kSeed1 = 0x0f0e0d0c0b0a0908;

TEST(SipHash128, GivesTheReferenceVectors) {
  const RowKey none = SipHash128("", kSeed0, kSeed1);
  EXPECT_EQ(none.low, 0xe6a825ba047f81a3U);
  EXPECT_EQ(none.high, 0x930255c71472f66dU);
  const std::string one(1, '\0');
  const RowKey first = SipHash128(one, kSeed0, kSeed1);
  EXPECT_EQ(first.low, 0x44af996bd8c187daU);
  EXPECT_EQ(first.high, 0x45fc229b11597634U);
}

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
