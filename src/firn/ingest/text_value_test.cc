// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/text_value.h"

#include <random>

#include <arrow/api.h>

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using table::Type;

// The value as Arrow prints it, else the rule that it broke.
std::string Read(const Type& type, std::string_view text) {
  const auto build = BuildType(type);
  EXPECT_THAT(build, IsOk());
  std::unique_ptr<arrow::ArrayBuilder> builder;
  EXPECT_TRUE(arrow::MakeBuilder(arrow::default_memory_pool(), *build, &builder).ok());
  if (const auto violation = AppendText(type, text, *builder)) {
    EXPECT_EQ(builder->length(), 0) << text;
    return violation->rule;
  }
  const auto array = builder->Finish();
  return (*(*array)->GetScalar(0))->ToString();
}

TEST(AppendText, ReadsNumbersExactlyOrSaysWhatIsWrong) {
  EXPECT_EQ(Read(Type::Int(), " 42 "), "42");
  EXPECT_EQ(Read(Type::Int(), "+7"), "7");
  EXPECT_EQ(Read(Type::Int(), "2147483648"), "range");
  EXPECT_EQ(Read(Type::Int(), "1.0"), "type");
  EXPECT_EQ(Read(Type::Int(), ""), "type");
  EXPECT_EQ(Read(Type::Int(), "+-7"), "type");
  EXPECT_EQ(Read(Type::Long(), "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(Read(Type::Long(), "9223372036854775808"), "range");
  EXPECT_EQ(Read(Type::Double(), "1e3"), "1000");
  EXPECT_EQ(Read(Type::Float(), "1e39"), "range");
  EXPECT_EQ(Read(Type::Decimal(5, 2), "123.45"), "123.45");
  EXPECT_EQ(Read(Type::Decimal(5, 2), "123.4"), "123.40");
  EXPECT_EQ(Read(Type::Decimal(5, 2), "1234.5"), "range");
  EXPECT_EQ(Read(Type::Decimal(5, 2), "1.234"), "range");
  EXPECT_EQ(Read(Type::Decimal(5, 2), "abc"), "type");
}

// An exponent takes a number the way of those that are not short.
TEST(AppendText, ReadsShortAndLongDoublesAlike) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 2000; ++round) {
    std::string digits = std::to_string(random() >> (random() % 64));
    digits.insert(random() % (digits.size() + 1), random() % 4 > 0 ? "." : "");
    const std::string text = (random() % 2 == 0 ? "-" : "") + digits;
    EXPECT_EQ(Read(Type::Double(), text), Read(Type::Double(), text + "e0")) << text;
  }
  EXPECT_EQ(Read(Type::Double(), "-0"), "-0");
  for (const char* text : {"", ".", "-", "+", "1.2.3", "--1", "1-", "0x1"})
    EXPECT_EQ(Read(Type::Double(), text), "type") << text;
}

// Zeros before a number take it the way of long ones.
TEST(AppendText, ReadsShortAndLongDecimalsAlike) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string digits = std::to_string(random() >> (random() % 64));
    digits.insert(random() % (digits.size() + 1), random() % 4 > 0 ? "." : "");
    const auto precision = static_cast<int32_t>(1 + random() % 38);
    const Type type = Type::Decimal(precision, static_cast<int32_t>(random() % (precision + 1U)));
    const std::string sign = std::vector<std::string>{"", "-", "+"}[random() % 3];
    EXPECT_EQ(Read(type, sign + digits), Read(type, sign + std::string(20, '0') + digits))
        << type.ToString() << " " << sign << digits;
  }
  for (const char* text : {"", ".", "-", "+", "1.2.3", "--1", "1-", "1e2x"})
    EXPECT_EQ(Read(Type::Decimal(5, 2), text), "type") << text;
}

TEST(AppendText, ReadsBooleansInTheirUsualSpellings) {
  for (const char* yes : {"true", "TRUE", "True", "1"})
    EXPECT_EQ(Read(Type::Boolean(), yes), "true");
  for (const char* no : {"false", "FALSE", "0"})
    EXPECT_EQ(Read(Type::Boolean(), no), "false");
  EXPECT_EQ(Read(Type::Boolean(), "yes"), "type");
}

TEST(AppendText, ReadsDatesAndTimes) {
  EXPECT_EQ(Read(Type::Date(), "2025-11-05"), "2025-11-05");
  EXPECT_EQ(Read(Type::Date(), "2025-02-30"), "type");
  EXPECT_EQ(Read(Type::Time(), "09:30:00.5"), "09:30:00.500000");
  EXPECT_EQ(Read(Type::Time(), "25:00"), "type");
  EXPECT_EQ(Read(Type::Timestamp(), "2025-11-05 09:30:00"), "2025-11-05 09:30:00.000000");
  EXPECT_EQ(Read(Type::Timestamp(), "2025-11-05T09:30:00Z"), "type");
  EXPECT_EQ(Read(Type::TimestampTz(), "2025-11-05T09:30:00+02:00"), "2025-11-05 07:30:00.000000Z");
  EXPECT_EQ(Read(Type::TimestampTz(), "2025-11-05T09:30:00"), "2025-11-05 09:30:00.000000Z");
}

TEST(AppendText, ReadsTextAndBytes) {
  EXPECT_EQ(Read(Type::String(), " x "), " x ");
  EXPECT_EQ(Read(Type::String(), "\xff"), "encoding");
  EXPECT_EQ(Read(Type::Uuid(), "f79c3e09-677c-4bbd-a479-3f349cb785e7"),
            "f79c3e09-677c-4bbd-a479-3f349cb785e7");
  EXPECT_EQ(Read(Type::Uuid(), "f79c3e09"), "type");
  EXPECT_EQ(Read(Type::Fixed(3), "YWJj"), "abc");
  EXPECT_EQ(Read(Type::Fixed(2), "YWJj"), "range");
  EXPECT_EQ(Read(Type::Binary(), "YQ=="), "a");
  EXPECT_EQ(Read(Type::Binary(), "YQ"), "a");
  EXPECT_EQ(Read(Type::Binary(), "Y"), "type");
  EXPECT_EQ(Read(Type::Binary(), "Y*=="), "type");
}

TEST(QuoteValue, ShortensAndStaysOneLineOfText) {
  EXPECT_EQ(QuoteValue("a\nb"), "\"a\\nb\"");
  const std::string quoted = QuoteValue(std::string(79, 'x') + "ü and more");
  EXPECT_EQ(quoted, '"' + std::string(79, 'x') + "...\"");
}

}  // namespace
}  // namespace firn::ingest
