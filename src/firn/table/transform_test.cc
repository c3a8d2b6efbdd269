// SPDX-License-Identifier: Apache-2.0

#include "firn/table/transform.h"

#include <limits>

#include "firn/base/env.h"
#include "firn/base/testing.h"

namespace firn::table {
namespace {

Literal Parse(const Type& type, std::string_view text) {
  return *Literal::FromJson(type, Json(text));
}

// spec, Appendix B: "32-bit Hash Requirements".
TEST(BucketHash, EqualsTheVectorsOfTheSpec) {
  EXPECT_THAT(BucketHash(Literal::Boolean(true)), HasValue(1392991556));
  EXPECT_THAT(BucketHash(Literal::Int(34)), HasValue(2017239379));
  EXPECT_THAT(BucketHash(Literal::Long(34)), HasValue(2017239379));
  EXPECT_THAT(BucketHash(Literal::Int(1)), HasValue(1392991556));
  EXPECT_THAT(BucketHash(Literal::Decimal(1420, 9, 2)), HasValue(-500754589));
  EXPECT_THAT(BucketHash(Parse(Type::Date(), "2017-11-16")), HasValue(-653330422));
  EXPECT_THAT(BucketHash(Parse(Type::Time(), "22:31:08")), HasValue(-662762989));
  EXPECT_THAT(BucketHash(Parse(Type::Timestamp(), "2017-11-16T22:31:08")), HasValue(-2047944441));
  EXPECT_THAT(BucketHash(Parse(Type::Timestamp(), "2017-11-16T22:31:08.000001")),
              HasValue(-1207196810));
  EXPECT_THAT(BucketHash(Parse(Type::TimestampTz(), "2017-11-16T14:31:08-08:00")),
              HasValue(-2047944441));
  EXPECT_THAT(BucketHash(Parse(Type::TimestampTz(), "2017-11-16T14:31:08.000001-08:00")),
              HasValue(-1207196810));
  EXPECT_THAT(BucketHash(Parse(Type::TimestampNs(), "2017-11-16T22:31:08")), HasValue(-2047944441));
  EXPECT_THAT(BucketHash(Parse(Type::TimestampNs(), "2017-11-16T22:31:08.000001001")),
              HasValue(-1207196810));
  EXPECT_THAT(BucketHash(Parse(Type::TimestampTzNs(), "2017-11-16T14:31:08.000001001-08:00")),
              HasValue(-1207196810));
  EXPECT_THAT(BucketHash(Literal::String("iceberg")), HasValue(1210000089));
  EXPECT_THAT(BucketHash(Parse(Type::Uuid(), "f79c3e09-677c-4bbd-a479-3f349cb785e7")),
              HasValue(1488055340));
  const std::string bytes("\x00\x01\x02\x03", 4);
  EXPECT_THAT(BucketHash(Literal::Fixed(bytes)), HasValue(-188683207));
  EXPECT_THAT(BucketHash(Literal::Binary(bytes)), HasValue(-188683207));
  EXPECT_THAT(BucketHash(Literal::Float(1.0F)), HasValue(-142385009));
  EXPECT_THAT(BucketHash(Literal::Double(1.0)), HasValue(-142385009));
  EXPECT_THAT(BucketHash(Literal::Float(0.0F)), HasValue(1669671676));
  EXPECT_THAT(BucketHash(Literal::Double(-0.0)), HasValue(1669671676));
}

TEST(BucketHash, IsEqualForEqualValuesOfPromotedTypes) {
  FixedEnv env;
  for (int round = 0; round < 1000; ++round) {
    const auto number = static_cast<int32_t>(env.Random64());
    EXPECT_EQ(*BucketHash(Literal::Int(number)), *BucketHash(Literal::Long(number)));
  }
}

Literal Applied(const Transform& transform, const Literal& value) {
  return **transform.Apply(value);
}

// spec, "Truncate Transform Details".
TEST(Truncate, EqualsTheExamplesOfTheSpec) {
  EXPECT_EQ(Applied(Transform::Truncate(10), Literal::Int(1)), Literal::Int(0));
  EXPECT_EQ(Applied(Transform::Truncate(10), Literal::Int(-1)), Literal::Int(-10));
  EXPECT_EQ(Applied(Transform::Truncate(10), Literal::Long(1)), Literal::Long(0));
  EXPECT_EQ(Applied(Transform::Truncate(10), Literal::Long(-1)), Literal::Long(-10));
  EXPECT_EQ(Applied(Transform::Truncate(50), Literal::Decimal(1065, 9, 2)),
            Literal::Decimal(1050, 9, 2));
  EXPECT_EQ(Applied(Transform::Truncate(3), Literal::String("iceberg")), Literal::String("ice"));
  EXPECT_EQ(Applied(Transform::Truncate(3), Literal::Binary(std::string("\1\2\3\4\5", 5))),
            Literal::Binary("\1\2\3"));
}

TEST(Truncate, CutsTextBetweenCodePoints) {
  EXPECT_EQ(Applied(Transform::Truncate(2), Literal::String("\U0001F9CAé!")),
            Literal::String("\U0001F9CAé"));
}

TEST(Truncate, StaysInRangeBelowTheSmallestMultiple) {
  constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(Applied(Transform::Truncate(10), Literal::Int(kMin)), Literal::Int(kMin));
  constexpr int64_t kMinLong = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(Applied(Transform::Truncate(10), Literal::Long(kMinLong)), Literal::Long(kMinLong));
}

TEST(TemporalTransforms, RoundDownBeforeTheEpoch) {
  const Literal before = Parse(Type::Timestamp(), "1969-12-31T23:59:59.999999");
  EXPECT_EQ(Applied(Transform::Year(), before), Literal::Int(-1));
  EXPECT_EQ(Applied(Transform::Month(), before), Literal::Int(-1));
  EXPECT_EQ(Applied(Transform::Day(), before), Literal::Date(-1));
  EXPECT_EQ(Applied(Transform::Hour(), before), Literal::Int(-1));
  const Literal nanos = Parse(Type::TimestampNs(), "1969-12-31T23:59:59.999999999");
  EXPECT_EQ(Applied(Transform::Hour(), nanos), Literal::Int(-1));
}

TEST(TemporalTransforms, EqualTheExamplesOfTheSpec) {
  const Literal date = Parse(Type::Date(), "2017-11-16");
  EXPECT_EQ(Applied(Transform::Year(), date), Literal::Int(47));
  EXPECT_EQ(Applied(Transform::Month(), date), Literal::Int(574));
  EXPECT_EQ(Applied(Transform::Day(), date), Literal::Date(17486));
  const Literal time = Parse(Type::TimestampTz(), "2017-11-16T22:31:08+00:00");
  EXPECT_EQ(Applied(Transform::Hour(), time), Literal::Int(419686));
}

TEST(Transform, ReadsAsFoldersDo) {
  EXPECT_EQ(Transform::Year().ToHuman(Literal::Int(47)), "2017");
  EXPECT_EQ(Transform::Month().ToHuman(Literal::Int(574)), "2017-11");
  EXPECT_EQ(Transform::Month().ToHuman(Literal::Int(-1)), "1969-12");
  EXPECT_EQ(Transform::Day().ToHuman(Literal::Date(17486)), "2017-11-16");
  EXPECT_EQ(Transform::Hour().ToHuman(Literal::Int(419686)), "2017-11-16-22");
  EXPECT_EQ(Transform::Identity().ToHuman(std::nullopt), "null");
}

TEST(Transform, KeepsNullAndMakesNullOfEverythingWhenVoid) {
  for (const char* text : {"identity", "bucket[4]", "truncate[4]", "year", "void"}) {
    EXPECT_EQ(*Transform::Parse(text)->Apply(std::nullopt), std::nullopt) << text;
  }
  EXPECT_EQ(*Transform::Void().Apply(Literal::Int(3)), std::nullopt);
}

TEST(Transform, GivesBackTheTextItWasReadFrom) {
  for (const char* text : {"identity", "bucket[16]", "truncate[4]", "year", "month", "day", "hour",
                           "void", "zorder[2,3]", "bucket[x]"}) {
    const auto transform = Transform::Parse(text);
    ASSERT_THAT(transform, IsOk());
    EXPECT_EQ(transform->ToString(), text);
  }
  EXPECT_THAT(Transform::Parse("bucket[0]"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Transform::Parse("truncate[-1]"), IsError(ErrorKind::kInvalidArgument));
}

TEST(Transform, RefusesTypesItDoesNotTake) {
  EXPECT_THAT(Transform::Year().Apply(Literal::Int(1)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Transform::Hour().Apply(Literal::Date(1)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Transform::Bucket(2).Apply(Literal::Double(1)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Transform::Parse("zorder")->Apply(Literal::Int(1)), IsError(ErrorKind::kUnsupported));
}

TEST(Transform, PreservesOrderWhereItSaysSo) {
  FixedEnv env;
  for (const auto& transform :
       {Transform::Year(), Transform::Month(), Transform::Day(), Transform::Hour()}) {
    for (int round = 0; round < 500; ++round) {
      const auto random = [&env] {
        return static_cast<int64_t>(env.Random64() >> 8) - (1LL << 55);
      };
      const Literal a = Literal::Timestamp(random());
      const Literal b = Literal::Timestamp(random());
      const bool ordered = Compare(a, b) <= 0;
      EXPECT_TRUE(
          Compare(Applied(transform, ordered ? a : b), Applied(transform, ordered ? b : a)) <= 0);
    }
  }
}

}  // namespace
}  // namespace firn::table
