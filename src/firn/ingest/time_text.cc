// SPDX-License-Identifier: Apache-2.0
//
// Whatever is no ISO 8601 is rewritten as that, piece by piece from the front, and read again.

#include "firn/ingest/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string>

namespace firn::ingest {
namespace {

constexpr size_t kTextMax = 64;
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : rest_(text) {}

  std::optional<std::string> Run() {
    SkipWeekday();
    if (!TakeDate()) return std::nullopt;
    if (rest_.empty()) return DateText();
    if (!TakeSeparator() || !TakeTime() || !TakeZone() || !rest_.empty()) return std::nullopt;
    std::array<char, 16> time{};
    std::snprintf(time.data(), time.size(), "T%02d:%02d:%02d", hour_ % 100, minute_ % 100,
                  second_ % 100);
    return DateText() + time.data() + fraction_ + zone_;
  }

 private:
  std::string DateText() const {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", year_, month_, day_);
    return text.data();
  }

  // A number of `least` to `most` digits.
  std::optional<int> TakeNumber(size_t least, size_t most) {
    size_t count = 0;
    while (count < rest_.size() && count < most && IsDigit(rest_[count]))
      ++count;
    if (count < least) return std::nullopt;
    int number = 0;
    std::from_chars(rest_.data(), rest_.data() + count, number);
    rest_.remove_prefix(count);
    return number;
  }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view PeekWord() const {
    return rest_.substr(0,
                        static_cast<size_t>(std::find_if_not(rest_.begin(), rest_.end(), IsLetter) -
                                            rest_.begin()));
  }

  void SkipWeekday() {
    const std::string_view word = PeekWord();
    if (word.size() < 3) return;
    const std::string known = Lower(word.substr(0, 3));
    if (std::find(kWeekdays.begin(), kWeekdays.end(), known) == kWeekdays.end()) return;
    rest_.remove_prefix(word.size());
    Take(',');
    Take(' ');
  }

  bool TakeMonthName() {
    const std::string_view word = PeekWord();
    if (word.size() < 3) return false;
    const auto found = std::find(kMonths.begin(), kMonths.end(), Lower(word.substr(0, 3)));
    if (found == kMonths.end()) return false;
    month_ = static_cast<int>(found - kMonths.begin()) + 1;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool TakeDate() {
    if (!rest_.empty() && IsLetter(rest_[0])) return TakeMonthFirst();
    const size_t digits =
        static_cast<size_t>(std::find_if_not(rest_.begin(), rest_.end(), IsDigit) - rest_.begin());
    if (digits == 4) return TakeYearFirst();
    if (digits == 8) return TakeCompact();
    return (digits == 1 || digits == 2) && TakeDayFirst();
  }

  bool TakeYearFirst() {
    year_ = *TakeNumber(4, 4);
    if (rest_.empty() || std::string_view("-/.").find(rest_[0]) == std::string_view::npos) {
      return false;
    }
    const char separator = rest_[0];
    rest_.remove_prefix(1);
    return Set(month_, TakeNumber(1, 2)) && Take(separator) && Set(day_, TakeNumber(1, 2));
  }

  bool TakeCompact() {
    if (rest_.size() < 9 || (rest_[8] != 'T' && rest_[8] != 't')) return false;
    return Set(year_, TakeNumber(4, 4)) && Set(month_, TakeNumber(2, 2)) &&
           Set(day_, TakeNumber(2, 2));
  }

  bool TakeDayFirst() {
    day_ = *TakeNumber(1, 2);
    if (rest_.empty() || std::string_view(" -/").find(rest_[0]) == std::string_view::npos) {
      return false;
    }
    const char separator = rest_[0];
    rest_.remove_prefix(1);
    return TakeMonthName() && (Take(separator) || Take(' ')) && Set(year_, TakeNumber(4, 4));
  }

  bool TakeMonthFirst() {
    if (!TakeMonthName() || !Take(' ') || !Set(day_, TakeNumber(1, 2))) return false;
    Take(',');
    return Take(' ') && Set(year_, TakeNumber(4, 4));
  }

  bool TakeSeparator() {
    if (Take(',')) return Take(' ');
    return Take('T') || Take('t') || Take(' ') || Take(':');
  }

  bool TakeTime() {
    const bool compact =
        rest_.size() >= 4 && std::all_of(rest_.begin(), rest_.begin() + 4, IsDigit);
    if (!Set(hour_, TakeNumber(1, 2))) return false;
    if (!compact && !Take(':')) return false;
    if (!Set(minute_, TakeNumber(2, 2))) return false;
    const bool seconds = compact ? !rest_.empty() && IsDigit(rest_[0]) : Take(':');
    if (seconds && !Set(second_, TakeNumber(2, 2))) return false;
    if (seconds) TakeFraction();
    return TakeHalf() && hour_ < 24 && minute_ < 60 && second_ < 60;
  }

  void TakeFraction() {
    if (rest_.empty() || (rest_[0] != '.' && rest_[0] != ',')) return;
    size_t count = 1;
    while (count < rest_.size() && IsDigit(rest_[count]))
      ++count;
    fraction_ = "." + std::string(rest_.substr(1, count - 1));
    rest_.remove_prefix(count);
  }

  // "AM" and "PM": twelve is the first hour of each.
  bool TakeHalf() {
    const std::string_view before = rest_;
    Take(' ');
    const std::string half = Lower(PeekWord());
    if (half != "am" && half != "pm") {
      rest_ = before;
      return true;
    }
    rest_.remove_prefix(2);
    if (hour_ < 1 || hour_ > 12) return false;
    hour_ = hour_ % 12 + (half == "pm" ? 12 : 0);
    return true;
  }

  bool TakeZone() {
    Take(' ');
    const std::string name = Lower(PeekWord());
    if (name == "z" || name == "utc" || name == "gmt") {
      rest_.remove_prefix(name.size());
      zone_ = "Z";
      return true;
    }
    zone_ = rest_;  // An offset, or what the second reading refuses.
    rest_ = {};
    return true;
  }

  static bool Set(int& target, std::optional<int> number) {
    if (number) target = *number;
    return number.has_value();
  }

  std::string_view rest_;
  int year_ = 0, month_ = 0, day_ = 0, hour_ = 0, minute_ = 0, second_ = 0;
  std::string fraction_, zone_;
};

}  // namespace

Result<ParsedTimestamp> ParseTimeText(std::string_view text) {
  auto iso = ParseTimestamp(text);
  if (iso || text.size() > kTextMax) return iso;
  const auto rewritten = Rewriter(text).Run();
  if (!rewritten) return iso;
  auto again = ParseTimestamp(*rewritten);
  return again ? again : iso;
}

std::optional<TimeUs> ParseEpoch(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 19) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (digits.size() <= 11) return TimeUs{number * 1'000'000};
  if (digits.size() <= 14) return TimeUs{number * 1000};
  if (digits.size() <= 17) return TimeUs{number};
  return TimeUs{FloorDiv(number, 1000)};
}

}  // namespace firn::ingest
