// SPDX-License-Identifier: Apache-2.0
//
// Two framings. JSON lines: a unit ends with its newline; a last line without one is finished if
// it is whole objects, for nothing can be added to a closed object. JSON array: a unit is one
// element of the outermost array with the blanks and commas behind it (the opening bracket goes
// with the first element, the closing one with the last). A document that is one object is one
// unit. The scanner walks brackets outside of strings and leaps from quote to quote inside, so
// that documents of hundreds of megabytes on one line pass at the speed of memchr.

#include "firn/conversations/framer.h"

#include <algorithm>
#include <cstring>

namespace firn::conversations {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Walks one JSON value; may stop at the end of any window and go on in a longer one.
class ValueScanner {
 public:
  // Goes on from `position`; returns one past the value's last bracket.
  std::optional<size_t> Scan(std::string_view text, size_t& position) {
    while (position < text.size()) {
      if (in_string_) {
        if (!LeaveString(text, position)) return std::nullopt;
        continue;
      }
      switch (text[position++]) {
        case '"':
          in_string_ = true;
          break;
        case '{':
        case '[':
          ++depth_;
          break;
        case '}':
        case ']':
          if (depth_ <= 1) return depth_ = 0, position;
          --depth_;
          break;
        default:
          break;
      }
    }
    return std::nullopt;
  }

 private:
  // Moves behind the closing quote; false if `text` ends before it. A backslash that ends the text
  // is left for the next call.
  bool LeaveString(std::string_view text, size_t& position) {
    while (position < text.size()) {
      const char c = text[position];
      if (c == '\\') {
        if (position + 1 == text.size()) return false;
        position += 2;
        continue;
      }
      if (c == '"') {
        ++position;
        in_string_ = false;
        return true;
      }
      position = NextMark(text, position + 1);
    }
    return false;
  }

  // The next quote or backslash, eight bytes at a time.
  static size_t NextMark(std::string_view text, size_t position) {
    constexpr uint64_t kOnes = 0x0101010101010101u;
    constexpr uint64_t kHigh = 0x8080808080808080u;
    while (position + 8 <= text.size()) {
      uint64_t word;
      std::memcpy(&word, text.data() + position, 8);
      const uint64_t quotes = word ^ (kOnes * '"');
      const uint64_t slashes = word ^ (kOnes * '\\');
      const uint64_t found =
          (((quotes - kOnes) & ~quotes) | ((slashes - kOnes) & ~slashes)) & kHigh;
      if (found != 0) return position + static_cast<size_t>(__builtin_ctzll(found)) / 8;
      position += 8;
    }
    while (position < text.size() && text[position] != '"' && text[position] != '\\')
      ++position;
    return position;
  }

  int depth_ = 0;
  bool in_string_ = false;
};

class LineFramer : public Framer {
 public:
  std::optional<size_t> Next(std::string_view window) override {
    const void* found = std::memchr(window.data() + scanned_, '\n', window.size() - scanned_);
    scanned_ = window.size();
    if (found == nullptr) return std::nullopt;
    scanned_ = 0;
    return static_cast<size_t>(static_cast<const char*>(found) - window.data()) + 1;
  }
  std::optional<size_t> Last(std::string_view window) override {
    scanned_ = 0;
    if (TrimRecord(window) != window && TrimRecord(window).empty()) return HeldBlanks(window);
    if (!IsWholeObjects(window)) return std::nullopt;
    return window.size();
  }
  void Skip(size_t count) override { scanned_ -= std::min(scanned_, count); }

 private:
  // Blanks at the end are separators; NUL bytes may be room that the writer will still fill.
  static std::optional<size_t> HeldBlanks(std::string_view window) {
    if (window.find('\0') != std::string_view::npos) return std::nullopt;
    return window.size();
  }

  size_t scanned_ = 0;
};

class ArrayFramer : public Framer {
 public:
  explicit ArrayFramer(bool inside) : inside_(inside) {}

  std::optional<size_t> Next(std::string_view window) override {
    if (stage_ == Stage::kBefore && !FindElement(window)) return std::nullopt;
    if (stage_ == Stage::kWithin) {
      if (!scanner_.Scan(window, scanned_)) return std::nullopt;
      stage_ = Stage::kBehind;
    }
    return FindNext(window);
  }
  std::optional<size_t> Last(std::string_view window) override {
    const bool whole = stage_ == Stage::kBehind || (units_ > 0 && stage_ == Stage::kBefore);
    if (!whole || window.empty()) return std::nullopt;
    Reset();
    return window.size();
  }
  void Skip(size_t count) override { scanned_ -= std::min(scanned_, count); }

 private:
  enum class Stage { kBefore, kWithin, kBehind };

  void Reset() {
    scanned_ = 0;
    stage_ = Stage::kBefore;
    scanner_ = {};
  }

  // Passes blanks, the opening bracket and garbage up to the next element.
  bool FindElement(std::string_view window) {
    for (; scanned_ < window.size(); ++scanned_) {
      const char c = window[scanned_];
      if (c == '{' || (c == '[' && inside_)) {
        inside_ = true;
        stage_ = Stage::kWithin;
        return true;
      }
      if (c == '[') inside_ = true;
    }
    return false;
  }

  // Passes the separators; the unit ends where the next element begins.
  std::optional<size_t> FindNext(std::string_view window) {
    while (scanned_ < window.size() && (IsBlank(window[scanned_]) || window[scanned_] == ',')) {
      ++scanned_;
    }
    if (scanned_ == window.size() || window[scanned_] == ']') return std::nullopt;
    const size_t length = scanned_;
    Reset();
    ++units_;
    return length;
  }

  bool inside_;
  Stage stage_ = Stage::kBefore;
  size_t scanned_ = 0;
  size_t units_ = 0;
  ValueScanner scanner_;
};

}  // namespace

std::unique_ptr<Framer> MakeFramer(Framing framing, int64_t offset) {
  if (framing == Framing::kJsonLines) return std::make_unique<LineFramer>();
  return std::make_unique<ArrayFramer>(offset > 0);
}

std::optional<size_t> EndOfValue(std::string_view text) {
  size_t position = 0;
  return ValueScanner().Scan(text, position);
}

size_t WholeObjectsLength(std::string_view text) {
  std::string_view rest = TrimRecord(text);
  while (!rest.empty() && rest.front() == '{') {
    const std::optional<size_t> end = EndOfValue(rest);
    if (!end) break;
    rest = TrimRecord(rest.substr(*end));
  }
  return rest.empty() ? text.size() : static_cast<size_t>(rest.data() - text.data());
}

bool IsWholeObjects(std::string_view text) {
  return !TrimRecord(text).empty() && WholeObjectsLength(text) == text.size();
}

// The beginning is good up to a comma or a bracket. What stands behind that is kept only if it is
// text of a value that was cut: so the words of a long message are seen.
std::string CloseCutObject(std::string_view text) {
  constexpr size_t kEscapeBytes = 6;
  std::string open, good_open;  // Brackets that are to be closed, now and at `good`.
  size_t good = 0, escape = 0;
  bool in_string = false, is_value = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') escape = i++;
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    if (in_string || IsBlank(c)) continue;
    const bool begins = c == '{' || c == '[';
    const bool ends = c == '}' || c == ']';
    if (begins) open.push_back(c == '{' ? '}' : ']');
    if (ends && !open.empty()) open.pop_back();
    is_value = c == ':' || (!open.empty() && open.back() == ']');
    if (!begins && !ends && c != ',') continue;
    good = c == ',' ? i : i + 1;
    good_open = open;
  }
  std::string closed(text.substr(0, good));
  if (in_string && is_value) {
    const bool cut_escape = escape > good && text.size() - escape < kEscapeBytes;
    closed.assign(text.substr(0, cut_escape ? escape : text.size())).push_back('"');
    good_open = open;
  }
  closed.append(good_open.rbegin(), good_open.rend());
  return closed;
}

std::string_view TrimRecord(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  while (!text.empty()) {
    if (IsBlank(text.front()) || text.front() == '\0') {
      text.remove_prefix(1);
    } else if (text.starts_with(kMark)) {
      text.remove_prefix(kMark.size());
    } else {
      break;
    }
  }
  while (!text.empty() && (IsBlank(text.back()) || text.back() == '\0'))
    text.remove_suffix(1);
  return text;
}

}  // namespace firn::conversations
