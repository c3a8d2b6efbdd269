// SPDX-License-Identifier: Apache-2.0
//
// RFC 4180 as files in the wild keep it: any delimiter, any line end, spaces are text, and a quote
// counts as one only at the beginning of a field.

#include "firn/ingest/csv/csv_record.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace firn::ingest {
namespace {

// The place of the first delimiter or line end from `at` on, looked for in eight bytes at a time:
// where a byte of `word ^ c` is 0, subtracting 1 borrows into its highest bit. Bits above a true
// one may be false, so only the lowest counts.
size_t FindSpecial(std::string_view bytes, size_t at, char delimiter) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const auto zeros = [](uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  const auto pattern = [](char c) { return kOnes * static_cast<uint8_t>(c); };
  const uint64_t delimiters = pattern(delimiter);
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    const uint64_t found =
        zeros(word ^ delimiters) | zeros(word ^ pattern('\n')) | zeros(word ^ pattern('\r'));
    if (found != 0) return at + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  for (; at < bytes.size(); ++at) {
    const char byte = bytes[at];
    if (byte == delimiter || byte == '\n' || byte == '\r') break;
  }
  return at;
}

class RecordParser {
 public:
  RecordParser(std::string_view bytes, bool at_end, const CsvDialect& dialect,
               std::vector<CsvField>& fields)
      : bytes_(bytes), at_end_(at_end), dialect_(dialect), fields_(fields) {}

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
    at_ = FindSpecial(bytes_, at_, dialect_.delimiter);
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
    if (at_ < bytes_.size() && !IsSpecial(bytes_[at_])) return Fail(CsvOutcome::kBrokenQuote);
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

  bool IsSpecial(char byte) const {
    return byte == dialect_.delimiter || byte == '\n' || byte == '\r';
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
