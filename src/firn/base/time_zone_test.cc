// SPDX-License-Identifier: Apache-2.0

#include "firn/base/time_zone.h"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "firn/base/testing.h"
#include "firn/base/time.h"

namespace firn {
namespace {

constexpr int64_t kDay = 86'400;

int64_t At(int32_t year, int32_t month, int32_t day, int64_t seconds) {
  return DaysFromCivil({year, month, day}) * kDay + seconds;
}

std::string Number(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t at = width; at > 0; --at)
    bytes += static_cast<char>(at > 8 ? 0 : value >> (8 * (at - 1)) & 0xFF);
  return bytes;
}

std::string Block(const std::vector<TimeZone::Transition>& transitions, size_t width) {
  std::string bytes = "TZif2" + std::string(15, '\0') + Number(0, 12);
  bytes += Number(transitions.size(), 4) + Number(transitions.size() + 1, 4) + Number(4, 4);
  for (const auto& transition : transitions)
    bytes += Number(static_cast<uint64_t>(transition.at), width);
  for (size_t at = 0; at < transitions.size(); ++at)
    bytes += static_cast<char>(at + 1);
  bytes += Number(0, 6);
  for (const auto& transition : transitions)
    bytes += Number(static_cast<uint32_t>(transition.offset), 4) + Number(0, 2);
  return bytes + "UTC" + '\0';
}

// A file whose offset is 0 before the first transition.
std::string File(const std::vector<TimeZone::Transition>& transitions, const std::string& rule) {
  return Block({}, 4) + Block(transitions, 8) + "\n" + rule + "\n";
}

TEST(TimeZone, IsUtcByDefault) {
  EXPECT_EQ(TimeZone().OffsetAt(0), 0);
}

TEST(TimeZone, ChangesWithItsTransitions) {
  const auto zone = TimeZone::Parse(File({{100, 3600}, {200, -1800}}, ""));
  ASSERT_THAT(zone, IsOk());
  EXPECT_EQ(zone->OffsetAt(99), 0);
  EXPECT_EQ(zone->OffsetAt(100), 3600);
  EXPECT_EQ(zone->OffsetAt(200), -1800);
  EXPECT_EQ(zone->OffsetAt(int64_t{1} << 40), -1800);
}

TEST(TimeZone, FollowsItsRuleAfterTheLastTransition) {
  const auto zone = TimeZone::Parse(File({{100, 3600}}, "CET-1CEST,M3.5.0,M10.5.0/3"));
  ASSERT_THAT(zone, IsOk());
  EXPECT_EQ(zone->OffsetAt(At(2025, 3, 30, 3599)), 3600);
  EXPECT_EQ(zone->OffsetAt(At(2025, 3, 30, 3600)), 7200);
  EXPECT_EQ(zone->OffsetAt(At(2025, 10, 26, 3599)), 7200);
  EXPECT_EQ(zone->OffsetAt(At(2025, 10, 26, 3600)), 3600);
}

TEST(TimeZone, KnowsSummersThatSpanTheNewYear) {
  const auto zone = TimeZone::Parse(File({}, "AEST-10AEDT,M10.1.0,M4.1.0/3"));
  ASSERT_THAT(zone, IsOk());
  EXPECT_EQ(zone->OffsetAt(At(2026, 1, 1, 0)), 11 * 3600);
  EXPECT_EQ(zone->OffsetAt(At(2026, 7, 1, 0)), 10 * 3600);
}

TEST(TimeZone, CountsDaysOfTheYearWithAndWithoutLeapDays) {
  const auto julian = TimeZone::Parse(File({}, "AAA0BBB,J60/0,J300/0"));
  const auto zero_based = TimeZone::Parse(File({}, "<-03>3<-02>,59/0,299/0"));
  ASSERT_THAT(julian, IsOk());
  ASSERT_THAT(zero_based, IsOk());
  EXPECT_EQ(julian->OffsetAt(At(2024, 2, 29, 0)), 0);
  EXPECT_EQ(julian->OffsetAt(At(2024, 3, 1, 0)), 3600);
  EXPECT_EQ(zero_based->OffsetAt(At(2024, 2, 29, 3 * 3600)), -2 * 3600);
}

TEST(TimeZone, RefusesWhatIsNoZone) {
  const std::string good = File({{100, 3600}}, "CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_THAT(TimeZone::Parse(good), IsOk());
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_THAT(TimeZone::Parse(good.substr(0, length)), IsError(ErrorKind::kCorrupt)) << length;
  EXPECT_THAT(TimeZone::Parse(File({{200, 0}, {100, 0}}, "")), IsError(ErrorKind::kCorrupt));
  for (const char* rule : {"CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-25", "CET-1CEST,M3.5.0,M10.5.0,", "<CET-1", "1"}) {
    EXPECT_THAT(TimeZone::Parse(File({}, rule)), IsError(ErrorKind::kCorrupt)) << rule;
  }
}

// Against the C library, which reads the same files.
TEST(TimeZone, AgreesWithTheSystem) {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  for (const std::string name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                 "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Casablanca"}) {
    std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
    if (!file) GTEST_SKIP() << "no time zone database on this machine";
    std::ostringstream bytes;
    bytes << file.rdbuf();
    const auto zone = TimeZone::Parse(bytes.str());
    ASSERT_THAT(zone, IsOk()) << name;
    setenv("TZ", name.c_str(), 1);
    tzset();
    for (int64_t at = At(1905, 1, 1, 0); at < At(2130, 1, 1, 0); at += 5 * 3601) {
      std::tm local{};
      const auto seconds = static_cast<std::time_t>(at);
      localtime_r(&seconds, &local);
      ASSERT_EQ(zone->OffsetAt(at), local.tm_gmtoff) << name << " at " << at;
    }
  }
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", kept.c_str(), 1);
  }
  tzset();
}

}  // namespace
}  // namespace firn
