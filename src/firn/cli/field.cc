// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <cmath>
#include <cstdio>

#include "firn/cli/report.h"

namespace firn::cli {
namespace {

std::string WithThousands(int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(digits.begin() + static_cast<std::ptrdiff_t>(at), ',');
  }
  if (number < 0) digits.insert(digits.begin(), '-');
  return digits;
}

// Exact: billionths are never turned into a binary fraction.
std::string DecimalText(int64_t nano) {
  const bool negative = nano < 0;
  const auto magnitude = negative ? 0 - static_cast<uint64_t>(nano) : static_cast<uint64_t>(nano);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%s%llu.%09llu", negative ? "-" : "",
                static_cast<unsigned long long>(magnitude / 1'000'000'000),
                static_cast<unsigned long long>(magnitude % 1'000'000'000));
  return text.data();
}

// Rounds half up to cents; less than a cent is shown to four places, and what those round to
// nothing as less than they can show.
std::string DollarText(int64_t nano) {
  std::array<char, 40> text{};
  if (nano > 0 && nano < 50'000) return "<$0.0001";
  if (nano != 0 && std::llabs(nano) < 10'000'000) {
    std::snprintf(text.data(), text.size(), "$%.4f", static_cast<double>(nano) / 1e9);
    return text.data();
  }
  const int64_t cents = (nano + 5'000'000) / 10'000'000;
  std::snprintf(text.data(), text.size(), "$%s.%02lld", WithThousands(cents / 100).c_str(),
                static_cast<long long>(cents % 100));
  return text.data();
}

}  // namespace

std::string Counted(int64_t number, std::string_view noun) {
  return WithThousands(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string ShortCount(int64_t number) {
  constexpr std::array<const char*, 5> kUnits = {"", "k", "M", "B", "T"};
  if (std::llabs(number) < 10'000) return WithThousands(number);
  auto size = static_cast<double>(number);
  size_t unit = 0;
  while (std::fabs(size) >= 999.95 && unit + 1 < kUnits.size()) {
    size /= 1000;
    ++unit;
  }
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f%s", size, kUnits[unit]);
  return text.data();
}

Field Field::Text(std::string text) {
  std::string shown = Printable(text);
  return {Json(std::move(text)), std::move(shown)};
}

Field Field::Count(int64_t number) {
  return {Json(number), WithThousands(number), "BIGINT"};
}

Field Field::Id(int64_t number) {
  const std::string text = std::to_string(number);
  return {Json(text), text, "BIGINT"};
}

Field Field::Size(int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  while (size >= 1000 && unit + 1 < kUnits.size()) {
    size /= 1000;
    ++unit;
  }
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return {Json(bytes), text.data(), "BIGINT"};
}

Field Field::Money(int64_t nano_usd) {
  return {Json(DecimalText(nano_usd)), DollarText(nano_usd), "DECIMAL(38,9)"};
}

Field Field::Time(const std::string& iso) {
  return {Json(iso), iso.substr(0, 10) + " " + iso.substr(11, 8)};
}

Field Field::List(const std::vector<std::string>& items) {
  Json::Array array;
  std::string shown;
  for (const std::string& item : items) {
    array.emplace_back(item);
    if (!shown.empty()) shown += ", ";
    shown += Printable(item);
  }
  return {Json(std::move(array)), std::move(shown), "VARCHAR[]"};
}

Field Field::None() {
  return {Json(), ""};
}

Field Field::Unknown() {
  return {Json(), "-"};
}

}  // namespace firn::cli
