// SPDX-License-Identifier: Apache-2.0

#include "firn/table/metrics.h"

#include "firn/base/bytes.h"
#include "firn/base/testing.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

constexpr MetricsMode Cut(int32_t length) {
  return {MetricsMode::Kind::kTruncate, length};
}

std::optional<std::string> Upper(const std::string& text, int32_t length) {
  return UpperBoundBytes(Literal::String(text), Cut(length));
}

TEST(Bounds, AreCutBetweenCodePointsAndRaised) {
  EXPECT_EQ(LowerBoundBytes(Literal::String("\U0001F9CAéz"), Cut(2)), "\U0001F9CAé");
  EXPECT_EQ(Upper("abc", 3), "abc");  // Not cut, not raised.
  EXPECT_EQ(Upper("abcd", 3), "abd");
  EXPECT_EQ(Upper("ab\U0010FFFFx", 3), "ac");  // Carried to the place before.
  EXPECT_EQ(Upper("\U0010FFFF\U0010FFFFx", 2), std::nullopt);
  EXPECT_EQ(Upper("a\uD7FFx", 2), "a\uE000");  // Surrogates are no characters.
  EXPECT_EQ(Upper("\x7Fx", 1), "\u0080");      // One byte becomes two.
  EXPECT_EQ(Upper("\u07FFx", 1), "\u0800");
  EXPECT_EQ(Upper("\uFFFFx", 1), "\U00010000");
}

TEST(Bounds, OfBinaryAreCutBetweenBytes) {
  EXPECT_EQ(LowerBoundBytes(Literal::Binary("\xFF\xFE\xFD"), Cut(2)), "\xFF\xFE");
  EXPECT_EQ(UpperBoundBytes(Literal::Binary("\x01\xFF\x05"), Cut(2)), "\x02");
  EXPECT_EQ(UpperBoundBytes(Literal::Binary("\xFF\xFF\x05"), Cut(2)), std::nullopt);
}

TEST(Bounds, AlwaysEncloseTheValue) {
  Random random(12);
  for (const char* name : {"string", "binary", "fixed[4]"}) {
    const Type type = *Type::ParsePrimitive(name);
    for (int round = 0; round < 3000; ++round) {
      const Literal value = random.Value(type);
      const MetricsMode mode = Cut(1 + static_cast<int32_t>(random.Below(4)));
      const auto lower = LowerBoundBytes(value, mode);
      ASSERT_TRUE(lower.has_value());
      EXPECT_LE(*lower, value.ToBytes());
      const auto upper = UpperBoundBytes(value, mode);
      EXPECT_TRUE(!upper || *upper >= value.ToBytes());
      EXPECT_TRUE(!upper || type.id() != TypeId::kString || IsValidUtf8(*upper));
    }
  }
}

TEST(Bounds, AreNotKeptOfNanOrWhereTheModeSaysSo) {
  EXPECT_EQ(LowerBoundBytes(Literal::Double(NAN), Cut(16)), std::nullopt);
  EXPECT_EQ(LowerBoundBytes(Literal::Int(1), {MetricsMode::Kind::kCounts, 0}), std::nullopt);
  EXPECT_EQ(LowerBoundBytes(Literal::Int(1), Cut(1)), Literal::Int(1).ToBytes());
  EXPECT_EQ(UpperBoundBytes(Literal::String("abcdef"), {MetricsMode::Kind::kFull, 0}), "abcdef");
}

TEST(MetricsModes, FollowTheProperties) {
  const Schema schema = *Schema::Make(
      SchemaId(0),
      {NestedField::Required(1, "a", Type::Int()),
       NestedField::Optional(2, "s", Type::Struct({NestedField::Optional(3, "b", Type::String())})),
       NestedField::Optional(4, "c", Type::String())});
  const auto modes = MetricsModes(schema, {{"write.metadata.metrics.default", "counts"},
                                           {"write.metadata.metrics.column.s.b", "full"}});
  ASSERT_THAT(modes, IsOk());
  EXPECT_EQ(modes->size(), 3u);
  EXPECT_EQ(modes->at(FieldId(1)).kind, MetricsMode::Kind::kCounts);
  EXPECT_EQ(modes->at(FieldId(3)).kind, MetricsMode::Kind::kFull);
  const auto few =
      MetricsModes(schema, {{"write.metadata.metrics.max-inferred-column-defaults", "1"}});
  ASSERT_THAT(few, IsOk());
  EXPECT_EQ(few->at(FieldId(1)), Cut(16));
  EXPECT_EQ(few->at(FieldId(4)).kind, MetricsMode::Kind::kNone);
  EXPECT_THAT(MetricsModes(schema, {{"write.metadata.metrics.default", "truncate(0)"}}),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::table
