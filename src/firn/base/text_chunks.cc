// SPDX-License-Identifier: Apache-2.0
//
// A text is cut into pieces that are never cut again: paragraphs, blocks of fenced code, and of
// those that are too large lines, words or characters. Chunks are then filled with pieces in order.
// Tokens are counted in quarters, so that the figures of pieces add up exactly.

#include "firn/base/text_chunks.h"

#include <algorithm>

#include "firn/base/assert.h"

namespace firn {
namespace {

constexpr int64_t kQuarters = 4;
constexpr std::string_view kBlanks = " \t\r\n\f\v";

int64_t QuartersOf(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x80) return 1;
  if (byte < 0xC0) return 0;  // Continues a character.
  return byte < 0xE0 ? 2 : 4;
}

int64_t QuartersOf(std::string_view text) {
  int64_t quarters = 0;
  for (const char c : text)
    quarters += QuartersOf(c);
  return quarters;
}

int64_t TokensOf(int64_t quarters) {
  return (quarters + kQuarters - 1) / kQuarters;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

// A line with the break at its end.
std::string_view FirstLine(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
}

// The run of backticks or tildes that a line begins a block of code with, or ends one; else empty.
std::string_view FenceOf(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || begin > 3 || (line[begin] != '`' && line[begin] != '~')) {
    return {};
  }
  const size_t end = std::min(line.find_first_not_of(line[begin], begin), line.size());
  return end - begin >= 3 ? line.substr(begin, end - begin) : std::string_view();
}

bool Closes(std::string_view line, std::string_view fence) {
  const std::string_view found = FenceOf(line);
  return found.size() >= fence.size() && found.front() == fence.front() &&
         IsBlank(line.substr(static_cast<size_t>(found.end() - line.begin())));
}

// Cuts pieces off a text, in order.
class Cutter {
 public:
  explicit Cutter(int64_t quarters_max) : quarters_max_(quarters_max) {}

  std::vector<std::string_view> Cut(std::string_view text) {
    while (!text.empty()) {
      const std::string_view block = FirstBlock(text);
      CutBlock(block);
      text.remove_prefix(block.size());
    }
    return std::move(pieces_);
  }

 private:
  // A paragraph, or code from fence to fence, with the blank lines behind it.
  static std::string_view FirstBlock(std::string_view text) {
    std::string_view fence;
    bool ended = false;
    size_t size = 0;
    while (size < text.size()) {
      const std::string_view line = FirstLine(text.substr(size));
      const bool opens = fence.empty() && !FenceOf(line).empty();
      if (fence.empty() && size > 0 && (opens || (ended && !IsBlank(line)))) break;
      size += line.size();
      if (opens) {
        fence = FenceOf(line);
      } else if (!fence.empty() && Closes(line, fence)) {
        fence = {};
        ended = true;
      } else if (fence.empty()) {
        ended = ended || IsBlank(line);
      }
    }
    return text.substr(0, size);
  }

  bool Fits(std::string_view text) const { return QuartersOf(text) <= quarters_max_; }

  void CutBlock(std::string_view block) {
    if (Fits(block)) return pieces_.push_back(block);
    while (!block.empty()) {
      const std::string_view line = FirstLine(block);
      Fits(line) ? pieces_.push_back(line) : CutLine(line);
      block.remove_prefix(line.size());
    }
  }

  void CutLine(std::string_view line) {
    while (!line.empty()) {
      const std::string_view word = line.substr(0, std::min(line.find(' '), line.size() - 1) + 1);
      Fits(word) ? pieces_.push_back(word) : CutWord(word);
      line.remove_prefix(word.size());
    }
  }

  // Never within a character.
  void CutWord(std::string_view word) {
    size_t size = 0;
    int64_t quarters = 0;
    for (size_t i = 0; i < word.size(); ++i) {
      quarters += QuartersOf(word[i]);
      if (quarters <= quarters_max_ || i == 0) continue;
      pieces_.push_back(word.substr(size, i - size));
      size = i;
      quarters = QuartersOf(word[i]);
    }
    pieces_.push_back(word.substr(size));
  }

  int64_t quarters_max_;
  std::vector<std::string_view> pieces_;
};

// The end of `text` that the next chunk repeats: from the begin of a line, else of a word.
std::string_view Repeated(std::string_view text, int64_t quarters_max) {
  size_t line = text.size(), word = text.size();
  int64_t quarters = 0;
  for (size_t i = text.size(); i-- > 0;) {
    quarters += QuartersOf(text[i]);
    if (quarters > quarters_max) break;
    if (IsBlank(text.substr(i))) continue;
    if (i == 0 || text[i - 1] == '\n') line = i;
    if (i == 0 || text[i - 1] == ' ') word = i;
  }
  return text.substr(line < text.size() ? line : word);
}

}  // namespace

int64_t EstimateTokens(std::string_view text) {
  return TokensOf(QuartersOf(text));
}

std::vector<TextChunk> SplitIntoChunks(std::string_view text, const ChunkLimits& limits) {
  FIRN_ASSERT(limits.overlap_tokens >= 0 && limits.tokens_max > limits.overlap_tokens);
  const int64_t quarters_max = (limits.tokens_max - limits.overlap_tokens) * kQuarters;
  std::vector<TextChunk> chunks;
  size_t begin = 0, size = 0;  // Of what the next chunk brings that is new.
  std::string_view before;     // What the chunk before brought.
  const auto close = [&] {
    const std::string_view fresh = text.substr(begin, size);
    if (!IsBlank(fresh)) {
      const size_t overlap = Repeated(before, limits.overlap_tokens * kQuarters).size();
      const std::string_view all = text.substr(begin - overlap, overlap + size);
      chunks.push_back({all, overlap, EstimateTokens(all)});
    }
    before = fresh;
    begin += size;
    size = 0;
  };
  int64_t quarters = 0;
  for (const std::string_view piece : Cutter(quarters_max).Cut(text)) {
    const int64_t more = QuartersOf(piece);
    if (size > 0 && quarters + more > quarters_max) {
      close();
      quarters = 0;
    }
    size += piece.size();
    quarters += more;
  }
  if (size > 0) close();
  return chunks;
}

}  // namespace firn
