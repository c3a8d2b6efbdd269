// SPDX-License-Identifier: Apache-2.0
//
// The bytes are looked at in blocks of 64, of which two words say where fields may end and where
// quotes are. Blocks without a quote, nearly all of most files, are one loop over the first word.

#include "firn/ingest/csv/csv_rows.h"

#include <algorithm>
#include <array>
#include <bit>

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace firn::ingest {
namespace {

// Both small enough that a grid and its bytes stay in a core's own cache.
constexpr size_t kFieldsMax = size_t{4} * 1024;
constexpr size_t kBytesMax = size_t{128} * 1024;

constexpr size_t kBlock = 64;

// A bit for each byte of a block.
struct Marks {
  uint64_t ends = 0;  // Delimiters and line ends.
  uint64_t quotes = 0;
};

Marks MarksOf(const char* block, char delimiter, char quote) {
  Marks marks;
#ifdef __SSE2__
  constexpr size_t kWord = sizeof(__m128i);
  for (size_t at = 0; at < kBlock; at += kWord) {
    const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + at));
    const auto equal = [&](char byte) { return _mm_cmpeq_epi8(word, _mm_set1_epi8(byte)); };
    const auto bits = [&](__m128i found) {
      return uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(found))} << at;
    };
    marks.ends |= bits(_mm_or_si128(_mm_or_si128(equal('\n'), equal('\r')), equal(delimiter)));
    marks.quotes |= bits(equal(quote));
  }
#else
  for (size_t at = 0; at < kBlock; ++at) {
    const char byte = block[at];
    marks.ends |= uint64_t{byte == '\n' || byte == '\r' || byte == delimiter} << at;
    marks.quotes |= uint64_t{byte == quote} << at;
  }
#endif
  return marks;
}

uint64_t From(size_t bit) {
  return ~uint64_t{0} << bit;
}

}  // namespace

class CsvRows::Finder {
 public:
  Finder(CsvRows& rows, std::string_view bytes)
      : rows_(rows), bytes_(bytes), spans_(rows.spans_.data()) {}

  // How many of the bytes belong to rows, or are blank lines.
  size_t Run() {
    size_t block = 0;
    while (block < bytes_.size() && HasRoom()) {
      const Marks marks = Look(block);
      const bool more = marks.quotes == 0 ? TakePlain(block, marks.ends) : TakeQuoted(block, marks);
      if (!more) break;
      block = std::max(block + kBlock, begin_);
    }
    return row_begin_;
  }

 private:
  // Whether the row that is open is one so far.
  bool HasRoom() {
    if (rows_.columns_ == kAnyColumns) used_ = 0;
    return used_ - row_used_ <= rows_.columns_;
  }

  Marks Look(size_t block) const {
    const CsvDialect& dialect = rows_.dialect_;
    const size_t left = bytes_.size() - block;
    Marks marks;
    if (left >= kBlock) {
      marks = MarksOf(bytes_.data() + block, dialect.delimiter, dialect.quote);
    } else {
      std::array<char, kBlock> last{};
      bytes_.copy(last.data(), kBlock, block);
      marks = MarksOf(last.data(), dialect.delimiter, dialect.quote);
      marks.ends &= ~From(left);
      marks.quotes &= ~From(left);
    }
    if (dialect.quote == 0) marks.quotes = 0;
    return marks;
  }

  // These two are false where no row follows, or none is wanted.
  bool TakePlain(size_t block, uint64_t ends) {
    const char delimiter = rows_.dialect_.delimiter;
    size_t begin = begin_;
    Span* span = spans_ + used_;
    for (; ends != 0; ends &= ends - 1) {
      const size_t at = block + static_cast<size_t>(std::countr_zero(ends));
      if (at < begin) continue;  // The second byte of CR LF.
      *span++ = {static_cast<uint32_t>(begin), static_cast<uint32_t>(at - begin)};
      begin = at + 1;
      if (bytes_[at] == delimiter) continue;
      used_ = static_cast<size_t>(span - spans_);
      begin_ = begin;
      if (!EndRow(at)) return false;
      begin = begin_;
      span = spans_ + used_;
    }
    used_ = static_cast<size_t>(span - spans_);
    begin_ = begin;
    return true;
  }

  bool TakeQuoted(size_t block, const Marks& marks) {
    uint64_t ends = marks.ends;
    while (true) {
      if (begin_ < block + kBlock && begin_ >= block && (marks.quotes >> (begin_ - block) & 1)) {
        const size_t at = AddQuoted(block, marks);
        if (at >= bytes_.size() || !EndField(at)) return false;
        if (begin_ >= block + kBlock) return true;
        ends &= From(begin_ - block);
        continue;
      }
      if (ends == 0) return true;
      const size_t at = block + static_cast<size_t>(std::countr_zero(ends));
      ends &= ends - 1;
      if (at < begin_) continue;
      Add(begin_, at - begin_, 0);
      if (!EndField(at)) return false;
    }
  }

  // Adds the quoted field that begins in a block; the place of what ends it, or more than there is.
  size_t AddQuoted(size_t block, const Marks& marks) {
    const size_t from = begin_ + 1;
    bool escaped = false;
    const size_t close = FindClose(block, marks.quotes, from, escaped);
    if (close >= bytes_.size() - 1) return bytes_.size();
    const char next = bytes_[close + 1];
    if (next != rows_.dialect_.delimiter && next != '\n' && next != '\r') return bytes_.size();
    const std::string_view text = bytes_.substr(from, close - from);
    const bool may_hold_ends =
        close >= block + kBlock || (marks.ends & From(from - block) & ~From(close - block)) != 0;
    if (may_hold_ends) lines_within_ += std::count(text.begin(), text.end(), '\n');
    Add(from, text.size(), kQuoted | (escaped ? kEscaped : 0));
    return close + 1;
  }

  // Most fields are short and hold no quotes: then the block tells.
  size_t FindClose(size_t block, uint64_t quotes, size_t from, bool& escaped) const {
    const size_t bit = from - block;
    const uint64_t rest = bit < kBlock ? quotes & From(bit) : 0;
    if (rest != 0 && !rows_.dialect_.escape) {
      const size_t quote = block + static_cast<size_t>(std::countr_zero(rest));
      if (quote + 1 < bytes_.size() && bytes_[quote + 1] != rows_.dialect_.quote) return quote;
    }
    return FindClosingQuote(bytes_, from, rows_.dialect_, escaped);
  }

  void Add(size_t begin, size_t length, uint32_t flags) {
    spans_[used_++] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(length) | flags};
  }

  // `at` is the place of the delimiter or line end.
  bool EndField(size_t at) {
    begin_ = at + 1;
    return bytes_[at] == rows_.dialect_.delimiter || EndRow(at);
  }

  bool EndRow(size_t at) {
    if (bytes_[at] == '\r') {
      if (begin_ == bytes_.size()) return false;  // Perhaps the first byte of CR LF.
      if (bytes_[begin_] == '\n') ++begin_;
    }
    const size_t fields = used_ - row_used_;
    const bool is_blank = fields == 1 && spans_[row_used_].marked_length == 0;
    if (is_blank || rows_.columns_ == kAnyColumns) {
      used_ = row_used_;
    } else if (fields == rows_.columns_) {
      rows_.rows_.push_back({static_cast<uint32_t>(row_begin_), static_cast<uint32_t>(begin_),
                             static_cast<uint32_t>(rows_.lines_)});
    } else {
      return false;
    }
    rows_.lines_ += 1 + lines_within_;
    lines_within_ = 0;
    row_used_ = used_;
    row_begin_ = begin_;
    return rows_.rows_.size() < rows_.rows_max_;
  }

  CsvRows& rows_;
  const std::string_view bytes_;
  Span* const spans_;
  size_t used_ = 0;                   // Spans there are.
  size_t row_used_ = 0;               // Those of whole rows.
  size_t begin_ = 0, row_begin_ = 0;  // Of what is being looked at.
  int64_t lines_within_ = 0;          // Line ends in quoted fields of the row.
};

// A block may hold that many fields more before it is seen that they are too many.
CsvRows::CsvRows(const CsvDialect& dialect, size_t columns)
    : dialect_(dialect),
      columns_(columns),
      rows_max_(columns == kAnyColumns ? 1 : std::max<size_t>(1, kFieldsMax / columns)),
      spans_(rows_max_ * columns + kBlock + 1) {}

void CsvRows::Find(std::string_view bytes, int64_t line) {
  rows_.clear();
  lines_ = 0;
  line_ = line;
  bytes = bytes.substr(0, kBytesMax);
  bytes_ = bytes.substr(0, Finder(*this, bytes).Run());
}

}  // namespace firn::ingest
