// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/text_column.h"

#include <optional>
#include <random>

#include <arrow/api.h>

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using table::Type;
using Random = std::mt19937;
using Texts = std::vector<std::optional<std::string>>;

std::unique_ptr<arrow::ArrayBuilder> BuilderOf(const Type& type) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  EXPECT_TRUE(
      arrow::MakeBuilder(arrow::default_memory_pool(), BuildType(type).value(), &builder).ok());
  return builder;
}

// The values, and what was refused.
struct Read {
  std::shared_ptr<arrow::Array> values;
  std::vector<std::string> refused;
};

std::string ToText(size_t row, const Violation& violation) {
  return std::to_string(row) + " " + violation.rule + " " + violation.message;
}

Read ReadOneByOne(const Type& type, const Texts& texts, const TimeZone* zone) {
  const auto builder = BuilderOf(type);
  Read read;
  for (size_t row = 0; row < texts.size(); ++row) {
    std::optional<Violation> violation;
    if (texts[row]) violation = AppendText(type, *texts[row], *builder, zone);
    if (violation) read.refused.push_back(ToText(row, *violation));
    const bool is_null = !texts[row] || violation;
    EXPECT_TRUE(!is_null || builder->AppendNull().ok());
  }
  EXPECT_TRUE(builder->Finish(&read.values).ok());
  return read;
}

// The texts stand side by side, so that what is read beyond the end of one is another.
Read ReadTogether(const Type& type, const Texts& texts, const TimeZone* zone) {
  std::string around;
  for (const auto& text : texts)
    around += text.value_or("");
  around += std::string(32, '9');
  std::vector<std::string_view> values;
  size_t at = 0;
  for (const auto& text : texts) {
    values.push_back(text ? std::string_view(around).substr(at, text->size()) : std::string_view());
    at += text.value_or("").size();
  }
  const auto builder = BuilderOf(type);
  const auto refused = AppendTexts(type, {values, around, false}, *builder, zone);
  EXPECT_THAT(refused, IsOk());
  Read read;
  for (const RefusedText& text : *refused)
    read.refused.push_back(ToText(text.row, text.violation));
  EXPECT_TRUE(builder->Finish(&read.values).ok());
  return read;
}

void ExpectSame(const Type& type, const Texts& texts, const TimeZone* zone = nullptr) {
  const Read together = ReadTogether(type, texts, zone);
  const Read one_by_one = ReadOneByOne(type, texts, zone);
  EXPECT_EQ(together.refused, one_by_one.refused) << type.ToString();
  EXPECT_TRUE(
      together.values->Equals(*one_by_one.values, arrow::EqualOptions().signed_zeros_equal(false)))
      << type.ToString() << "\n"
      << together.values->ToString() << one_by_one.values->ToString();
}

std::string Digits(Random& random, size_t most) {
  std::string digits;
  for (size_t left = random() % (most + 1); left > 0; --left)
    digits += static_cast<char>('0' + random() % 10);
  return digits;
}

// A text like one of a number or a time, now and then with a byte that is wrong.
std::string RandomText(Random& random) {
  const auto two = [&](uint32_t most) {
    const std::string number = std::to_string(random() % (most + 1));
    return number.size() == 1 ? "0" + number : number;
  };
  std::string text;
  const std::string date = std::to_string(1890 + random() % 220) + "-" + two(13) + "-" + two(32);
  switch (random() % 8) {
    case 0:
      text = Digits(random, 20);
      break;
    case 1:
      text = (random() % 2 == 0 ? "-" : "") + Digits(random, 12);
      break;
    case 2:
    case 3:
      text = (random() % 3 == 0 ? "-" : "") + Digits(random, 9) + "." + Digits(random, 9);
      break;
    case 4:
    case 5:
      text = date;
      break;
    default:
      text = date + (random() % 2 == 0 ? "T" : " ") + two(24) + ":" + two(60) + ":" + two(60);
      if (random() % 2 == 0) text += "." + Digits(random, 8);
      if (random() % 2 == 0) text += random() % 4 == 0 ? "+02:00" : "Z";
  }
  if (!text.empty() && random() % 8 == 0) {
    static constexpr std::string_view kWrong = "0123456789.-+: eTZx/\xff";
    text[random() % text.size()] = kWrong[random() % kWrong.size()];
  }
  return text;
}

std::vector<Type> Types() {
  return {Type::Int(),           Type::Long(),         Type::Float(),         Type::Double(),
          Type::Decimal(9, 2),   Type::Decimal(18, 4), Type::Decimal(38, 10), Type::Date(),
          Type::Time(),          Type::Timestamp(),    Type::TimestampTz(),   Type::TimestampNs(),
          Type::TimestampTzNs(), Type::Boolean(),      Type::String(),        Type::Uuid(),
          Type::Binary(),        Type::Fixed(3)};
}

TEST(AppendTexts, ReadsTogetherWhatIsReadOneByOne) {
  Random random(5);
  for (int round = 0; round < 20; ++round) {
    Texts texts;
    for (size_t rows = 1 + random() % 3000; rows > 0; --rows)
      texts.push_back(random() % 10 == 0 ? std::nullopt : std::optional(RandomText(random)));
    for (const Type& type : Types())
      ExpectSame(type, texts);
    if (HasFailure()) return;
  }
}

// More than are gathered at once, all of them good.
TEST(AppendTexts, ReadsLongColumns) {
  Texts numbers, dates;
  for (int row = 0; row < 5000; ++row) {
    numbers.push_back(std::to_string(row * 37));
    dates.push_back(std::to_string(1900 + row % 200) + "-02-" + std::to_string(10 + row % 20));
  }
  for (const Type& type : {Type::Int(), Type::Long(), Type::Double(), Type::Decimal(9, 2)}) {
    EXPECT_TRUE(ReadTogether(type, numbers, nullptr).refused.empty());
    ExpectSame(type, numbers);
  }
  ExpectSame(Type::Date(), dates);
}

TEST(AppendTexts, TakesTimesWithoutAZoneInTheOneGiven) {
  const TimeZone east({.before = 3600, .transitions = {}, .after = std::nullopt});
  ExpectSame(Type::TimestampTz(), {"2025-11-05T09:30:00", "2025-11-05T09:30:00Z"}, &east);
  ExpectSame(Type::Timestamp(), {"2025-11-05T09:30:00", "2025-11-05T09:30:00Z"}, &east);
}

TEST(AppendTexts, RefusesTextThatIsNotUtf8) {
  const Read read = ReadTogether(Type::String(), {"good", "\xff", std::nullopt, ""}, nullptr);
  EXPECT_THAT(read.refused, testing::ElementsAre(testing::HasSubstr("1 encoding")));
  EXPECT_EQ(read.values->null_count(), 2);
}

}  // namespace
}  // namespace firn::ingest
