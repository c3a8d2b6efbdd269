// SPDX-License-Identifier: Apache-2.0
//
// RFC 4180 as files in the wild keep it: any delimiter, any line end, spaces are text, and a quote
// counts as one only at the beginning of a field.

#include "firn/ingest/csv/csv_record.h"

#include <algorithm>

namespace firn::ingest {
namespace {

bool IsSpecial(char byte, char delimiter) {
  return byte == delimiter || byte == '\n' || byte == '\r';
}

// The next quote that is not escaped; the number of bytes, or more, where there is none.
size_t FindQuote(std::string_view bytes, size_t from, const CsvDialect& dialect, bool& escaped) {
  if (!dialect.escape) return std::min(bytes.find(dialect.quote, from), bytes.size());
  for (; from < bytes.size() && bytes[from] != dialect.quote; ++from) {
    if (bytes[from] != *dialect.escape) continue;
    escaped = true;
    ++from;
  }
  return from;
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
    while (at_ < bytes_.size() && !IsSpecial(bytes_[at_], dialect_.delimiter))
      ++at_;
    if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
    fields_.push_back({bytes_.substr(from, at_ - from), false, false});
    return true;
  }

  bool ParseQuoted() {
    const size_t from = ++at_;
    bool escaped = false;
    const size_t close = FindClosingQuote(bytes_, from, dialect_, escaped);
    if (close == std::string_view::npos) {
      return Fail(at_end_ ? CsvOutcome::kBrokenQuote : CsvOutcome::kNeedMore);
    }
    at_ = close + 1;
    if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
    const std::string_view text = bytes_.substr(from, close - from);
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
  AppendTo(scratch, dialect);
  return scratch;
}

void CsvField::AppendTo(std::string& out, const CsvDialect& dialect) const {
  if (!escaped) {
    out += text;
    return;
  }
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = dialect.escape && text[at] == *dialect.escape;
    if ((is_escape || text[at] == dialect.quote) && at + 1 < text.size()) ++at;
    out += text[at];
  }
}

size_t FindClosingQuote(std::string_view bytes, size_t from, const CsvDialect& dialect,
                        bool& escaped) {
  while (true) {
    const size_t quote = FindQuote(bytes, from, dialect, escaped);
    if (quote >= bytes.size()) return std::string_view::npos;
    if (quote + 1 == bytes.size() || bytes[quote + 1] != dialect.quote) return quote;
    escaped = true;
    from = quote + 2;
  }
}

CsvParse ParseCsvRecord(std::string_view bytes, bool at_end, const CsvDialect& dialect,
                        std::vector<CsvField>& fields) {
  return RecordParser(bytes, at_end, dialect, fields).Run();
}

}  // namespace firn::ingest
