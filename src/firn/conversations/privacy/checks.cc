// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/checks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <string>

namespace firn::conversations::privacy {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// What is left of a number once its separators are gone; empty where something else is in it.
std::string DigitsOf(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) {
      digits.push_back(c);
    } else if (c != ' ' && c != '-') {
      return "";
    }
  }
  return digits;
}

// 8-4-4-4-12 hexadecimal digits, anywhere in the text: ids, not secrets.
bool HasUuid(std::string_view text) {
  constexpr size_t kHyphens[] = {8, 13, 18, 23};
  for (size_t begin = 0; begin + 36 <= text.size(); ++begin) {
    bool fits = true;
    for (size_t at = 0; at < 36 && fits; ++at) {
      const bool hyphen =
          std::find(std::begin(kHyphens), std::end(kHyphens), at) != std::end(kHyphens);
      fits = hyphen ? text[begin + at] == '-' : IsHex(text[begin + at]);
    }
    if (fits) return true;
  }
  return false;
}

// Whole digests (MD5, SHA-1, SHA-256, SHA-512), which name content.
bool IsHexDigest(std::string_view text) {
  constexpr size_t kSizes[] = {32, 40, 64, 128};
  return std::find(std::begin(kSizes), std::end(kSizes), text.size()) != std::end(kSizes) &&
         std::all_of(text.begin(), text.end(), IsHex);
}

// Whether a word stands in the text by itself: no letter before or behind it. Within a random text
// four letters stand by chance, and would hide a long token.
bool HasWord(std::string_view text, std::string_view lower) {
  const auto same = [](char left, char right) { return Lower(left) == right; };
  for (auto at = text.begin();; ++at) {
    at = std::search(at, text.end(), lower.begin(), lower.end(), same);
    if (at == text.end()) return false;
    const auto end = at + static_cast<std::ptrdiff_t>(lower.size());
    const bool begins = at == text.begin() || !IsLetter(*(at - 1));
    if (begins && (end == text.end() || !IsLetter(*end))) return true;
  }
}

// Texts that stand where a secret would.
bool IsPlaceholder(std::string_view text) {
  constexpr std::string_view kWords[] = {
      "example", "placeholder", "changeme",   "your",   "xxxx", "dummy",     "redacted", "password",
      "secret",  "process.env", "os.environ", "getenv", "null", "undefined", "test"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [text](std::string_view word) { return HasWord(text, word); });
}

// Names of variables, files and functions: words with no digit among them.
bool HasDigitAndLetter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), IsDigit) &&
         std::any_of(text.begin(), text.end(), IsLetter);
}

bool IsRandom(const Rule& rule, std::string_view text) {
  if (HasUuid(text) || IsHexDigest(text) || IsPlaceholder(text)) return false;
  if (rule.tier == Tier::kCandidate && !HasDigitAndLetter(text)) return false;
  return EntropyOf(text) >= rule.min_entropy;
}

struct IbanLength {
  std::string_view country;
  size_t length;
};
// SWIFT's registry of IBAN formats.
constexpr IbanLength kIbanLengths[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22},
    {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27},
    {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28},
    {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20},
    {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27},
    {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NL", 18}, {"NO", 15},
    {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24},
    {"SC", 31}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"ST", 25}, {"SV", 28}, {"TL", 23},
    {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}};

// Visa, Mastercard, American Express, Discover, UnionPay, JCB.
bool HasCardPrefix(std::string_view digits) {
  if (digits.size() < 15) return false;
  const int prefix = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 +
                     (digits[3] - '0');
  const auto within = [prefix](int first, int last) { return prefix >= first && prefix <= last; };
  if (digits.size() == 15) return within(3400, 3499) || within(3700, 3799);
  if (digits.size() == 19) return within(6200, 6299) || within(4000, 4999);
  return digits.size() == 16 &&
         (within(4000, 4999) || within(5100, 5599) || within(2221, 2720) || within(6440, 6599) ||
          within(6011, 6011) || within(6200, 6299) || within(3528, 3589));
}

bool IsPhone(std::string_view text) {
  const auto digits = std::count_if(text.begin(), text.end(), IsDigit);
  return digits >= 8 && digits <= 15;
}

}  // namespace

double EntropyOf(std::string_view text) {
  if (text.empty()) return 0;
  std::array<size_t, 256> counts{};
  for (const char c : text)
    ++counts[static_cast<uint8_t>(c)];
  double bits = 0;
  for (const size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool IsCardNumber(std::string_view text) {
  const std::string digits = DigitsOf(text);
  if (!HasCardPrefix(digits)) return false;
  int sum = 0;
  for (size_t at = 0; at < digits.size(); ++at) {
    const int digit = digits[digits.size() - 1 - at] - '0';
    const int doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += at % 2 == 1 ? doubled : digit;
  }
  return sum % 10 == 0;
}

bool IsIban(std::string_view text) {
  std::string iban;
  for (const char c : text) {
    if (c != ' ') iban.push_back(c);
  }
  const bool known = std::any_of(
      std::begin(kIbanLengths), std::end(kIbanLengths), [&iban](const IbanLength& entry) {
        return iban.substr(0, 2) == entry.country && iban.size() == entry.length;
      });
  if (!known) return false;
  int remainder = 0;
  for (size_t at = 0; at < iban.size(); ++at) {
    const char c = iban[(at + 4) % iban.size()];  // The first four go to the end.
    if (!IsDigit(c) && !(c >= 'A' && c <= 'Z')) return false;
    const int value = IsDigit(c) ? c - '0' : c - 'A' + 10;
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder == 1;
}

bool IsPublicIpv4(std::string_view text) {
  std::array<int, 4> parts{};
  size_t part = 0;
  size_t digits = 0;
  for (const char c : text) {
    if (c == '.') {
      if (digits == 0 || ++part > 3) return false;
      digits = 0;
      continue;
    }
    if (!IsDigit(c) || ++digits > 3) return false;
    if (digits > 1 && parts[part] == 0) return false;  // 01 is no part of an address.
    parts[part] = parts[part] * 10 + (c - '0');
  }
  if (part != 3 || digits == 0) return false;
  if (std::any_of(parts.begin(), parts.end(), [](int value) { return value > 255; })) return false;
  const auto [a, b, c, d] = parts;
  // RFC 6890: this host, private, shared, loopback, link local, documentation, benchmarks,
  // multicast.
  const bool special =
      a == 0 || a == 10 || a == 127 || a >= 224 || (a == 100 && (b & 0xC0) == 64) ||
      (a == 169 && b == 254) || (a == 172 && (b & 0xF0) == 16) || (a == 192 && b == 168) ||
      (a == 192 && b == 0 && (c == 0 || c == 2)) || (a == 198 && (b & 0xFE) == 18) ||
      (a == 198 && b == 51 && c == 100) || (a == 203 && b == 0 && c == 113);
  const bool version = a < 20 && d < 20 && b < 20 && c < 20;  // 1.2.3.4 is rather a version.
  return !special && !version;
}

bool PassesCheck(const Rule& rule, std::string_view span) {
  switch (rule.check) {
    case Check::kNone:
      return true;
    case Check::kEntropy:
      return EntropyOf(span) >= rule.min_entropy;
    case Check::kRandom:
      return IsRandom(rule, span);
    case Check::kCardNumber:
      return IsCardNumber(span);
    case Check::kMod97:
      return IsIban(span);
    case Check::kPublicIp:
      return IsPublicIpv4(span);
    case Check::kPhone:
      return IsPhone(span);
  }
  return false;
}

}  // namespace firn::conversations::privacy
