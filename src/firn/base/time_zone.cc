// SPDX-License-Identifier: Apache-2.0
//
// A TZif file is a header and a block with times of 4 bytes, then (from version 2 on) the same with
// times of 8 bytes, then a line that says in POSIX's form what holds after the last of them (RFC
// 8536, section 3). Only the second half is read, but for files of version 1.

#include "firn/base/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

#include "firn/base/time.h"

namespace firn {
namespace {

constexpr int32_t kDaySeconds = 86'400;
constexpr int32_t kOffsetMax = 26 * 3600;  // RFC 8536: -25 h to +26 h.
constexpr int32_t kRuleHoursMax = 167;     // Version 3 of the format.
constexpr uint32_t kCountMax = 100'000;    // Far above what any zone has.
constexpr int64_t kYearsMax = 1'000'000;   // Beyond it, years no longer matter.

Error Broken(std::string_view what) {
  return Corrupt("not a time zone file: " + std::string(what));
}

// Reads from the front of `bytes`.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  Result<std::string_view> Take(size_t count) {
    if (count > bytes_.size()) return Broken("it ends too early");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  Result<int64_t> TakeInteger(size_t width) {
    FIRN_ASSIGN(const std::string_view taken, Take(width));
    uint64_t value = (static_cast<uint8_t>(taken[0]) & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (const char byte : taken)
      value = value << 8 | static_cast<uint8_t>(byte);
    return static_cast<int64_t>(value);
  }

  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

struct Header {
  char version = 0;
  size_t utc_flags = 0, standard_flags = 0, leaps = 0, times = 0, types = 0, letters = 0;
};

Result<Header> ReadHeader(Bytes& bytes) {
  FIRN_ASSIGN(const std::string_view magic, bytes.Take(5));
  if (!magic.starts_with("TZif")) return Broken("it does not begin with TZif");
  FIRN_TRY(bytes.Take(15));
  Header header;
  header.version = magic[4];
  for (size_t* count : {&header.utc_flags, &header.standard_flags, &header.leaps, &header.times,
                        &header.types, &header.letters}) {
    FIRN_ASSIGN(const int64_t value, bytes.TakeInteger(4));
    if (value < 0 || value > kCountMax) return Broken("a count is out of range");
    *count = static_cast<size_t>(value);
  }
  if (header.types == 0) return Broken("it has no offset");
  return header;
}

size_t BlockSize(const Header& header, size_t width) {
  return header.times * (width + 1) + header.types * 6 + header.letters +
         header.leaps * (width + 4) + header.standard_flags + header.utc_flags;
}

Result<TimeZone::Rules> ReadBlock(Bytes& bytes, const Header& header, size_t width) {
  FIRN_ASSIGN(const std::string_view block, bytes.Take(BlockSize(header, width)));
  Bytes times(block), types(block.substr(header.times * width));
  Bytes offsets(block.substr(header.times * (width + 1)));
  std::vector<int32_t> of_type;
  for (size_t at = 0; at < header.types; ++at) {
    FIRN_ASSIGN(const int64_t offset, offsets.TakeInteger(4));
    FIRN_TRY(offsets.Take(2));
    if (offset < -kOffsetMax || offset > kOffsetMax) return Broken("an offset is out of range");
    of_type.push_back(static_cast<int32_t>(offset));
  }
  TimeZone::Rules rules;
  rules.before = of_type[0];
  for (size_t at = 0; at < header.times; ++at) {
    FIRN_ASSIGN(const int64_t time, times.TakeInteger(width));
    FIRN_ASSIGN(const std::string_view type, types.Take(1));
    const auto index = static_cast<uint8_t>(type[0]);
    if (index >= of_type.size()) return Broken("a transition has no offset");
    if (!rules.transitions.empty() && time <= rules.transitions.back().at) {
      return Broken("its transitions do not ascend");
    }
    rules.transitions.push_back({time, of_type[index]});
  }
  return rules;
}

// Reads a POSIX TZ text: "CET-1CEST,M3.5.0,M10.5.0/3".
class RuleText {
 public:
  explicit RuleText(std::string_view text) : rest_(text) {}

  Result<TimeZone::YearlyRule> Read() {
    TimeZone::YearlyRule rule;
    FIRN_TRY(SkipName());
    FIRN_ASSIGN(const int32_t west, Clock(24));
    rule.standard = rule.summer = -west;
    if (rest_.empty()) return rule;
    FIRN_TRY(SkipName());
    rule.summer = rule.standard + 3600;
    if (!rest_.empty() && rest_[0] != ',') {
      FIRN_ASSIGN(const int32_t summer_west, Clock(24));
      rule.summer = -summer_west;
    }
    FIRN_ASSIGN(const auto begins, Day());
    FIRN_ASSIGN(const auto ends, Day());
    if (!rest_.empty()) return Broken("its rule goes on");
    rule.summer_time = {begins, ends};
    return rule;
  }

 private:
  bool Skip(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Status SkipName() {
    const bool quoted = Skip('<');
    size_t end = 0;
    while (end < rest_.size() && (quoted ? rest_[end] != '>' : IsLetter(rest_[end])))
      ++end;
    if (end == 0) return Broken("its rule has no name");
    rest_.remove_prefix(end);
    return quoted && !Skip('>') ? Status(Broken("its rule has an open name")) : Ok();
  }

  static bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

  Result<int32_t> Number(int32_t max) {
    int32_t number = 0;
    size_t at = 0;
    for (; at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '9' && number <= max; ++at)
      number = number * 10 + (rest_[at] - '0');
    if (at == 0 || number > max) return Broken("a number of its rule is out of range");
    rest_.remove_prefix(at);
    return number;
  }

  // [+-]hours[:minutes[:seconds]]
  Result<int32_t> Clock(int32_t hours_max) {
    const bool negative = Skip('-');
    if (!negative) Skip('+');
    FIRN_ASSIGN(int32_t seconds, Number(hours_max));
    seconds *= 3600;
    for (int32_t unit = 60; unit > 0 && Skip(':'); unit /= 60) {
      FIRN_ASSIGN(const int32_t part, Number(59));
      seconds += part * unit;
    }
    return negative ? -seconds : seconds;
  }

  // ,Mm.w.d[/time]  ,Jn[/time]  ,n[/time]
  Result<TimeZone::YearDay> Day() {
    using Kind = TimeZone::YearDay::Kind;
    TimeZone::YearDay day;
    if (!Skip(',')) return Broken("its rule lacks a day");
    if (Skip('M')) {
      FIRN_ASSIGN(day.month, Number(12));
      if (!Skip('.')) return Broken("its rule lacks a week");
      FIRN_ASSIGN(day.week, Number(5));
      if (!Skip('.')) return Broken("its rule lacks a day of the week");
      FIRN_ASSIGN(day.day, Number(6));
      if (day.month < 1 || day.week < 1) return Broken("a number of its rule is out of range");
    } else {
      day.kind = Skip('J') ? Kind::kJulian : Kind::kZeroBased;
      FIRN_ASSIGN(day.day, Number(365));
    }
    if (!Skip('/')) return day;
    FIRN_ASSIGN(day.seconds, Clock(kRuleHoursMax));
    return day;
  }

  std::string_view rest_;
};

bool IsLeap(int32_t year) {
  return DaysFromCivil({year, 3, 1}) - DaysFromCivil({year, 2, 28}) == 2;
}

int32_t WeekDay(int32_t day) {
  return static_cast<int32_t>(((day + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday.
}

// The local second at which the clocks change in `year`, as if it were UTC.
int64_t ChangeOf(const TimeZone::YearDay& rule, int32_t year) {
  using Kind = TimeZone::YearDay::Kind;
  int32_t day = DaysFromCivil({year, 1, 1});
  if (rule.kind == Kind::kZeroBased) {
    day += rule.day;
  } else if (rule.kind == Kind::kJulian) {  // 29 February is never counted.
    day += rule.day - 1 + (IsLeap(year) && rule.day >= 60 ? 1 : 0);
  } else {
    const int32_t first = DaysFromCivil({year, rule.month, 1});
    const int32_t next = rule.month == 12 ? DaysFromCivil({year + 1, 1, 1})
                                          : DaysFromCivil({year, rule.month + 1, 1});
    day = first + (rule.day - WeekDay(first) + 7) % 7 + (rule.week - 1) * 7;
    while (day >= next)  // Week 5 is the last one.
      day -= 7;
  }
  return int64_t{day} * kDaySeconds + rule.seconds;
}

int64_t OffsetOf(const TimeZone::YearlyRule& rule, int64_t seconds) {
  if (!rule.summer_time) return rule.standard;
  const int64_t local_day = FloorDiv(seconds + rule.standard, kDaySeconds);
  if (std::abs(local_day) > kYearsMax * 366) return rule.standard;
  const int32_t year = CivilFromDays(static_cast<int32_t>(local_day)).year;
  const int64_t begins = ChangeOf(rule.summer_time->first, year) - rule.standard;
  const int64_t ends = ChangeOf(rule.summer_time->second, year) - rule.summer;
  const bool summer =
      begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends;
  return summer ? rule.summer : rule.standard;
}

}  // namespace

Result<TimeZone> TimeZone::Parse(std::string_view tzif) {
  Bytes bytes(tzif);
  FIRN_ASSIGN(Header header, ReadHeader(bytes));
  if (header.version < '2') {
    FIRN_ASSIGN(Rules rules, ReadBlock(bytes, header, 4));
    return TimeZone(std::move(rules));
  }
  FIRN_TRY(bytes.Take(BlockSize(header, 4)));
  FIRN_ASSIGN(header, ReadHeader(bytes));
  FIRN_ASSIGN(Rules rules, ReadBlock(bytes, header, 8));
  const std::string_view line = bytes.rest();
  const size_t end = line.find('\n', 1);
  if (!line.starts_with('\n') || end == std::string_view::npos) return Broken("it lacks its rule");
  if (end > 1) {
    FIRN_ASSIGN(rules.after, RuleText(line.substr(1, end - 1)).Read());
  }
  return TimeZone(std::move(rules));
}

int64_t TimeZone::OffsetAt(int64_t seconds) const {
  const std::vector<Transition>& transitions = rules_.transitions;
  const auto after = std::ranges::upper_bound(transitions, seconds, {}, &Transition::at);
  if (after == transitions.end() && rules_.after) return OffsetOf(*rules_.after, seconds);
  return after == transitions.begin() ? rules_.before : std::prev(after)->offset;
}

int64_t TimeZone::ToUtc(int64_t local) const {
  constexpr int64_t kDay = 86'400;  // No clock is farther from UTC, none changes twice within.
  const int64_t earlier = local - OffsetAt(local - kDay);
  if (earlier + OffsetAt(earlier) == local) return earlier;
  const int64_t later = local - OffsetAt(local + kDay);
  return later + OffsetAt(later) == local ? later : earlier;
}

}  // namespace firn
