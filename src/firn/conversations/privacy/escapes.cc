// SPDX-License-Identifier: Apache-2.0
//
// An escape is a run of backslashes with what follows: text is escaped again each time it is
// written into JSON, which doubles the backslashes.

#include "firn/conversations/privacy/escapes.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace firn::conversations::privacy {
namespace {

constexpr size_t kDigits = 4;

struct Escape {
  size_t length = 0;
  char bytes[4] = {'\\', 0, 0, 0};
  size_t size = 1;

  std::string_view plain() const { return {bytes, size}; }
};

// The code unit of \uXXXX, given the four digits.
std::optional<uint32_t> CodeUnit(std::string_view digits) {
  uint32_t unit = 0;
  if (digits.size() < kDigits) return std::nullopt;
  const char* const end = digits.data() + kDigits;
  const auto [last, error] = std::from_chars(digits.data(), end, unit, 16);
  return error == std::errc() && last == end ? std::optional(unit) : std::nullopt;
}

void PutUtf8(uint32_t code, Escape& escape) {
  const auto byte = [](uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](int shift) { return byte(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    escape.size = 1;
    escape.bytes[0] = byte(code);
  } else if (code < 0x800) {
    escape.size = 2;
    escape.bytes[0] = byte(0xC0 | (code >> 6));
    escape.bytes[1] = tail(0);
  } else if (code < 0x10000) {
    escape.size = 3;
    escape.bytes[0] = byte(0xE0 | (code >> 12));
    escape.bytes[1] = tail(6);
    escape.bytes[2] = tail(0);
  } else {
    escape.size = 4;
    escape.bytes[0] = byte(0xF0 | (code >> 18));
    escape.bytes[1] = tail(12);
    escape.bytes[2] = tail(6);
    escape.bytes[3] = tail(0);
  }
}

// A second half behind a first one, which are one character together.
void ReadSecondHalf(std::string_view text, uint32_t first, Escape& escape) {
  const size_t u = std::min(text.find_first_not_of('\\', escape.length), text.size());
  if (u == escape.length || u == text.size() || text[u] != 'u') return;
  const auto second = CodeUnit(text.substr(u + 1));
  if (!second || (*second & 0xFC00) != 0xDC00) return;
  escape.length = u + 1 + kDigits;
  PutUtf8(0x10000 + ((first & 0x3FF) << 10 | (*second & 0x3FF)), escape);
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
    escape.bytes[0] = kMeant[at];
    ++escape.length;
  } else if (letter == 'u') {
    const auto unit = CodeUnit(text.substr(escape.length + 1));
    if (!unit) return escape;
    escape.length += 1 + kDigits;
    PutUtf8(*unit, escape);
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
    plain.append(escape.plain());
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
      plain_length_ = escape.size;
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
