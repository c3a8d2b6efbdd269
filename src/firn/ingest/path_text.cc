// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/path_text.h"

#include <cstdint>
#include <optional>

#include "firn/base/bytes.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The length of the well-formed UTF-8 sequence that `text` begins with; 0 where there is none.
size_t SequenceLength(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length > text.size()) return 0;
  return IsValidUtf8(text.substr(0, length)) ? length : 0;
}

bool IsControl(char byte) {
  const auto code = static_cast<uint8_t>(byte);
  return code < 0x20 || code == 0x7f;
}

void AppendHex(std::string& out, char byte) {
  const auto code = static_cast<uint8_t>(byte);
  out += kHexDigits[code >> 4];
  out += kHexDigits[code & 15];
}

// Copies well-formed text and hands every byte that must not stay to `escape`.
template <typename MustEscape, typename Escape>
std::string Rewrite(std::string_view path, MustEscape must_escape, Escape escape) {
  std::string out;
  out.reserve(path.size());
  while (!path.empty()) {
    const size_t length = SequenceLength(path);
    if (length == 0 || (length == 1 && must_escape(path.front()))) {
      escape(out, path.front());
      path.remove_prefix(1);
    } else {
      out.append(path.substr(0, length));
      path.remove_prefix(length);
    }
  }
  return out;
}

std::optional<uint8_t> HexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<uint8_t>(digit - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string DisplayPath(std::string_view path) {
  const auto must_escape = [](char byte) { return IsControl(byte) || byte == '\\'; };
  return Rewrite(path, must_escape, [](std::string& out, char byte) {
    if (byte == '\\') {
      out += "\\\\";
    } else if (byte == '\n') {
      out += "\\n";
    } else {
      out += "\\x";
      AppendHex(out, byte);
    }
  });
}

std::string RawText(std::string_view bytes) {
  if (IsValidUtf8(bytes)) return std::string(bytes);
  const auto must_escape = [](char byte) { return byte == '\\'; };
  return Rewrite(bytes, must_escape, [](std::string& out, char byte) {
    out += byte == '\\' ? "\\\\" : "\\x";
    if (byte != '\\') AppendHex(out, byte);
  });
}

std::string ColumnPath(std::string_view path) {
  const auto must_escape = [](char byte) { return IsControl(byte) || byte == '%'; };
  return Rewrite(path, must_escape, [](std::string& out, char byte) {
    out += '%';
    AppendHex(out, byte);
  });
}

Result<std::string> PathFromColumn(std::string_view text) {
  std::string path;
  path.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      path += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return Corrupt("not a percent-encoded path", text);
    const auto high = HexDigit(text[at + 1]);
    const auto low = HexDigit(text[at + 2]);
    if (!high || !low) return Corrupt("not a percent-encoded path", text);
    path += static_cast<char>(*high << 4 | *low);
    at += 2;
  }
  return path;
}

}  // namespace firn::ingest
