// SPDX-License-Identifier: Apache-2.0
//
// An escape is a run of backslashes with what follows: text is escaped again each time it is
// written into JSON, which doubles the backslashes.

#include "firn/conversations/privacy/escapes.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "firn/base/utf8.h"

namespace firn::conversations::privacy {
namespace {

constexpr size_t kDigits = 4;

struct Escape {
  size_t length = 0;
  std::string plain = "\\";
};

std::string Utf8Of(uint32_t code) {
  std::string text;
  AppendUtf8(code, text);
  return text;
}

// The code unit of \uXXXX, given the four digits.
std::optional<uint32_t> CodeUnit(std::string_view digits) {
  uint32_t unit = 0;
  if (digits.size() < kDigits) return std::nullopt;
  const char* const end = digits.data() + kDigits;
  const auto [last, error] = std::from_chars(digits.data(), end, unit, 16);
  return error == std::errc() && last == end ? std::optional(unit) : std::nullopt;
}

// A second half behind a first one, which are one character together.
void ReadSecondHalf(std::string_view text, uint32_t first, Escape& escape) {
  const size_t u = std::min(text.find_first_not_of('\\', escape.length), text.size());
  if (u == escape.length || u == text.size() || text[u] != 'u') return;
  const auto second = CodeUnit(text.substr(u + 1));
  if (!second || (*second & 0xFC00) != 0xDC00) return;
  escape.length = u + 1 + kDigits;
  escape.plain = Utf8Of(0x10000 + ((first & 0x3FF) << 10 | (*second & 0x3FF)));
}

// The escape that begins `text`, which begins with a backslash.
Escape ReadEscape(std::string_view text) {
  constexpr std::string_view kLetters = "nrtbf\"/";
  constexpr std::string_view kMeant = "\n\r\t\b\f\"/";
  Escape escape;
  escape.length = std::min(text.find_first_not_of('\\'), text.size());
  if (escape.length == text.size()) return escape;
  const char letter = text[escape.length];
  if (const size_t at = kLetters.find(letter); at != std::string_view::npos) {
    escape.plain = kMeant[at];
    ++escape.length;
  } else if (letter == 'u') {
    const auto unit = CodeUnit(text.substr(escape.length + 1));
    if (!unit) return escape;
    escape.length += 1 + kDigits;
    escape.plain = Utf8Of(*unit);
    if ((*unit & 0xFC00) == 0xD800) ReadSecondHalf(text, *unit, escape);
  }
  return escape;
}

}  // namespace

std::string Unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (true) {
    const size_t backslash = std::min(text.find('\\'), text.size());
    plain.append(text.substr(0, backslash));
    text.remove_prefix(backslash);
    if (text.empty()) return plain;
    const Escape escape = ReadEscape(text);
    plain.append(escape.plain);
    text.remove_prefix(escape.length);
  }
}

void EscapedPlaces::GoTo(size_t at) {
  while (at >= plain_begin_ + plain_length_ && begin_ + length_ < text_.size()) {
    begin_ += length_;
    plain_begin_ += plain_length_;
    const std::string_view rest = text_.substr(begin_);
    is_escape_ = rest.front() == '\\';
    if (is_escape_) {
      const Escape escape = ReadEscape(rest);
      length_ = escape.length;
      plain_length_ = escape.plain.size();
    } else {
      length_ = plain_length_ = std::min(rest.find('\\'), rest.size());
    }
  }
}

size_t EscapedPlaces::BeginOf(size_t at) {
  GoTo(at);
  return is_escape_ ? begin_ : begin_ + (at - plain_begin_);
}

size_t EscapedPlaces::EndOf(size_t at) {
  GoTo(at);
  return is_escape_ ? begin_ + length_ : begin_ + (at - plain_begin_) + 1;
}

}  // namespace firn::conversations::privacy
