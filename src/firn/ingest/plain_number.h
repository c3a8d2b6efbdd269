// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace firn::ingest {

/// A number of at most 18 digits without an exponent, as most are.
struct PlainNumber {
  int64_t digits = 0;  ///< As if there were no point.
  int32_t count = 0;   ///< Of them.
  int32_t behind_point = 0;
  bool negative = false, has_point = false;

  int64_t value() const { return negative ? -digits : digits; }
};

/// Reads digits with a sign and a point, if any. Unset for anything else.
std::optional<PlainNumber> ReadPlainNumber(std::string_view text);

/// Powers of ten that 64 bits hold.
inline constexpr auto kPowersOfTen = [] {
  std::array<int64_t, 19> powers{1};
  for (size_t at = 1; at < powers.size(); ++at)
    powers[at] = powers[at - 1] * 10;
  return powers;
}();

/// The number where its type holds it exactly, or the nearest to it without a doubt: of two doubles
/// that are whole and exact the quotient is the nearest, too.
template <typename Number>
std::optional<Number> NumberOf(const PlainNumber& plain) {
  constexpr int64_t kWholeMax = int64_t{1} << std::numeric_limits<double>::digits;
  if constexpr (std::is_same_v<Number, double>) {
    if (plain.digits > kWholeMax) return std::nullopt;
    const auto power = static_cast<double>(kPowersOfTen[static_cast<size_t>(plain.behind_point)]);
    const double number = static_cast<double>(plain.digits) / power;
    return plain.negative ? -number : number;
  } else {
    if (plain.has_point || !std::in_range<Number>(plain.value())) return std::nullopt;
    return static_cast<Number>(plain.value());
  }
}

/// The unscaled value of a decimal of `scale`. Unset where that has more than 18 digits, or the
/// number more behind its point.
inline std::optional<int64_t> UnscaledOf(const PlainNumber& plain, int32_t scale) {
  constexpr int32_t kDigitsMax = 18;
  const int32_t zeros = scale - plain.behind_point;
  if (zeros < 0 || plain.count + zeros > kDigitsMax) return std::nullopt;
  return plain.value() * kPowersOfTen[static_cast<size_t>(zeros)];
}

}  // namespace firn::ingest
