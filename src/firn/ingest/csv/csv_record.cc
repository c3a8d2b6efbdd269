// SPDX-License-Identifier: Apache-2.0
//
// RFC 4180 as files in the wild keep it: any delimiter, any line end, spaces are text, and a quote
// counts as one only at the beginning of a field.

#include "firn/ingest/csv/csv_record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace firn::ingest {
namespace {

bool IsSpecial(char byte, char delimiter) {
  return byte == delimiter || byte == '\n' || byte == '\r';
}

constexpr size_t kBlock = 64;

// Which of a block's bytes are delimiters or line ends: a bit each.
uint64_t SpecialsIn(const char* block, char delimiter) {
  uint64_t specials = 0;
#ifdef __SSE2__
  constexpr size_t kWord = sizeof(__m128i);
  for (size_t at = 0; at < kBlock; at += kWord) {
    const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + at));
    const auto equal = [&](char byte) { return _mm_cmpeq_epi8(word, _mm_set1_epi8(byte)); };
    const __m128i found = _mm_or_si128(_mm_or_si128(equal('\n'), equal('\r')), equal(delimiter));
    specials |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(found))} << at;
  }
#else
  for (size_t at = 0; at < kBlock; ++at)
    specials |= uint64_t{IsSpecial(block[at], delimiter)} << at;
#endif
  return specials;
}

// Finds delimiters and line ends, looking at the bytes a block at a time.
class SpecialFinder {
 public:
  SpecialFinder(std::string_view bytes, char delimiter) : bytes_(bytes), delimiter_(delimiter) {}

  // The place of the first one from `at` on, which never goes back; the number of bytes if none is.
  size_t Next(size_t at) {
    while (at < bytes_.size()) {
      if (at >= end_) Look(at);
      const uint64_t rest = specials_ >> (at - (end_ - kBlock));
      if (rest != 0)
        return std::min(at + static_cast<size_t>(std::countr_zero(rest)), bytes_.size());
      at = end_;
    }
    return bytes_.size();
  }

 private:
  void Look(size_t at) {
    end_ = at + kBlock;
    if (end_ <= bytes_.size()) {
      specials_ = SpecialsIn(bytes_.data() + at, delimiter_);
      return;
    }
    std::array<char, kBlock> last{};
    bytes_.copy(last.data(), kBlock, at);
    specials_ = SpecialsIn(last.data(), delimiter_);
  }

  std::string_view bytes_;
  char delimiter_;
  uint64_t specials_ = 0;  // Of the block that ends at `end_`.
  size_t end_ = 0;
};

class RecordParser {
 public:
  RecordParser(std::string_view bytes, bool at_end, const CsvDialect& dialect,
               std::vector<CsvField>& fields)
      : bytes_(bytes),
        at_end_(at_end),
        dialect_(dialect),
        specials_(bytes, dialect.delimiter),
        fields_(fields) {}

  CsvParse Run() {
    fields_.clear();
    while (true) {
      const bool quoted =
          dialect_.quote != 0 && at_ < bytes_.size() && bytes_[at_] == dialect_.quote;
      if (quoted ? !ParseQuoted() : !ParsePlain()) return parse_;
      if (!EndField()) return parse_;
    }
  }

 private:
  // Each of these returns false once `parse_` holds the outcome.
  bool ParsePlain() {
    const size_t from = at_;
    at_ = specials_.Next(at_);
    if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
    fields_.push_back({bytes_.substr(from, at_ - from), false, false});
    return true;
  }

  bool ParseQuoted() {
    const size_t from = ++at_;
    bool escaped = false;
    while (true) {
      const size_t close = FindQuote(at_, escaped);
      if (close >= bytes_.size()) {
        return Fail(at_end_ ? CsvOutcome::kBrokenQuote : CsvOutcome::kNeedMore);
      }
      at_ = close + 1;
      if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
      if (at_ == bytes_.size() || bytes_[at_] != dialect_.quote) break;
      escaped = true;
      ++at_;
    }
    const std::string_view text = bytes_.substr(from, at_ - 1 - from);
    parse_.lines += std::count(text.begin(), text.end(), '\n');
    fields_.push_back({text, true, escaped});
    if (at_ < bytes_.size() && !IsSpecial(bytes_[at_], dialect_.delimiter)) {
      return Fail(CsvOutcome::kBrokenQuote);
    }
    return true;
  }

  // Steps over what follows a field; true if that is another field.
  bool EndField() {
    if (at_ == bytes_.size()) return Finish(false);
    const char special = bytes_[at_++];
    if (special == dialect_.delimiter) return true;
    if (special == '\r') {
      if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
      if (at_ < bytes_.size() && bytes_[at_] == '\n') ++at_;
    }
    ++parse_.lines;
    return Finish(true);
  }

  bool Finish(bool ended) {
    parse_.outcome = CsvOutcome::kRecord;
    parse_.length = at_;
    parse_.ended = ended;
    return false;
  }

  bool Fail(CsvOutcome outcome) {
    parse_.outcome = outcome;
    return false;
  }

  // The next quote that is not escaped; the number of bytes, or more, where there is none.
  size_t FindQuote(size_t from, bool& escaped) const {
    if (!dialect_.escape) return std::min(bytes_.find(dialect_.quote, from), bytes_.size());
    for (; from < bytes_.size() && bytes_[from] != dialect_.quote; ++from) {
      if (bytes_[from] != *dialect_.escape) continue;
      escaped = true;
      ++from;
    }
    return from;
  }

  std::string_view bytes_;
  bool at_end_;
  const CsvDialect& dialect_;
  SpecialFinder specials_;
  std::vector<CsvField>& fields_;
  CsvParse parse_;
  size_t at_ = 0;
};

}  // namespace

std::string_view CsvField::Value(const CsvDialect& dialect, std::string& scratch) const {
  if (!escaped) return text;
  scratch.clear();
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = dialect.escape && text[at] == *dialect.escape;
    if ((is_escape || text[at] == dialect.quote) && at + 1 < text.size()) ++at;
    scratch += text[at];
  }
  return scratch;
}

CsvParse ParseCsvRecord(std::string_view bytes, bool at_end, const CsvDialect& dialect,
                        std::vector<CsvField>& fields) {
  return RecordParser(bytes, at_end, dialect, fields).Run();
}

}  // namespace firn::ingest
