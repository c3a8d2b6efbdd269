// SPDX-License-Identifier: Apache-2.0

#include "firn/search/terms.h"

#include <algorithm>

#include "firn/base/sip_hash.h"
#include "firn/base/utf8.h"

namespace firn::search {
namespace {

constexpr size_t kTermBytesMin = 2;
constexpr size_t kTermBytesMax = 24;
constexpr size_t kDigitsMax = 4;
constexpr size_t kStemBytesMin = 3;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsSmall(char32_t c) {
  return c >= 'a' && c <= 'z';
}
bool IsCapital(char32_t c) {
  return c >= 'A' && c <= 'Z';
}

// The character at `at`, which moves behind it; a byte that begins none stands for itself.
char32_t NextCharacter(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  char32_t character = more == 0 ? lead : lead & (0x3FU >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xC0U) != 0x80U) break;
    character = (character << 6U) | (byte & 0x3FU);
    ++at;
  }
  return character;
}

// Chinese, Japanese: no space between words.
bool IsOfUnspacedScript(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

bool IsLetter(char32_t c) {
  if (c < 0x80) return IsSmall(c) || IsCapital(c) || (c >= '0' && c <= '9');
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  const bool punctuates = c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x2BFF) ||
                          (c >= 0x3000 && c <= 0x303F) || (c >= 0xFE00 && c <= 0xFE6F) ||
                          (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0x1F000 && c <= 0x1FAFF);
  return !punctuates;
}

// Small, and without its accent where it is a Latin-1 letter.
char32_t Folded(char32_t c) {
  static constexpr std::string_view kBase =
      "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";
  if (IsCapital(c)) return c + ('a' - 'A');
  if (c >= 0xC0 && c <= 0xFF) return static_cast<char32_t>(kBase[c - 0xC0]);
  if ((c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  return c;
}

// Cuts an English ending, if enough is left of the word.
void CutEnding(std::string& word) {
  const auto cut = [&word](std::string_view ending) {
    if (!word.ends_with(ending) || word.size() < ending.size() + kStemBytesMin) return false;
    word.resize(word.size() - ending.size());
    return true;
  };
  if (word.ends_with("ss")) return;
  const bool was_verb = cut("ing") || cut("ed");
  if (!was_verb && !cut("es")) cut("s");
  const size_t size = word.size();
  if (was_verb && size > kStemBytesMin && word[size - 1] == word[size - 2]) word.pop_back();
  cut("e");
  if (word.size() > kStemBytesMin && word.ends_with("y")) word.back() = 'i';
}

bool IsName(std::string_view word) {
  const auto digits = static_cast<size_t>(std::count_if(word.begin(), word.end(), IsDigit));
  return word.size() > kTermBytesMax || digits > kDigitsMax || (digits > 2 && digits < word.size());
}

class Splitter {
 public:
  std::vector<std::string> Split(std::string_view text) {
    for (size_t at = 0; at < text.size();)
      Take(NextCharacter(text, at));
    EndWord();
    return std::move(terms_);
  }

 private:
  void Take(char32_t c) {
    if (IsOfUnspacedScript(c) && IsLetter(c)) {
      EndWord();
      std::string pair = unspaced_;
      unspaced_.clear();
      AppendUtf8(c, unspaced_);
      if (!pair.empty()) terms_.push_back(pair + unspaced_);
      return;
    }
    unspaced_.clear();
    if (!IsLetter(c)) {
      EndWord();
      was_small_ = false;
      return;
    }
    if (was_small_ && IsCapital(c)) EndWord();
    was_small_ = IsSmall(c);
    if (word_.size() <= kTermBytesMax) AppendUtf8(Folded(c), word_);
  }

  void EndWord() {
    if (word_.size() >= kTermBytesMin && !IsName(word_)) {
      CutEnding(word_);
      terms_.push_back(word_);
    }
    word_.clear();
  }

  std::vector<std::string> terms_;
  std::string word_;
  std::string unspaced_;  // The character before, of a script without spaces.
  bool was_small_ = false;
};

}  // namespace

std::vector<std::string> TermsOf(std::string_view text) {
  return Splitter().Split(text);
}

uint64_t HashOfTerm(std::string_view term) {
  return SipHash128(term, 0, 0).low;  // Of the layout of stored models: never another seed.
}

TermCounts CountTerms(std::string_view text) {
  TermCounts counts;
  for (const std::string& term : TermsOf(text))
    ++counts[HashOfTerm(term)];
  return counts;
}

}  // namespace firn::search
