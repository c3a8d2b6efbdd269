// SPDX-License-Identifier: Apache-2.0

#include "firn/table/decimal.h"

#include <algorithm>

namespace firn::table {
namespace {

__extension__ typedef unsigned __int128 Uint128;  // NOLINT(modernize-use-using)

Int128 PowerOfTen(int32_t exponent) {
  Int128 power = 1;
  for (int32_t at = 0; at < exponent; ++at) {
    power *= 10;
  }
  return power;
}

struct DecimalText {
  bool negative = false;
  std::string digits;    // Without the point.
  int64_t fraction = 0;  // How many of `digits` follow the point; negative = zeros to append.
};

bool TakeDigits(std::string_view& text, std::string& digits) {
  const size_t before = digits.size();
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    digits += text.front();
    text.remove_prefix(1);
  }
  return digits.size() > before;
}

bool TakeExponent(std::string_view text, int64_t& exponent) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 4) return false;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    exponent = exponent * 10 + (digit - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

bool Split(std::string_view text, DecimalText& out) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool any = TakeDigits(text, out.digits);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const size_t whole = out.digits.size();
    any = TakeDigits(text, out.digits) || any;
    out.fraction = static_cast<int64_t>(out.digits.size() - whole);
  }
  int64_t exponent = 0;
  if (!any || !TakeExponent(text, exponent)) return false;
  out.fraction -= exponent;
  return true;
}

}  // namespace

std::string DecimalToString(Int128 unscaled, int32_t scale) {
  Uint128 rest = unscaled < 0 ? -static_cast<Uint128>(unscaled) : static_cast<Uint128>(unscaled);
  std::string reversed;
  do {
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    if (static_cast<int32_t>(reversed.size()) == scale) reversed += '.';
  } while (rest != 0 || static_cast<int32_t>(reversed.size()) <= scale);
  if (reversed.back() == '.') reversed += '0';
  if (unscaled < 0) reversed += '-';
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

Result<Int128> ParseDecimal(std::string_view text, int32_t precision, int32_t scale) {
  DecimalText parts;
  if (!Split(text, parts)) return InvalidArgument("not a decimal", text);
  while (parts.fraction > scale && !parts.digits.empty() && parts.digits.back() == '0') {
    parts.digits.pop_back();
    --parts.fraction;
  }
  const size_t leading = std::min(parts.digits.find_first_not_of('0'), parts.digits.size());
  parts.digits.erase(0, leading);
  if (parts.digits.empty()) return Int128{0};
  const int64_t zeros = scale - parts.fraction;
  if (zeros < 0) return InvalidArgument("too many digits after the point for its scale", text);
  if (static_cast<int64_t>(parts.digits.size()) + zeros > precision) {
    return InvalidArgument("too many digits for a decimal of its precision", text);
  }
  Int128 unscaled = 0;
  for (const char digit : parts.digits) {
    unscaled = unscaled * 10 + (digit - '0');
  }
  unscaled *= PowerOfTen(static_cast<int32_t>(zeros));
  return parts.negative ? -unscaled : unscaled;
}

std::string DecimalToBytes(Int128 unscaled) {
  std::string bytes;
  Int128 rest = unscaled;
  bool complete = false;
  while (!complete) {
    const auto byte = static_cast<uint8_t>(static_cast<Uint128>(rest) & 0xFF);
    bytes += static_cast<char>(byte);
    rest >>= 8;
    complete = (rest == 0 && byte < 0x80) || (rest == -1 && byte >= 0x80);
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

Result<Int128> DecimalFromBytes(std::string_view bytes) {
  if (bytes.empty()) return Corrupt("decimal of no bytes");
  const auto fill = static_cast<uint8_t>((static_cast<uint8_t>(bytes.front()) & 0x80) ? 0xFF : 0);
  while (bytes.size() > 16) {
    if (static_cast<uint8_t>(bytes.front()) != fill) {
      return Corrupt("decimal over 128 bits, bytes", bytes.size());
    }
    bytes.remove_prefix(1);
  }
  Uint128 value = fill == 0 ? Uint128{0} : ~Uint128{0};
  for (const char byte : bytes) {
    value = (value << 8) | static_cast<uint8_t>(byte);
  }
  return static_cast<Int128>(value);
}

int32_t DecimalBytesRequired(int32_t precision) {
  const Int128 largest = PowerOfTen(precision) - 1;
  return static_cast<int32_t>(DecimalToBytes(largest).size());
}

bool DecimalFits(Int128 unscaled, int32_t precision) {
  const Int128 limit = PowerOfTen(precision);
  return unscaled < limit && unscaled > -limit;
}

}  // namespace firn::table
