// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/time_text.h"

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

// The instant, with "local" behind it where the text names no zone; "none" for what is no time.
std::string Read(std::string_view text) {
  const auto parsed = ParseTimeText(text);
  if (!parsed) return "none";
  return TimeUs{parsed->micros}.ToString().substr(0, 23) + (parsed->offset_minutes ? "" : " local");
}

TEST(ParseTimeText, ReadsTheFormsThatReportsWrite) {
  EXPECT_EQ(Read("2025-10-28 05:58:12.25"), "2025-10-28T05:58:12.250 local");
  EXPECT_EQ(Read("2025/10/28 05:58:12"), "2025-10-28T05:58:12.000 local");
  EXPECT_EQ(Read("2025.10.28"), "2025-10-28T00:00:00.000 local");
  EXPECT_EQ(Read("20251028T055812Z"), "2025-10-28T05:58:12.000");
  EXPECT_EQ(Read("20251028T0558"), "2025-10-28T05:58:00.000 local");
  EXPECT_EQ(Read("28 Oct 2025 5:58:12"), "2025-10-28T05:58:12.000 local");
  EXPECT_EQ(Read("28-Oct-2025"), "2025-10-28T00:00:00.000 local");
  EXPECT_EQ(Read("Oct 28, 2025 05:58"), "2025-10-28T05:58:00.000 local");
  EXPECT_EQ(Read("28/Oct/2025:05:58:12 +0100"), "2025-10-28T04:58:12.000");
  EXPECT_EQ(Read("Tue, 28 Oct 2025 05:58:12 GMT"), "2025-10-28T05:58:12.000");
}

TEST(ParseTimeText, ReadsZonesAfterASpace) {
  EXPECT_EQ(Read("2025-10-28 05:58:12 UTC"), "2025-10-28T05:58:12.000");
  EXPECT_EQ(Read("2025-10-28 05:58:12 +02:00"), "2025-10-28T03:58:12.000");
  EXPECT_EQ(Read("2025-10-28 05:58:12 -0330"), "2025-10-28T09:28:12.000");
}

TEST(ParseTimeText, KnowsTheTwoTwelves) {
  EXPECT_EQ(Read("2025-10-28 12:05:00 AM"), "2025-10-28T00:05:00.000 local");
  EXPECT_EQ(Read("2025-10-28 12:05 pm"), "2025-10-28T12:05:00.000 local");
  EXPECT_EQ(Read("2025-10-28 5:05:00PM"), "2025-10-28T17:05:00.000 local");
  EXPECT_EQ(Read("2025-10-28 13:05:00 PM"), "none");
}

TEST(ParseTimeText, RefusesWhatCouldBeTwoDaysOrNone) {
  for (const char* text :
       {"10/28/2025", "28.10.2025", "01/02/2025 05:00", "2025-10-32", "2025-10-28x",
        "2025-10-28 25:00", "28 Okt 2025", "20251028", "", "Tue", "2025/10-28",
        "2025-10-28 05:58:12 CEST", "Oct 28", "orders", "2025/02/30"}) {
    EXPECT_EQ(Read(text), "none") << text;
  }
}

TEST(ParseEpoch, TellsTheUnitByTheNumberOfDigits) {
  const TimeUs expected{1'761'631'092'000'000};
  EXPECT_EQ(ParseEpoch("1761631092"), expected);
  EXPECT_EQ(ParseEpoch("1761631092000"), expected);
  EXPECT_EQ(ParseEpoch("1761631092000000"), expected);
  EXPECT_EQ(ParseEpoch("1761631092000000000"), expected);
  EXPECT_EQ(ParseEpoch("-1"), TimeUs{-1'000'000});
  for (const char* text : {"", "-", "1.5", "1761631092 ", "17616310920000000000"})
    EXPECT_EQ(ParseEpoch(text), std::nullopt) << text;
}

}  // namespace
}  // namespace firn::ingest
