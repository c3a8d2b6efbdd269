// SPDX-License-Identifier: Apache-2.0

#include "firn/base/time.h"

#include <array>
#include <cstdio>

#include "firn/base/testing.h"

namespace firn {
namespace {

TEST(CivilDate, IsTheInverseOfItsDayNumber) {
  for (int32_t day = -800'000; day < 800'000; day += 13) {
    ASSERT_EQ(DaysFromCivil(CivilFromDays(day)), day);
  }
  EXPECT_EQ(CivilFromDays(0), (CivilDate{1970, 1, 1}));
  EXPECT_EQ(CivilFromDays(-1), (CivilDate{1969, 12, 31}));
  EXPECT_EQ(DaysFromCivil({2000, 2, 29}), 11016);
}

TEST(ParseTimestamp, ReadsTheFormsToolsWrite) {
  EXPECT_EQ(ParseTimestamp("2025-11-05T09:30:00.123Z")->micros, 1762335000123000);
  EXPECT_EQ(ParseTimestamp("2025-11-05 11:30:00+02:00")->micros, 1762335000000000);
  EXPECT_EQ(ParseTimestamp("2025-11-05T09:30")->micros, 1762335000000000);
  EXPECT_EQ(ParseTimestamp("1969-12-31T23:59:59.999999Z")->micros, -1);
  EXPECT_FALSE(ParseTimestamp("2025-11-05T09:30:00")->offset_minutes.has_value());
  EXPECT_TRUE(ParseTimestamp("2025-11-05T09:30:00.1234567Z")->truncated);
}

TEST(ParseTimestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2025-02-30", "2025-11-05T24:00:00Z", "2025-11-05T09:30:00.Z",
                           "2025-11-05T09:30:00Zx", "05/11/2025", "[trimmed]"}) {
    EXPECT_THAT(ParseTimestamp(text), IsError(ErrorKind::kInvalidArgument)) << text;
  }
}

TEST(TimeMs, PrintsInUtc) {
  EXPECT_EQ(TimeMs{1762335000123}.ToString(), "2025-11-05T09:30:00.123Z");
  EXPECT_EQ(TimeMs{-1}.ToString(), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(TimeUs{INT64_MAX}.ToString(), "294247-01-10T04:00:54.775807Z");
  EXPECT_EQ(TimeUs{INT64_MIN}.ToString(), "-290308-12-21T19:59:05.224192Z");
  EXPECT_EQ(FormatDate(-1), "1969-12-31");
}

TEST(ParseDate, TakesTheDaysThatThereAre) {
  for (const int32_t year : {0, 4, 1900, 1999, 2000, 2024, 2025, 2100, 9999}) {
    for (int32_t month = 0; month <= 13; ++month) {
      for (int32_t day = 0; day <= 32; ++day) {
        std::array<char, 48> text{};
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", year, month, day);
        const CivilDate date{year, month, day};
        const bool is_real =
            month >= 1 && month <= 12 && day >= 1 && CivilFromDays(DaysFromCivil(date)) == date;
        EXPECT_EQ(ParseDate(text.data()).has_value(), is_real) << text.data();
      }
    }
  }
}

}  // namespace
}  // namespace firn
