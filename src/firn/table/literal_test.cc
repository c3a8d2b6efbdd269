// SPDX-License-Identifier: Apache-2.0

#include "firn/table/literal.h"

#include <limits>

#include "firn/base/bytes.h"
#include "firn/base/testing.h"
#include "firn/table/testing.h"

namespace firn::table {
namespace {

const std::vector<std::string>& Types() {
  static const std::vector<std::string> kTypes = {
      "boolean",        "int",    "long", "float",     "double",      "decimal(9, 2)",
      "decimal(38, 0)", "date",   "time", "timestamp", "timestamptz", "timestamp_ns",
      "timestamptz_ns", "string", "uuid", "fixed[4]",  "binary"};
  return kTypes;
}

TEST(Literal, GivesBackItsBytesAndJson) {
  Random random(3);
  for (const std::string& name : Types()) {
    const Type type = *Type::ParsePrimitive(name);
    for (int round = 0; round < 500; ++round) {
      const Literal value = random.Value(type);
      EXPECT_THAT(Literal::FromBytes(type, value.ToBytes()), HasValue(value)) << name;
      if (value.is_nan()) continue;  // JSON has no word for it.
      const auto json = Json::Parse(value.ToJson().Dump());
      EXPECT_THAT(Literal::FromJson(type, *json), HasValue(value)) << value.ToString();
    }
  }
}

std::string HexOf(const Literal& literal) {
  return HexEncode(literal.ToBytes());
}

// spec, Appendix D, "Binary single-value serialization".
TEST(Literal, HasTheBytesOfTheSpec) {
  EXPECT_EQ(HexOf(Literal::Boolean(false)), "00");
  EXPECT_EQ(HexOf(Literal::Boolean(true)), "01");
  EXPECT_EQ(HexOf(Literal::Int(1)), "01000000");
  EXPECT_EQ(HexOf(Literal::Long(-2)), "feffffffffffffff");
  EXPECT_EQ(HexOf(Literal::Double(1.0)), "000000000000f03f");
  EXPECT_EQ(HexOf(Literal::Decimal(1420, 9, 2)), "058c");
  EXPECT_EQ(HexOf(Literal::Decimal(-128, 9, 2)), "80");
  EXPECT_EQ(HexOf(Literal::Decimal(128, 9, 2)), "0080");
  EXPECT_EQ(HexOf(Literal::Decimal(0, 9, 2)), "00");
  EXPECT_EQ(HexOf(Literal::Uuid(*Uuid::Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7"))),
            "f79c3e09677c4bbda4793f349cb785e7");
  EXPECT_EQ(HexOf(Literal::String("é")), "c3a9");
}

// spec, Appendix D, "JSON single-value serialization".
TEST(Literal, HasTheJsonOfTheSpec) {
  const auto json = [](const Literal& literal) { return literal.ToJson().Dump(); };
  EXPECT_EQ(json(*Literal::FromJson(Type::Date(), Json("2017-11-16"))), "\"2017-11-16\"");
  EXPECT_EQ(json(Literal::Time(81'068'123'456)), "\"22:31:08.123456\"");
  EXPECT_EQ(json(Literal::Timestamp(1'510'871'468'123'456)), "\"2017-11-16T22:31:08.123456\"");
  EXPECT_EQ(json(Literal::TimestampTz(1'510'871'468'123'456)),
            "\"2017-11-16T22:31:08.123456+00:00\"");
  EXPECT_EQ(json(Literal::TimestampNs(1'510'871'468'123'456'789)),
            "\"2017-11-16T22:31:08.123456789\"");
  EXPECT_EQ(json(Literal::Decimal(1420, 9, 2)), "\"14.20\"");
  EXPECT_EQ(json(Literal::Decimal(2, 9, -0)), "\"2\"");
  EXPECT_EQ(json(Literal::Fixed(std::string("\0\1\2\3", 4))), "\"00010203\"");
}

TEST(Literal, RefusesBytesOfAnotherLength) {
  for (const char* name : {"boolean", "int", "float", "date", "time", "uuid"}) {
    EXPECT_THAT(Literal::FromBytes(*Type::ParsePrimitive(name), "abc"),
                IsError(ErrorKind::kCorrupt))
        << name;
  }
  EXPECT_THAT(Literal::FromBytes(Type::Decimal(9, 2), ""), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Literal::FromBytes(Type::Decimal(9, 2), std::string(40, '\7')),
              IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Literal::FromBytes(Type::Struct({}), ""), IsError(ErrorKind::kUnsupported));
}

TEST(Literal, ConvertsOnlyWithoutLoss) {
  EXPECT_THAT(Literal::Int(3).CastTo(Type::Long()), HasValue(Literal::Long(3)));
  EXPECT_THAT(Literal::Long(1).CastTo(Type::Decimal(9, 2)), HasValue(Literal::Decimal(100, 9, 2)));
  EXPECT_THAT(Literal::Double(2).CastTo(Type::Int()), HasValue(Literal::Int(2)));
  EXPECT_THAT(Literal::Double(2.5).CastTo(Type::Int()), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Literal::Long(int64_t{1} << 40).CastTo(Type::Int()),
              IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(Literal::Decimal(150, 9, 2).CastTo(Type::Double()), HasValue(Literal::Double(1.5)));
  EXPECT_THAT(Literal::Decimal(150, 9, 2).CastTo(Type::Decimal(9, 1)),
              HasValue(Literal::Decimal(15, 9, 1)));
  EXPECT_THAT(Literal::Decimal(155, 9, 2).CastTo(Type::Decimal(9, 1)),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Literal::String("2025-11-05").CastTo(Type::Date()), HasValue(Literal::Date(20397)));
  EXPECT_THAT(Literal::String("2025-11-05T01:00:00+02:00").CastTo(Type::TimestampTz()),
              HasValue(Literal::TimestampTz(1'762'297'200'000'000)));
  EXPECT_THAT(Literal::Date(1).CastTo(Type::Timestamp()),
              HasValue(Literal::Timestamp(86'400'000'000)));
  EXPECT_THAT(Literal::Timestamp(86'400'000'001).CastTo(Type::Date()),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Literal::Date(200'000).CastTo(Type::TimestampNs()),
              IsError(ErrorKind::kResourceExhausted));
  EXPECT_THAT(Literal::Boolean(true).CastTo(Type::Int()), IsError(ErrorKind::kInvalidArgument));
}

TEST(Literal, ComparesAsTheSpecOrders) {
  EXPECT_TRUE(Compare(Literal::Double(-0.0), Literal::Double(0.0)) == 0);
  EXPECT_TRUE(Compare(Literal::Double(NAN), Literal::Double(0)) ==
              std::partial_ordering::unordered);
  EXPECT_TRUE(Compare(Literal::Binary("\x7f"), Literal::Binary("\x80")) < 0);
  EXPECT_TRUE(Compare(Literal::String("\uFFFD"), Literal::String("\U00010000")) < 0);
  EXPECT_TRUE(Compare(Literal::Decimal(-5, 38, 0), Literal::Decimal(3, 38, 0)) < 0);
}

TEST(Decimal, GivesBackTextAndBytes) {
  const auto power = [](int exponent) {
    Int128 value = 1;
    while (exponent-- > 0)
      value *= 10;
    return value;
  };
  for (int exponent = 0; exponent < 38; ++exponent) {
    for (const Int128 value : {power(exponent), -power(exponent), power(exponent) - 1,
                               -(power(exponent) - 1), power(exponent) / 2}) {
      for (const int32_t scale : {0, 1, 10, 38}) {
        EXPECT_TRUE(*ParseDecimal(DecimalToString(value, scale), 38, scale) == value);
      }
      EXPECT_TRUE(*DecimalFromBytes(DecimalToBytes(value)) == value);
      EXPECT_TRUE(*DecimalFromBytes(std::string(20, value < 0 ? '\xFF' : '\0') +
                                    DecimalToBytes(value)) == value);
    }
  }
}

TEST(Decimal, ReadsWhatPeopleWrite) {
  const auto read = [](std::string_view text) { return ParseDecimal(text, 9, 2); };
  EXPECT_TRUE(*read("1") == 100);
  EXPECT_TRUE(*read("-1.50") == -150);
  EXPECT_TRUE(*read("+.5") == 50);
  EXPECT_TRUE(*read("1E+3") == 100'000);
  EXPECT_TRUE(*read("1500e-3") == 150);
  EXPECT_TRUE(*read("0.000") == 0);
  for (const char* bad : {"", ".", "-", "1.005", "12345678", "1e", "1 ", "x", "1e99999"}) {
    EXPECT_THAT(read(bad), IsError(ErrorKind::kInvalidArgument)) << bad;
  }
}

TEST(Decimal, NeedsAsManyBytesAsTheSpecSays) {
  EXPECT_EQ(DecimalBytesRequired(2), 1);
  EXPECT_EQ(DecimalBytesRequired(3), 2);
  EXPECT_EQ(DecimalBytesRequired(9), 4);
  EXPECT_EQ(DecimalBytesRequired(10), 5);
  EXPECT_EQ(DecimalBytesRequired(18), 8);
  EXPECT_EQ(DecimalBytesRequired(38), 16);
}

}  // namespace
}  // namespace firn::table
