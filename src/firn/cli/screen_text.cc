// SPDX-License-Identifier: Apache-2.0
//
// How wide text is on a screen. Width follows Unicode Standard Annex 11 (East Asian Width) as far
// as it matters in a terminal: combining marks take no column, wide and emoji ranges take two.

#include <algorithm>
#include <cstdint>

#include "firn/base/bytes.h"
#include "firn/cli/report.h"

namespace firn::cli {
namespace {

struct Glyph {
  uint32_t code = 0;
  size_t bytes = 1;
};

// `text` is well-formed UTF-8 here: Printable made it so.
Glyph NextGlyph(std::string_view text, size_t at) {
  const auto lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes && at + i < text.size(); ++i) {
    code = (code << 6) | (static_cast<uint8_t>(text[at + i]) & 0x3F);
  }
  return {code, bytes};
}

int GlyphWidth(uint32_t code) {
  if ((code >= 0x300 && code <= 0x36F) || (code >= 0x200B && code <= 0x200F) ||
      (code >= 0xFE00 && code <= 0xFE0F)) {
    return 0;
  }
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

}  // namespace

std::string Printable(std::string_view text) {
  const std::string valid = IsValidUtf8(text) ? std::string(text) : ReplaceInvalidUtf8(text);
  std::string shown;
  shown.reserve(valid.size());
  for (size_t at = 0; at < valid.size();) {
    const Glyph glyph = NextGlyph(valid, at);
    if (glyph.code == '\n' || glyph.code == '\t' || glyph.code == '\r') {
      shown += ' ';
    } else if (glyph.code < 0x20 || (glyph.code >= 0x7F && glyph.code <= 0x9F) ||
               (glyph.code >= 0x202A && glyph.code <= 0x202E)) {
      shown += "\xEF\xBF\xBD";
    } else {
      shown.append(valid, at, glyph.bytes);
    }
    at += glyph.bytes;
  }
  return shown;
}

int TextWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = NextGlyph(text, at);
    width += GlyphWidth(glyph.code);
    at += glyph.bytes;
  }
  return width;
}

namespace {

// As many whole characters from the beginning of `text` as fit `width` columns.
std::string_view Head(std::string_view text, int width) {
  size_t at = 0;
  for (int used = 0; at < text.size();) {
    const Glyph glyph = NextGlyph(text, at);
    used += GlyphWidth(glyph.code);
    if (used > width) break;
    at += glyph.bytes;
  }
  return text.substr(0, at);
}

// The same from its end.
std::string_view Tail(std::string_view text, int width) {
  int left = TextWidth(text) - width;
  size_t at = 0;
  while (at < text.size() && left > 0) {
    const Glyph glyph = NextGlyph(text, at);
    left -= GlyphWidth(glyph.code);
    at += glyph.bytes;
  }
  return text.substr(at);
}

}  // namespace

std::string FitText(std::string_view text, int width, bool right, Cut cut) {
  const int taken = TextWidth(text);
  if (taken <= width) {
    const std::string padding(static_cast<size_t>(width - taken), ' ');
    return right ? padding + std::string(text) : std::string(text) + padding;
  }
  if (width < 2) return std::string(static_cast<size_t>(std::max(0, width)), ' ');
  const int tail_width = cut == Cut::kMiddle ? (width - 1) * 2 / 3 : 0;
  std::string fitted(Head(text, width - 1 - tail_width));
  fitted.append("…").append(Tail(text, tail_width));
  fitted.append(static_cast<size_t>(width - TextWidth(fitted)), ' ');
  return fitted;
}

std::string Wrapped(std::string_view text, int width, int indent) {
  std::string out, line;
  const int room = std::max(1, width - indent);
  const auto end_line = [&] {
    if (!out.empty()) out.append(static_cast<size_t>(indent), ' ');
    out.append(line).append("\n");
    line.clear();
  };
  const std::string words = Printable(text);  // Line ends are blanks now.
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find(' ', at), words.size());
    const std::string_view word = std::string_view(words).substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (!line.empty() && TextWidth(line) + 1 + TextWidth(word) > room) end_line();
    line.append(line.empty() ? "" : " ").append(word);
  }
  if (!line.empty() || (out.empty() && indent > 0)) end_line();
  return out;
}

}  // namespace firn::cli
